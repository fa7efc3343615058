import { isObjectType, type GraphQLObjectType, type IntrospectionQuery } from 'graphql';
import { readRules } from '../../src/policy/rules';
import { loadSchema, type LoadedSchema } from '../../src/schema/load-schema';
import { placeOf } from '../../src/schema/schema-error';
import { cleanupAfterEach } from '../kit/cleanup';
import { findings, introspectionOf, load, writeFiles } from './sdl';

const cleanup = cleanupAfterEach();

const SHOP = `
  type Query { products(first: Int): [Product!]! node(id: ID!): Node search: [Result] }
  type Mutation { sell(id: ID!): Product }
  interface Node { id: ID! }
  type Product implements Node { id: ID! name: String price: Money }
  scalar Money
  union Result = Product
`;

function rules({ schema }: LoadedSchema) {
  return readRules(schema, { defaultMaxAge: 0 });
}

describe('an overlay over an introspected schema', () => {
  it('adds directives to types, interfaces, unions, and fields declared again', async () => {
    const loaded = await load(
      cleanup,
      [
        `extend type Product @cacheControl(maxAge: 60) @key(fields: "name") { price: Money @cacheControl(scope: PRIVATE) }
         extend type Query { products: [Product!]! @cacheControl(maxAge: 5) @cacheTag(format: "front") }
         extend type Mutation { sell: Product @purges(lists: false) }`,
        'extend interface Node @cacheControl(maxAge: 1)  extend union Result @cacheControl(maxAge: 2)',
      ],
      SHOP,
    );
    const read = rules(loaded);
    expect(read.typeHint('Product')).toMatchObject({ maxAge: 60 });
    expect(read.typeHint('Node')).toMatchObject({ maxAge: 1 });
    expect(read.typeHint('Result')).toMatchObject({ maxAge: 2 });
    expect(read.fieldHint('Query', 'products')).toMatchObject({ maxAge: 5 });
    expect(read.fieldHint('Product', 'price')).toMatchObject({ scope: 'PRIVATE' });
    expect(read.fieldTags('Query', 'products')).toEqual(['front']);
    expect(read.keyFields('Product')).toEqual(['name']);
    expect(read.purgeRule('sell')).toMatchObject({ lists: false });
    expect(loaded.sources.map((source) => source.name)).toEqual(['a.graphql', 'b.graphql']);
  });

  it('keeps arguments and types as upstream has them', async () => {
    const { schema } = await load(
      cleanup,
      ['extend type Query { products: [Product] @cacheControl(maxAge: 5) }'],
      SHOP,
    );
    const { products } = schema.getQueryType()!.getFields();
    expect(String(products!.type)).toBe('[Product!]!');
    expect(products!.args.map((argument) => argument.name)).toEqual(['first']);
  });

  it('takes `type` for `extend type`, and definitions pasted from documentation for nothing new', async () => {
    const loaded = await load(
      cleanup,
      [
        `enum CacheControlScope { PUBLIC PRIVATE }
         directive @cacheControl(maxAge: Int, scope: CacheControlScope) on FIELD_DEFINITION | OBJECT
         type Product @cacheControl(maxAge: 60, swr: 5)`,
      ],
      SHOP,
    );
    expect(rules(loaded).typeHint('Product')).toMatchObject({ maxAge: 60, swr: 5 });
  });

  it('keeps the places of its nodes', async () => {
    const { schema } = await load(cleanup, ['\n  extend type Product @cacheControl(maxAge: 60)'], SHOP);
    const node = (schema.getType('Product') as GraphQLObjectType).extensionASTNodes[0]!;
    expect(placeOf(node)).toEqual({ file: 'a.graphql', line: 2, column: 3 });
    expect(placeOf(node.directives![0])).toEqual({ file: 'a.graphql', line: 2, column: 23 });
  });

  it('may be nothing at all, or comments', async () => {
    const none = await loadSchema({ patterns: [], introspect: introspectionOf(SHOP) });
    expect(isObjectType(none.schema.getType('Product'))).toBe(true);
    expect(none.schema.getDirective('cacheControl')!.args.map((argument) => argument.name)).toContain('swr');
    expect((await load(cleanup, ['# nothing yet\n'], SHOP)).schema.getType('Product')).toBeDefined();
  });

  it('brings our directives in the place of narrower ones of upstream, also where upstream has no Int', async () => {
    const upstream = `
      directive @cacheControl(maxAge: String) on OBJECT
      directive @other on FIELD_DEFINITION
      type Query { name: String }`;
    const loaded = await load(
      cleanup,
      ['extend type Query { name: String @cacheControl(maxAge: 5, swr: 1) }'],
      upstream,
    );
    expect(rules(loaded).fieldHint('Query', 'name')).toMatchObject({ maxAge: 5, swr: 1 });
    expect(loaded.schema.getDirective('other')).toBeDefined();
  });

  it('is told everything that is wrong with it at once, with place and remedy', async () => {
    const overlay = `extend type Prodct @cacheControl(maxAge: 60)
extend type Product @cachControl(maxAge: 60) {
  nme: String @cacheControl
  name: [String]
  price: Money @cacheControl(maxAge: "60") @purges(list: true)
}
extend type Node @cacheControl(maxAge: 1)
extend type Product implements Result @cacheControl(scope: SECRET)
extend union Result = Query
extend scalar Money @specifiedBy(url: "x")
extend type Query { products: [Prodct!]! @cacheTag }`;
    expect(await findings(load(cleanup, [overlay, 'scalar Extra'], SHOP))).toEqual([
      'a.graphql:1:13 Cannot extend type "Prodct" because it is not defined. Did you mean "Product"? Correct the name, or extend it as what it is: type, interface or union.',
      'a.graphql:2:21 Unknown directive "@cachControl". Did you mean "@cacheControl"? Correct the name or the place, or define it with `directive @name on ...`.',
      'a.graphql:3:3 Product has no field nme in the schema. Did you mean "name"? Correct the name, or remove the field: an overlay adds directives only.',
      'a.graphql:4:9 Product.name is String in the schema, not [String]. Write String.',
      'a.graphql:5:38 @cacheControl takes maxAge as Int, not "60". Write a value of type Int.',
      'a.graphql:5:52 Unknown argument "list" on directive "@purges". Did you mean "lists"? Correct the argument, or remove it.',
      'a.graphql:7:1 Cannot extend non-object type "Node". Correct the name, or extend it as what it is: type, interface or union.',
      'a.graphql:8:32 Product does not implement Result in the schema. Remove it: an overlay adds directives only.',
      'a.graphql:8:60 @cacheControl takes scope as CacheControlScope, not SECRET. Write a value of type CacheControlScope.',
      'a.graphql:9:23 Result does not include Query in the schema. Remove the member: an overlay adds directives only.',
      'a.graphql:10:1 An overlay holds types, interfaces and unions of the schema, and nothing else. Remove this definition.',
      'a.graphql:11:31 Query.products is [Product!]! in the schema, not [Prodct!]!. Write [Product!]!.',
      'a.graphql:11:42 Directive "@cacheTag" argument "format" of type "String!" is required, but it was not provided. Add the argument.',
      'b.graphql:1:1 An overlay holds types, interfaces and unions of the schema, and nothing else. Remove this definition.',
    ]);
  });

  it('is read before upstream is asked', async () => {
    const folder = await writeFiles(cleanup, { 'a.graphql': 'extend type {', 'b.graphql': 'type Query' });
    let asked = false;
    const introspect = () => {
      asked = true;
      return introspectionOf(SHOP)();
    };
    expect(await findings({ patterns: ['a.graphql', 'none/*.graphql'], folder, introspect })).toEqual([
      'No file matches `none/*.graphql`. Correct SCHEMA; relative paths begin where the gateway was started.',
      'a.graphql:1:13 Syntax Error: Expected Name, found "{". Correct the SDL.',
    ]);
    expect(asked).toBe(false);
  });

  it('passes on why upstream could not be asked, and refuses what is no schema', async () => {
    const introspect = () => Promise.reject(new Error('not there'));
    await expect(loadSchema({ patterns: [], introspect })).rejects.toThrow('not there');
    const broken = async () => {
      const { __schema: schema } = JSON.parse(await introspectionOf(SHOP)()) as IntrospectionQuery;
      return JSON.stringify({ __schema: { ...schema, types: [] } });
    };
    await expect(loadSchema({ patterns: [], introspect: broken })).rejects.toMatchObject({
      code: 'UPSTREAM_BAD_ANSWER',
    });
  });
});

describe('a full schema', () => {
  it('stands alone, whatever its root type is called', async () => {
    const text =
      'schema { query: Root } type Root { product: Product } type Product @cacheControl(maxAge: 60) { id: ID! }';
    const loaded = await load(cleanup, [text]);
    expect(loaded.schema.getQueryType()!.name).toBe('Root');
    expect(rules(loaded).typeHint('Product')).toMatchObject({ maxAge: 60 });
  });

  it('is preferred to asking upstream', async () => {
    const folder = await writeFiles(cleanup, { 'a.graphql': SHOP });
    const introspect = () => Promise.reject(new Error('asked'));
    expect(
      (await loadSchema({ patterns: ['a.graphql'], folder, introspect })).schema.getType('Product'),
    ).toBeDefined();
  });

  it('may be in one file and what is said about it in another', async () => {
    const overlay = `
      extend type Product @cacheControl(maxAge: 60) { name: String @cacheControl(maxAge: 7) stock: Int @cacheControl(maxAge: 8) }
      extend type Query { products: [Product!]! @cacheControl(maxAge: 9) }`;
    const loaded = await load(cleanup, [SHOP, overlay]);
    const read = rules(loaded);
    expect(read.typeHint('Product')).toMatchObject({ maxAge: 60 });
    expect(read.fieldHint('Product', 'name')).toMatchObject({ maxAge: 7 });
    expect(read.fieldHint('Product', 'stock')).toMatchObject({ maxAge: 8 });
    expect(read.fieldHint('Query', 'products')).toMatchObject({ maxAge: 9 });
  });

  it('may bring narrower definitions of our directives, which are widened', async () => {
    const text = `
      directive @cacheControl(maxAge: Int, vendor: String) on OBJECT
      directive @key(fields: FieldSet!) on OBJECT
      scalar FieldSet
      type Query { product: Product @cacheControl(maxAge: 5, swr: 10, vendor: "x") }
      type Product @key(fields: "upc") @key(fields: "sku") { upc: ID! sku: ID! }`;
    const loaded = await load(cleanup, [text]);
    expect(rules(loaded).fieldHint('Query', 'product')).toMatchObject({ maxAge: 5, swr: 10 });
    expect(rules(loaded).keyFields('Product')).toEqual(['upc']);
    expect(loaded.schema.getDirective('key')).toMatchObject({ isRepeatable: true });
  });

  it('may repeat a field word for word, but not with another type or other arguments', async () => {
    const same =
      'type Query { "one" a(b: Int): Int @cacheControl(maxAge: 1) "two" a("three" b: Int): Int c: Int }';
    expect(Object.keys((await load(cleanup, [same])).schema.getQueryType()!.getFields())).toEqual(['a', 'c']);
    expect(await findings(load(cleanup, ['type Query { a: Int a: String  b(c: Int): Int b: Int }']))).toEqual(
      [
        'a.graphql:1:21 Field "Query.a" can only be defined once. Remove one of them.',
        'a.graphql:1:47 Field "Query.b" can only be defined once. Remove one of them.',
      ],
    );
  });

  it('is told everything that is wrong with it', async () => {
    const text = `type Query { a: Missing @unknown  b: Int @cacheControl(age: 5) }
type Query { c: Int }`;
    expect(await findings(load(cleanup, [text, 'extend type Nobody { a: Int }']))).toEqual([
      'a.graphql:1:17 Unknown type "Missing". Correct the name, or define the type.',
      'a.graphql:1:25 Unknown directive "@unknown". Correct the name or the place, or define it with `directive @name on ...`.',
      'a.graphql:1:56 Unknown argument "age" on directive "@cacheControl". Correct the argument, or remove it.',
      'a.graphql:2:6 There can be only one type named "Query". Remove one, or write `extend type`.',
      'b.graphql:1:13 Cannot extend type "Nobody" because it is not defined. Correct the name, or extend it as what it is: type, interface or union.',
    ]);
    const later =
      'type Query { a: A @cacheControl(maxAge: 1.5) } interface I { i: Int } type A implements I { a: Int }';
    expect(await findings(load(cleanup, [later]))).toEqual([
      'a.graphql:1:41 @cacheControl takes maxAge as Int, not 1.5. Write a value of type Int.',
      'a.graphql:1:71 Interface field I.i expected but A does not provide it. Correct the SDL.',
    ]);
    expect(
      await findings(load(cleanup, [SHOP, 'extend type Product { name: Int @cacheControl(maxAge: 5) }'])),
    ).toEqual(['b.graphql:1:29 Product.name is String in the schema, not Int. Write String.']);
  });

  it('hints that it may have been meant as an overlay', async () => {
    const text = 'type Query { products: [Product!]! @cacheControl(maxAge: 60) }';
    expect(await findings(load(cleanup, [text], SHOP))).toEqual([
      expect.stringContaining('write `extend type Query`') as string,
    ]);
  });

  it('is missed when there is neither one nor an upstream', async () => {
    expect(await findings(load(cleanup, ['extend type Product @cacheControl(maxAge: 60)']))).toEqual([
      expect.stringContaining('no query type') as string,
    ]);
  });
});

describe('the files', () => {
  it('are named by file, folder, or pattern, and read once', async () => {
    const folder = await writeFiles(cleanup, {
      'schema/b.graphql': 'extend type Query { b: Int }',
      'schema/a.gql': 'type Query { a: Int }',
      'schema/.hidden.graphql': 'broken {',
      'schema/notes.md': 'broken {',
      'teams/one/c.graphqls': 'extend type Query { c: Int }',
      'teams/two/d.graphqls': 'extend type Query { d: Int }',
    });
    const patterns = ['schema/b.graphql', 'schema', 'teams/*/*.graphqls', `${folder}/teams/t*/d.graphqls`];
    const { sources } = await loadSchema({ patterns: patterns.slice(0, 3), folder });
    expect(sources.map((source) => source.name)).toEqual([
      'schema/b.graphql',
      'schema/a.gql',
      'teams/one/c.graphqls',
      'teams/two/d.graphqls',
    ]);
    const absolute = await findings({ patterns: patterns.slice(3), folder });
    expect(absolute).toEqual([expect.stringContaining('no query type') as string]);
  });

  it('may not be missing', async () => {
    const folder = await writeFiles(cleanup, { 'a.txt': '' });
    const patterns = ['missing.graphql', '*.graphql', '.', 'a.txt/x*'];
    expect(await findings({ patterns, folder })).toHaveLength(4);
  });
});
