import { buildSchema } from 'graphql';
import { banner, sampleQuery } from '../../src/server/banner';
import { readConfig } from '../../src/config/read-config';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { readRules } from '../../src/policy/rules';

function schemaOf(sdl: string) {
  const schema = buildSchema(DIRECTIVES_SDL + sdl);
  return { schema, rules: readRules(schema, { defaultMaxAge: 0 }), sources: [], version: 'v' };
}

describe('the query to try', () => {
  it.each([
    [
      'a list of a cached type',
      'type A @cacheControl(maxAge: 9) { id: ID! } type Query { as: [A] }',
      '{ as { id } }',
    ],
    [
      'past what needs arguments',
      'type A @cacheControl(maxAge: 9) { id: ID! } type Query { a(id: ID!): A as: [A] }',
      '{ as { id } }',
    ],
    [
      'past what is private',
      'type A @cacheControl(maxAge: 9, scope: PRIVATE) { id: ID! } type Query { a: A n: Int @cacheControl(maxAge: 1) }',
      '{ n }',
    ],
    ['none where nothing is cached', 'type A { id: ID! } type Query { a: A }', undefined],
  ])('is %s', (_, sdl, query) => {
    const { schema, rules } = schemaOf(sdl);
    expect(sampleQuery(schema, rules)).toBe(query);
  });
});

describe('the first screen', () => {
  it('says where, in front of what, what is cached for how long, and what to try', () => {
    const config = readConfig({ UPSTREAM_URL: 'https://api.example.com/graphql', PORT: '4000' });
    const text = banner(
      config,
      4000,
      4001,
      schemaOf('type A @cacheControl(maxAge: 9) { id: ID! } type Query { as: [A] }'),
    );
    for (const part of [
      'http://localhost:4000/graphql',
      'https://api.example.com/graphql',
      'A 9 s',
      '{ as { id } }',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('says so when the schema has not been read, and when nothing can be cached', () => {
    const config = readConfig({ UPSTREAM_URL: 'https://api.example.com/graphql' });
    expect(banner(config, 1, 2, undefined)).toContain('the schema has not been read');
    expect(banner(config, 1, 2, schemaOf('type Query { a: Int }'))).toContain('lastmile check');
  });
});
