import * as fc from 'fast-check';
import type { CatalogueTable } from '../../src/capture/catalogue';
import { Mapping } from '../../src/capture/mapping';
import type { RowChange, RowIdentity } from '../../src/capture/pgoutput';
import { TransactionTags } from '../../src/capture/transaction';
import { catalogue, deleted, inserted, mappedSchema, relationOf, table, to, updated } from './forum-tables';

const MOST = 3;

const product = table(1, 'public.products', 'id name price');
const author = table(2, 'public.author', 'id name');
const foreignKeys = [to(1, 'product_id'), to(2, 'author_id')];
const review = table(3, 'public.reviews', 'id product_id author_id text', { foreignKeys });
const full = table(4, 'public.full_reviews', 'id product_id author_id text', {
  foreignKeys,
  identity: 'full',
});
const link = table(5, 'public.likes', 'product_id author_id at', {
  foreignKeys,
  key: ['product_id', 'author_id'],
});
const slug = table(6, 'public.pages', 'id slug title');
const order = table(7, 'public.orders', 'region number total', {
  key: ['number', 'region'],
  unplain: ['total'],
});
const price = table(8, 'public.prices', 'amount', { key: ['amount'], unplain: ['amount'] });
const loose = table(9, 'public.log_entry', 'product_id text', { key: [] });
const ofSlug = table(10, 'public.comments', 'id page', { foreignKeys: [to(6, 'page', 'slug')] });
const all = [product, author, review, full, link, slug, order, price, loose, ofSlug];

const schema = mappedSchema(`
  type Product @table(name: "public.products", lists: ["price"]) { id: ID! name: String }
  type Author @table(name: "author") { authorId: ID! } extend type Author @key(fields: "authorId")
  type Review @table(name: "public.reviews") @table(name: "public.full_reviews") { id: ID! }
  type Page @key(fields: "slug") @table(name: "public.pages") { id: ID! slug: String! }
  type Order @key(fields: "region number") @table(name: "public.orders") { region: ID! number: Int! }
  type Price @key(fields: "amount") @table(name: "public.prices") { amount: Float! }
  type Entry @table(name: "public.log_entry", key: "", tags: ["log-of-{$row.product_id}", "Product:{$old.product_id}"]) { id: ID! }
`);

function tagsOf(change: RowChange, of: CatalogueTable, sdl = schema): string[] {
  const plan = new Mapping(sdl, catalogue(...all)).planOf(relationOf(of))!;
  const tags = new TransactionTags(MOST);
  tags.row(plan, change);
  return [...tags.tags()].toSorted();
}

describe('a row', () => {
  it.each<[string, CatalogueTable, RowChange, string[]]>([
    [
      'inserted: itself and the lists of its type',
      product,
      inserted(product, '7', 'a', '1'),
      ['Product:7', '[Product]'],
    ],
    ['deleted: the same', product, deleted(product, '7', undefined, undefined), ['Product:7', '[Product]']],
    [
      'whose key changed: both, and the lists',
      author,
      updated(author, ['8', 'a'], ['7', undefined]),
      ['Author:7', 'Author:8', '[Author]'],
    ],
    [
      'with a key of several columns: in the order of the fields',
      order,
      inserted(order, 'eu', '9', '1'),
      ['Order:eu:9', '[Order]'],
    ],
    [
      'with a key that APIs write differently: the type',
      price,
      inserted(price, '1.10'),
      ['Price', '[Price]'],
    ],
    [
      'with another key than the identity: the type, as its former key is not known',
      slug,
      updated(slug, ['1', 'b', 'c']),
      ['Page', '[Page]'],
    ],
    [
      'inserted, of another key than the identity: itself',
      slug,
      inserted(slug, '1', 'b', 'c'),
      ['Page:b', '[Page]'],
    ],
  ])('%s', (_, of, change, tags) => {
    expect(tagsOf(change, of)).toEqual(tags);
  });
});

describe('lists of a type', () => {
  const wholly = table(1, 'public.products', 'id name price', { identity: 'full' });
  const tagsWholly = (change: RowChange): string[] => {
    const tags = new TransactionTags(MOST);
    tags.row(new Mapping(schema, catalogue(wholly)).planOf(relationOf(wholly))!, change);
    return [...tags.tags()].toSorted();
  };

  it('stay where no column that decides has changed', () => {
    expect(tagsWholly(updated(wholly, ['7', 'b', '1'], ['7', 'a', '1']))).toEqual(['Product:7']);
  });

  it('stay where such a column was too long to be sent again', () => {
    expect(tagsWholly(updated(wholly, ['7', 'b', undefined], ['7', 'a', '1']))).toEqual(['Product:7']);
    expect(tagsOf(updated(product, ['7', 'b', undefined]), product)).toEqual(['Product:7']);
  });

  it('are purged where such a column has changed, or may have', () => {
    expect(tagsWholly(updated(wholly, ['7', 'a', '2'], ['7', 'a', '1']))).toEqual(['Product:7', '[Product]']);
    expect(tagsWholly(updated(wholly, ['7', 'a', null], ['7', 'a', '1']))).toEqual([
      'Product:7',
      '[Product]',
    ]);
    expect(tagsOf(updated(product, ['7', 'a', '1']), product)).toEqual(['Product:7', '[Product]']);
  });

  it('are purged where nothing says what decides', () => {
    expect(tagsOf(updated(author, ['7', 'a']), author)).toEqual(['Author:7', '[Author]']);
  });
});

describe('the parents of a row', () => {
  it.each<[string, RowChange, string[]]>([
    [
      'inserted: those it refers to',
      inserted(review, '1', '7', '2', 'x'),
      ['Author:2', 'Product:7', 'Review:1', '[Review]'],
    ],
    ['that refers to none: none', inserted(review, '1', null, null, 'x'), ['Review:1', '[Review]']],
    [
      'changed, where the former are not in the log: their types',
      updated(review, ['1', '7', '2', 'x']),
      ['Author', 'Product', 'Review:1', '[Author]', '[Product]', '[Review]'],
    ],
    [
      'deleted, where they are not in the log: their types',
      deleted(review, '1', undefined, undefined, undefined),
      ['Author', 'Product', 'Review:1', '[Author]', '[Product]', '[Review]'],
    ],
  ])('%s', (_, change, tags) => {
    expect(tagsOf(change, review)).toEqual(tags);
  });

  it.each<[string, RowChange, string[]]>([
    [
      'moved: the former and the present',
      updated(full, ['1', '8', '2', 'x'], ['1', '7', '2', 'x']),
      ['Author:2', 'Product:7', 'Product:8', 'Review:1', '[Review]'],
    ],
    [
      'changed: those it has',
      updated(full, ['1', '7', '2', 'y'], ['1', '7', '2', 'x']),
      ['Author:2', 'Product:7', 'Review:1', '[Review]'],
    ],
    ['deleted: those it had', deleted(full, '1', '7', null, 'x'), ['Product:7', 'Review:1', '[Review]']],
  ])('%s, with the former row in the log', (_, change, tags) => {
    expect(tagsOf(change, full)).toEqual(tags);
  });

  it('are known where they are part of the identity, also in a table that is no type', () => {
    const purged = ['Author:2', 'Product:7', '[Author]', '[Product]'];
    expect(tagsOf(inserted(link, '7', '2', 'x'), link)).toEqual(purged);
    expect(tagsOf(updated(link, ['7', '2', 'y']), link)).toEqual(purged);
    expect(tagsOf(deleted(link, '7', '2', undefined), link)).toEqual(purged);
  });

  it('are found by the column that is their key, whichever a foreign key refers to', () => {
    expect(tagsOf(inserted(ofSlug, '1', 'b'), ofSlug)).toEqual(['Page:b', '[Page]']);
    const byId = table(10, 'public.comments', 'id page', { foreignKeys: [to(6, 'page', 'id')] });
    const plan = new Mapping(schema, catalogue(slug, byId)).planOf(relationOf(byId))!;
    const tags = new TransactionTags(MOST);
    tags.row(plan, inserted(byId, '1', '4'));
    expect([...tags.tags()].toSorted()).toEqual(['Page', '[Page]']);
  });

  it('are those only that `parents` names', () => {
    const narrowed = mappedSchema(`
      type Product @table(name: "public.products") { id: ID! } type Author @table(name: "author") { id: ID! }
      type Review @table(name: "public.reviews", parents: ["product_id"]) { id: ID! }`);
    expect(tagsOf(inserted(review, '1', '7', '2', 'x'), review, narrowed)).toEqual([
      'Product:7',
      'Review:1',
      '[Review]',
    ]);
  });
});

describe('formats of tags', () => {
  it('are filled in from how a row is and how it was', () => {
    const whole = table(9, 'public.log_entry', 'product_id text', { key: [], identity: 'full' });
    const plan = new Mapping(schema, catalogue(product, whole)).planOf(relationOf(whole))!;
    const tags = (change: RowChange): string[] => {
      const found = new TransactionTags(MOST);
      found.row(plan, change);
      return [...found.tags()].toSorted();
    };
    expect(tags(inserted(whole, '7', 'a'))).toEqual(['#log-of-7']);
    expect(tags(updated(whole, ['8', 'a'], ['7', 'a']))).toEqual(['#log-of-7', '#log-of-8', 'Product:7']);
    expect(tags(deleted(whole, '7', 'a'))).toEqual(['#log-of-7', 'Product:7']);
    expect(tags(deleted(whole, null, 'a'))).toEqual([]);
  });

  it('purge more where a value is not in the log', () => {
    expect(tagsOf(updated(loose, ['8', 'a']), loose)).toEqual(['*']);
    const entity = mappedSchema(`
      type Product @table(name: "public.products") { id: ID! }
      type Entry @table(name: "public.log_entry", key: "", tags: ["Product:{$row.product_id}"]) { id: ID! }`);
    expect(tagsOf(updated(loose, ['8', 'a']), loose, entity)).toEqual(['Product', 'Product:8', '[Product]']);
  });
});

describe('a table', () => {
  it('of which many rows change at once is purged as a type', () => {
    const plan = new Mapping(schema, catalogue(...all)).planOf(relationOf(review))!;
    const tags = new TransactionTags(MOST);
    for (let id = 0; id < MOST; id++) tags.row(plan, inserted(review, `${id}`, '7', '2', 'x'));
    expect(tags.tags()).toContain('Review:2');
    tags.row(plan, inserted(review, '3', '7', '2', 'x'));
    expect([...tags.tags()].toSorted()).toEqual([
      'Author',
      'Product',
      'Review',
      '[Author]',
      '[Product]',
      '[Review]',
    ]);
  });

  it('that is emptied is purged as a type, with its parents', () => {
    const plan = new Mapping(schema, catalogue(...all)).planOf(relationOf(review))!;
    const tags = new TransactionTags(MOST);
    tags.truncate(plan);
    expect([...tags.tags()].toSorted()).toEqual([
      'Author',
      'Product',
      'Review',
      '[Author]',
      '[Product]',
      '[Review]',
    ]);
  });

  it('that the catalogue describes otherwise than the log is not mapped', () => {
    const mapping = new Mapping(schema, catalogue(...all));
    expect(mapping.planOf({ ...relationOf(review), name: 'renamed' })).toBeUndefined();
    expect(mapping.planOf({ ...relationOf(review), oid: 99 })).toBeUndefined();
    expect(mapping.planOf({ ...relationOf(review), identity: 'full' })).toBeUndefined();
    const columns = [...relationOf(review).columns, { name: 'new', isKey: false }];
    expect(mapping.planOf({ ...relationOf(review), columns })).toBeUndefined();
  });

  it.each<[string, RowIdentity, RowIdentity]>([
    ['default', 'default', 'full'],
    ['full', 'full', 'default'],
  ])('is not taken to hold what its partitions do not: %s', (_, ofRoot, ofLeaf) => {
    const root = table(20, 'public.all_reviews', 'id product_id', {
      key: ['id', 'product_id'],
      identity: ofRoot,
      foreignKeys: [to(1, 'product_id')],
    });
    const leaf = table(21, 'public.reviews_2026', 'id product_id', { identity: ofLeaf });
    const mapping = new Mapping(schema, {
      ...catalogue(product, root, leaf),
      ancestors: new Map([[21, [20]]]),
    });
    const tags = new TransactionTags(MOST);
    tags.row(mapping.planOf(relationOf(root))!, updated(root, ['1', '8']));
    expect([...tags.tags()]).toContain('Product');
  });

  it('is mapped with the types of its partitions, where these come under its name', () => {
    const root = table(20, 'public.all_products', 'name id price', {});
    const leaf = table(1, 'public.products', 'name id price', { isUnderRoot: true });
    const mapping = new Mapping(schema, { ...catalogue(root, leaf), ancestors: new Map([[1, [20]]]) });
    const tags = new TransactionTags(MOST);
    tags.row(mapping.planOf(relationOf(root))!, inserted(root, 'a', '7', '1'));
    expect([...tags.tags()].toSorted()).toEqual(['Product:7', '[Product]']);
  });

  it('is mapped with its partitions, under their own names', () => {
    const leaf = table(20, 'public.products_2026', 'name id price');
    const mapping = new Mapping(schema, { ...catalogue(product, leaf), ancestors: new Map([[20, [1]]]) });
    const tags = new TransactionTags(MOST);
    tags.row(mapping.planOf(relationOf(leaf))!, inserted(leaf, 'a', '7', '1'));
    expect([...tags.tags()].toSorted()).toEqual(['Product:7', '[Product]']);
  });
});

it('what is said of a table and is not so is named, each with a remedy', () => {
  const wrong = mappedSchema(`
    interface Node { id: ID! }
    type A @table(name: "nowhere") { id: ID! }
    type B @table(name: "public.reviews", lists: ["x"], parents: ["y"], tags: ["t-{$row.z}"]) { id: ID! }
    type C @table(name: "public.v") { id: ID! } type D @table(name: "public.u") { id: ID! }
    type E @key(fields: "name") @table(name: "public.author", key: "id name") { name: ID! }
    type F @key(fields: "code") @table(name: "public.author") { code: ID! }
    type G implements Node @table(name: "public.author") { id: ID! }
    type H @table(name: "public.author", key: "nothing") { id: ID! }`);
  const view = { ...table(30, 'public.v', 'id', { kind: 'view', key: [] }), reads: ['public.author'] };
  const unlogged = table(31, 'public.u', 'id', { isLogged: false });
  const problems = new Mapping(wrong, catalogue(...all, view, unlogged)).problems();
  expect(problems.map(({ type, problem }) => `${type}: ${problem}`)).toEqual([
    'A: There is no such table.',
    'B: It has no column x.',
    'B: It has no column y.',
    'B: It has no column z.',
    'C: It is a view, of which the log holds nothing.',
    'D: It is unlogged: the log holds nothing of it.',
    'E: The key has 1 fields (name), and @table(key:) names 2 columns.',
    'F: Which of its columns hold the key (code) of F is not clear.',
    "G: G.id is the id of the interface Node, which is mostly made of more than a row's key.",
    'H: It has no column nothing.',
  ]);
  for (const { remedy } of problems) expect(remedy).toMatch(/\.$/);
});

describe('any change', () => {
  const value = fc.option(fc.constantFrom('1', '2', '3'));
  const row = fc.tuple(fc.constantFrom('1', '2'), value, value, value);

  it('purges at least what it would purge if the log held the former row', () => {
    const without = new Mapping(schema, catalogue(...all)).planOf(relationOf(review))!;
    const withIt = new Mapping(schema, catalogue(...all)).planOf(relationOf(full))!;
    const covers = (tags: ReadonlySet<string>, tag: string): boolean =>
      tags.has(tag) || tags.has(tag.replace(/:.*/, ''));
    fc.assert(
      fc.property(row, row, (old, now) => {
        const isKeyKept = old[0] === now[0];
        const some = new TransactionTags(MOST);
        const each = new TransactionTags(MOST);
        some.row(
          without,
          updated(review, now, isKeyKept ? undefined : [old[0], undefined, undefined, undefined]),
        );
        each.row(withIt, updated(full, now, old));
        expect([...each.tags()].filter((tag) => !covers(some.tags(), tag))).toEqual([]);
      }),
    );
  });
});
