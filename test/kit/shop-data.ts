/** What the shop holds. Every change makes a new version, so that a read can be answered from an old one. */

export interface Product {
  id: string;
  name: string;
  /** cents */
  price: number;
  version: number;
  likes: number;
  category: string;
}

export interface ShopData {
  /** in the order they are listed */
  products: Product[];
  categories: { id: string; name: string }[];
  bundles: { id: string; name: string; price: number; products: string[] }[];
  /** by the name a customer has in `authorization: Bearer <name>` */
  baskets: Record<string, string[]>;
}

/** Versions kept for reads that lag. */
const KEPT = 100;

export class Versions {
  #versions: ShopData[];

  constructor(first: ShopData) {
    this.#versions = [first];
  }

  get current(): Readonly<ShopData> {
    return this.#versions[this.#versions.length - 1] as ShopData;
  }

  /** What was current so many changes ago, or the oldest that is kept. */
  before(changes: number): Readonly<ShopData> {
    return this.#versions[Math.max(0, this.#versions.length - 1 - changes)] as ShopData;
  }

  /** Changes a copy, which then is the current version. What was read before stays as it was. */
  change<T>(edit: (data: ShopData) => T): T {
    const next = structuredClone(this.current);
    const result = edit(next);
    this.#versions.push(next);
    if (this.#versions.length > KEPT) this.#versions.shift();
    return result;
  }
}

/** Three categories, one of them empty; products 1 to 6; a bundle; two customers. */
export function smallShop(): ShopData {
  const names = ['Kettle', 'Teapot', 'Cup', 'Hammer', 'Saw', 'Plane'];
  return {
    products: names.map((name, index) => ({
      id: String(index + 1),
      name,
      price: 100 * (index + 1),
      version: 1,
      likes: 0,
      category: index < 3 ? 'kitchen' : 'tools',
    })),
    categories: [
      { id: 'kitchen', name: 'Kitchen' },
      { id: 'tools', name: 'Tools' },
      { id: 'garden', name: 'Garden' },
    ],
    bundles: [{ id: 'tea', name: 'Tea set', price: 500, products: ['1', '2', '3'] }],
    baskets: { alice: ['1', '4'], bob: ['2'] },
  };
}
