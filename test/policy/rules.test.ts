import { buildASTSchema, buildSchema, extendSchema, parse, type GraphQLSchema } from 'graphql';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { readRules, type Rules } from '../../src/policy/rules';

function rulesOf(sdl: string, directives = DIRECTIVES_SDL): Rules {
  return readRules(buildASTSchema(parse(directives + sdl), { assumeValidSDL: true }), { defaultMaxAge: 0 });
}

function overlay(sdl: string, extension: string): GraphQLSchema {
  return extendSchema(buildSchema(DIRECTIVES_SDL + sdl), parse(extension), { assumeValidSDL: true });
}

describe('@cacheControl', () => {
  it('is read from fields, objects, interfaces and unions', () => {
    const rules = rulesOf(`
      type Query { a: A @cacheControl(maxAge: 5, scope: PRIVATE, swr: 7) b: Int }
      interface I @cacheControl(maxAge: 1) { x: Int }
      type A implements I @cacheControl(inheritMaxAge: true) { x: Int }
      union U @cacheControl(scope: PUBLIC) = A
    `);
    expect(rules.fieldHint('Query', 'a')).toEqual({ maxAge: 5, scope: 'PRIVATE', swr: 7 });
    expect(rules.fieldHint('Query', 'b')).toBeUndefined();
    expect(rules.typeHint('I')).toEqual({ maxAge: 1 });
    expect(rules.typeHint('A')).toEqual({ inheritMaxAge: true });
    expect(rules.typeHint('U')).toEqual({ scope: 'PUBLIC' });
  });

  it('is changed by an extension argument by argument', () => {
    const rules = readRules(
      overlay(
        `type Query { a: A } type A @cacheControl(maxAge: 5, scope: PRIVATE) { x: Int }`,
        `extend type A @cacheControl(maxAge: 9) extend type A @cacheControl(swr: 3, scope: PUBLIC)`,
      ),
      { defaultMaxAge: 0 },
    );
    expect(rules.typeHint('A')).toEqual({ maxAge: 9, scope: 'PUBLIC', swr: 3 });
  });

  it('is read from a field that an extension of its type declares again', () => {
    const schema = buildSchema(
      `${DIRECTIVES_SDL} type Query { a: Int @cacheControl(maxAge: 5, scope: PRIVATE) }`,
    );
    const query = schema.getQueryType()!;
    const extension = parse(`extend type Query { a: Int @cacheControl(maxAge: 6) }`).definitions[0];
    query.extensionASTNodes = [extension as (typeof query.extensionASTNodes)[number]];
    expect(readRules(schema, { defaultMaxAge: 0 }).fieldHint('Query', 'a')).toEqual({
      maxAge: 6,
      scope: 'PRIVATE',
    });
  });

  it.each([
    [
      'inheritMaxAge after maxAge',
      '@cacheControl(maxAge: 5)',
      '@cacheControl(inheritMaxAge: true)',
      { inheritMaxAge: true },
    ],
    [
      'maxAge after inheritMaxAge',
      '@cacheControl(inheritMaxAge: true)',
      '@cacheControl(maxAge: 5)',
      { maxAge: 5 },
    ],
    [
      'inheritMaxAge: false after true',
      '@cacheControl(inheritMaxAge: true)',
      '@cacheControl(inheritMaxAge: false)',
      {},
    ],
  ])('takes the later answer to one question: %s', (_, first, second, hint) => {
    const schema = overlay(`type Query { a: A } type A ${first} { x: Int }`, `extend type A ${second}`);
    expect(readRules(schema, { defaultMaxAge: 0 }).typeHint('A')).toEqual(hint);
  });

  it.each([
    ['(maxAge: 5, inheritMaxAge: true)', { inheritMaxAge: true }],
    ['(maxAge: 5, inheritMaxAge: false)', { maxAge: 5 }],
    ['(maxAge: null, scope: null)', {}],
    ['(maxAge: -5)', { maxAge: 0 }],
    ['(maxAge: "60")', { maxAge: 0 }],
    ['(maxAge: 1.5)', { maxAge: 0 }],
    ['(maxAge: 99999999999999999999)', { maxAge: 2_147_483_647 }],
    ['(scope: "PUBLIC")', { scope: 'PRIVATE' }],
    ['(scope: SHARED)', { scope: 'PRIVATE' }],
    ['(swr: -1)', { swr: 0 }],
    ['', {}],
  ])('takes what it cannot read in the strictest way: %s', (argument, hint) => {
    expect(rulesOf(`type Query { a: Int @cacheControl${argument} }`).fieldHint('Query', 'a')).toEqual(hint);
  });

  it('is read where a schema declares a smaller directive, or none', () => {
    const smaller = 'directive @cacheControl(maxAge: Int) on FIELD_DEFINITION ';
    const sdl = 'type Query { a: Int @cacheControl(maxAge: 5) @key(fields: 7) @purges(tags: 1) @cacheTag }';
    for (const directives of [smaller, '']) {
      expect(rulesOf(sdl, directives).fieldHint('Query', 'a')).toEqual({ maxAge: 5 });
      expect(rulesOf(sdl, directives).fieldTags('Query', 'a')).toEqual([]);
    }
  });
});

describe('keys', () => {
  it.each([
    ['id where there is one', 'type T { id: ID! }', ['id']],
    ['no id', 'type T { name: String }', undefined],
    ['an id that needs an argument', 'type T { id(of: Int!): ID! }', undefined],
    ['none for an id that may be null', 'type T { id: ID }', undefined],
    ['an id that may be null, where a key says so', 'type T @key(fields: "id") { id: ID }', ['id']],
    ['an id whose argument has a default', 'type T { id(of: Int! = 1): ID! }', ['id']],
    ['an id that is an object', 'type T { id: U } type U { x: Int }', undefined],
    ['@key before id', 'type T @key(fields: "sku") { id: ID! sku: String! }', ['sku']],
    ['@key with several fields, in order', 'type T @key(fields: "b a") { a: ID b: ID }', ['b', 'a']],
    ['the first of several @keys', 'type T @key(fields: "a") @key(fields: "b") { a: ID b: ID }', ['a']],
    [
      'the next where a key is nested',
      'type T @key(fields: "o { x }") @key(fields: "b") { o: O b: ID } type O { x: Int }',
      ['b'],
    ],
    ['id where a key names no field', 'type T @key(fields: "gone") { id: ID! }', ['id']],
    ['id where a key is no selection', 'type T @key(fields: "}{") { id: ID! }', ['id']],
    [
      'an overlay before the type',
      'type T @key(fields: "a") { a: ID b: ID } extend type T @key(fields: "b")',
      ['b'],
    ],
    [
      'an interface that has one',
      'interface N @key(fields: "sku") { sku: ID } type T implements N { sku: ID id: ID }',
      ['sku'],
    ],
  ])('are %s', (_, sdl, key) => {
    expect(rulesOf(`type Query { t: T } ${sdl}`).keyFields('T')).toEqual(key);
  });

  it('are nothing for a root type: there is one of it', () => {
    expect(rulesOf('type Query { id: ID! }').keyFields('Query')).toBeUndefined();
  });
});

describe('tags and purges', () => {
  it('are read from fields and types, and hold for what implements an interface', () => {
    const rules = rulesOf(`
      type Query { a: T @cacheTag(format: "one") @cacheTag(format: "two") @cacheTag(format: "one") }
      interface I @cacheTag(format: "on-i") { x: Int @cacheTag(format: "on-i-x") }
      type T implements I @cacheTag(format: "t-{$key.id}") { id: ID! x: Int @cacheTag(format: "on-t-x") }
    `);
    expect(rules.fieldTags('Query', 'a')).toEqual(['one', 'two']);
    expect(rules.typeTags('T')).toEqual(['t-{$key.id}', 'on-i']);
    expect(rules.fieldTags('T', 'x')).toEqual(['on-t-x', 'on-i-x']);
    expect(rules.fieldTags('T', 'id')).toEqual([]);
  });

  it('are read from fields of the mutation type, whatever it is called', () => {
    const rules = rulesOf(`
      schema { query: Query mutation: Changes }
      type Query { a: Int @purges(tags: ["not-here"]) }
      type Changes {
        plain: Int
        all: Int @purges
        some: Int @purges(tags: ["A:{$args.id}", "b"], lists: false)
        one: Int @purges(tags: "c")
        shared: Int @purges(session: false)
        odd: Int @purges(session: "no", lists: 0, references: 0)
        alone: Int @purges(references: false)
      }
    `);
    expect(rules.purgeRule('plain')).toBeUndefined();
    expect(rules.purgeRule('a')).toBeUndefined();
    expect(rules.purgeRule('all')).toEqual({
      tags: [],
      lists: true,
      references: true,
      session: true,
      isNothing: true,
    });
    const says = { references: true, session: true, isNothing: false };
    expect(rules.purgeRule('some')).toEqual({ ...says, tags: ['A:{$args.id}', 'b'], lists: false });
    expect(rules.purgeRule('one')).toEqual({ ...says, tags: ['c'], lists: true });
    expect(rules.purgeRule('alone')).toEqual({ ...says, tags: [], lists: true, references: false });
    expect(rules.purgeRule('shared')).toEqual({ ...says, tags: [], lists: true, session: false });
    // What cannot be read purges more.
    expect(rules.purgeRule('odd')).toEqual({ ...says, tags: [], lists: true });
  });

  it('P54 finds nothing under the names every object inherits', () => {
    const rules = rulesOf('type Query { a: Int }');
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(rules.typeHint(name)).toBeUndefined();
      expect(rules.fieldHint('Query', name)).toBeUndefined();
      expect(rules.keyFields(name)).toBeUndefined();
      expect(rules.purgeRule(name)).toBeUndefined();
    }
  });
});
