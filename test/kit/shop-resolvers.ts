/**
 * What each field of the shop answers. A root field is a function of one version of the data, and all below it keep
 * reading that version: an answer never mixes two.
 */
import { GraphQLError } from 'graphql';
import type { Product, ShopData } from './shop-data';

/** Every argument of every root field; each field reads only those the schema gives it. */
export interface Args {
  readonly id: string;
  readonly name: string;
  readonly price: number;
  readonly category: string;
  readonly first: number;
  readonly after?: string | null;
  readonly text: string;
}

export interface Asked {
  readonly args: Args;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  serial(): number;
}

export type RootField = (data: ShopData, bound: Asked) => unknown;

export const queries: Readonly<Record<string, RootField>> = {
  product: (data, { args }) => product(data, args.id),
  products: (data, { args }) =>
    data.products.filter((each) => !args.category || each.category === args.category).map(inShop(data)),
  productConnection: (data, { args }) => connection(data, args.first, args.after),
  category: (data, { args }) => category(data, args.id),
  categories: (data) => data.categories.map((each) => category(data, each.id)),
  bundle: (data, { args }) => bundle(data, args.id),
  node: (data, { args: { id } }) => product(data, id) ?? bundle(data, id) ?? category(data, id),
  sellables: (data) => [
    ...data.products.map(inShop(data)),
    ...data.bundles.map((each) => bundle(data, each.id)),
  ],
  search: (data, { args }) => search(data, args.text),
  viewer: (data, { headers }) => viewer(data, headers['authorization']),
  header: (_data, { args, headers }) => headers[args.name.toLowerCase()]?.toString() ?? null,
  serial: (_data, { serial }) => serial(),
};

export const mutations: Readonly<Record<string, RootField>> = {
  createProduct: (data, { args }) => {
    const id = args.id ?? nextId(data);
    if (product(data, id)) throw new GraphQLError(`There is a product ${id} already.`);
    const { name, price, category } = args;
    data.products.push({ id, name, price, version: 1, likes: 0, category });
    return product(data, id);
  },
  renameProduct: (data, { args }) => edit(data, args.id, (each) => (each.name = args.name)),
  repriceProduct: (data, { args }) => edit(data, args.id, (each) => (each.price = args.price)),
  likeProduct: (data, { args }) => edit(data, args.id, (each) => each.likes++),
  moveProduct: (data, { args }) => {
    const from = data.products.find((each) => each.id === args.id)?.category;
    const moved = edit(data, args.id, (each) => (each.category = args.category));
    return {
      product: moved,
      from: from ? category(data, from) : null,
      to: category(data, args.category),
    };
  },
  deleteProduct: (data, { args }) => {
    const before = data.products.length;
    data.products = data.products.filter((each) => each.id !== args.id);
    return data.products.length < before;
  },
  touchNothing: () => true,
};

function inShop(data: ShopData): (item: Product) => unknown {
  return (item) => ({ __typename: 'Product', ...item, category: () => category(data, item.category) });
}

/** One more than the greatest number so far, so that the id of a deleted product is not given again in most tests. */
function nextId(data: ShopData): string {
  return String(1 + Math.max(0, ...data.products.map((each) => Number(each.id) || 0)));
}

function product(data: ShopData, id: string): unknown {
  const item = data.products.find((each) => each.id === id);
  return item ? inShop(data)(item) : null;
}

function category(data: ShopData, id: string): unknown {
  const item = data.categories.find((each) => each.id === id);
  if (!item) return null;
  const products = (): unknown[] => data.products.filter((each) => each.category === id).map(inShop(data));
  return {
    __typename: 'Category',
    ...item,
    products,
    shelves: ({ width }: { width: number }) => {
      const all = products();
      return Array.from({ length: Math.ceil(all.length / width) }, (_, shelf) =>
        all.slice(shelf * width, (shelf + 1) * width),
      );
    },
  };
}

function bundle(data: ShopData, id: string): unknown {
  const item = data.bundles.find((each) => each.id === id);
  if (!item) return null;
  const products = (): unknown[] => item.products.map((each) => product(data, each)).filter(Boolean);
  return { __typename: 'Bundle', ...item, products };
}

function connection(data: ShopData, first: number, after: string | null | undefined): unknown {
  const start = after ? Number(Buffer.from(after, 'base64').toString()) + 1 : 0;
  const items = data.products.slice(start, start + first);
  const edges = items.map((item, index) => ({
    cursor: Buffer.from(String(start + index)).toString('base64'),
    node: inShop(data)(item),
  }));
  const endCursor = edges[edges.length - 1]?.cursor ?? null;
  return { edges, pageInfo: { hasNextPage: start + items.length < data.products.length, endCursor } };
}

function search(data: ShopData, text: string): unknown[] {
  const matches = (each: { name: string }): boolean => each.name.toLowerCase().includes(text.toLowerCase());
  return [
    ...data.products.filter(matches).map(inShop(data)),
    ...data.bundles.filter(matches).map((each) => bundle(data, each.id)),
    ...data.categories.filter(matches).map((each) => category(data, each.id)),
  ];
}

function viewer(data: ShopData, authorization: string | string[] | undefined): unknown {
  const name = /^Bearer (\w+)$/.exec(String(authorization))?.[1];
  if (!name) return null;
  const basket = data.baskets[name] ?? [];
  return { id: `customer-${name}`, name, basket: basket.map((id) => product(data, id)).filter(Boolean) };
}

function edit(data: ShopData, id: string, change: (item: Product) => unknown): unknown {
  const item = data.products.find((each) => each.id === id);
  if (!item) return null;
  change(item);
  item.version++;
  return product(data, id);
}
