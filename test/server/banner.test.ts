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
  const upstream = readConfig({ UPSTREAM_URL: 'https://api.example.com/graphql?key=secret', PORT: '4000' });
  const kept = schemaOf('type A @cacheControl(maxAge: 90) { id: ID! } type Query { as: [A] }');
  const ports = { port: 4000, adminPort: 4001 };

  it('says where, in front of what, what is cached for how long, and what to try', () => {
    const text = banner(upstream, { ...ports, kept });
    for (const part of [
      'http://localhost:4000/graphql (a browser gets GraphiQL)',
      'http://localhost:4001/metrics',
      'https://api.example.com/graphql\n',
      'A 90 s',
      '{ as { id } }',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain('secret');
  });

  it('says so when the schema has not been read, and when nothing can be cached', () => {
    expect(banner(upstream, { ...ports, kept: undefined })).toContain('the schema has not been read');
    expect(banner(upstream, { ...ports, kept: schemaOf('type Query { a: Int }') })).toContain(
      'lastmile check',
    );
  });

  it('promises no hit before there can be one', () => {
    const text = banner(upstream, { ...ports, kept, waiting: 'the region is starting (not-asked) at none' });
    expect(text).toContain('Not ready yet: the region is starting');
    expect(text).not.toContain('a hit');
  });

  it('breaks no word on a narrow terminal, and its lines fit', () => {
    const config = readConfig({ HOST: '127.0.0.1', GRAPHIQL: '0' });
    const words = (text: string) => text.split(/\s+/).join(' ');
    const [wide, narrow] = [400, 60].map((width) => banner(config, { ...ports, kept, width }));
    expect(words(narrow!)).toBe(words(wide!));
    const prose = narrow!.split('\n').filter((line) => !/curl|-d/.test(line));
    expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(narrow).not.toContain('GraphiQL');
  });
});
