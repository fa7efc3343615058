import { makeExecutableSchema } from '@graphql-tools/schema';
import type { Knowledge } from '../../src/operation/operation';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { readRules } from '../../src/policy/rules';
import { formatSuggestion } from '../../src/suggest/format-suggestion';
import type { Line } from '../../src/suggest/lines';
import { readLines } from '../../src/suggest/read-log';
import { suggest, type Suggestion } from '../../src/suggest/suggest';
import { WIDE } from '../answer/harness';
import { logOf, operation, purge, query, s } from './lines';

const SDL = `
  type Query {
    post(id: ID!): Post
    posts: PostConnection
    me: User
    teaser: Post
    never: Post @cacheControl(maxAge: 0)
    total: Int!
  }
  type Post { id: ID! title: String author: User stats: Stats }
  type User { id: ID! name: String }
  type Stats { views: Int }
  type PostConnection { edges: [PostEdge!] }
  type PostEdge { node: Post }
`;

function knowledgeOf(sdl: string): Knowledge {
  const schema = makeExecutableSchema({ typeDefs: [DIRECTIVES_SDL, sdl] });
  return { schema, rules: readRules(schema, { defaultMaxAge: 0 }), configuration: 'test' };
}

const knowledge = knowledgeOf(SDL);

async function suggested(
  lines: readonly Line[],
  known = knowledge,
  maxParts = 32,
): Promise<Suggestion & { text: string }> {
  const recording = await readLines(logOf(lines));
  const suggestion = suggest(known, WIDE, recording, maxParts);
  return { ...suggestion, text: formatSuggestion(known.schema, recording, suggestion) };
}

const POST = operation('p', 'query Post($id: ID!) { post(id: $id) { title } }');

/** One query every ten seconds, a hundred of them. */
const everyTen = (more: Parameters<typeof query>[1] = {}) =>
  Array.from({ length: 100 }, (_, index) => query(s(10 * index), more));

describe('what is proposed', () => {
  it('is the shortest maxAge that saves nearly what the longest would, with the hit rate it brings', async () => {
    const { proposals, now, proposed } = await suggested([
      POST,
      ...everyTen({ tags: ['Post', 'Post:1'] }),
      purge(s(495), 'Post:1'),
    ]);
    // Kept for ever: asked for at 0 and, purged, at 500. For 300 s: at 0, 310, 500 and 810. For 60 s: every 70 s.
    expect(proposals).toEqual([
      expect.objectContaining({
        directives: [{ coordinate: 'Post', hint: { maxAge: 300 } }],
        operations: ['Post'],
        queries: 100,
        hitRate: 0.96,
        savedMs: 9600,
        staleRate: 0,
      }),
    ]);
    expect(now).toEqual({ queries: 100, hitRate: 0, upstreamMs: 10_000 });
    expect(proposed.hitRate).toBe(0.96);
    expect(proposed.upstreamMs).toBeCloseTo(400);
  });

  it('ranks by the upstream time that would be saved', async () => {
    const { proposals } = await suggested([
      POST,
      operation('t', 'query Total { total }'),
      ...everyTen(),
      ...everyTen({ op: 't', ms: 1000 }),
    ]);
    expect(proposals.map(({ directives }) => directives[0]?.coordinate)).toEqual(['Query.total', 'Post']);
    expect(proposals[0]!.savedMs).toBeGreaterThan(proposals[1]!.savedMs * 9);
  });

  it('takes together what is of use only together, and lets parts inherit', async () => {
    const text = 'query Posts { posts { edges { node { author { name } stats { views } } } } }';
    const { proposals, text: sdl } = await suggested([operation('p', text), ...everyTen()]);
    expect(proposals).toHaveLength(1);
    expect(sdl).toContain('extend type Post @cacheControl(maxAge: 300)');
    expect(sdl).toContain('extend type User @cacheControl(maxAge: 300)');
    // At the root there is nothing to inherit; below it, what has no key is part of what holds it.
    expect(sdl).toContain('extend type PostConnection @cacheControl(maxAge: 300)');
    expect(sdl).toContain('extend type PostEdge @cacheControl(inheritMaxAge: true)');
    expect(sdl).toContain('extend type Stats @cacheControl(inheritMaxAge: true)');
  });

  it('adds to what was chosen before', async () => {
    const both = operation('b', 'query Both { teaser { author { name } } }');
    const { proposals } = await suggested([POST, both, ...everyTen({ ms: 1000 }), ...everyTen({ op: 'b' })]);
    expect(proposals.map(({ directives, operations }) => [directives, operations])).toEqual([
      [[{ coordinate: 'Post', hint: { maxAge: 300 } }], ['Post']],
      [[{ coordinate: 'User', hint: { maxAge: 300 } }], ['Both']],
    ]);
  });

  it('does not let answers be kept that change unseen', async () => {
    const changing = Array.from({ length: 100 }, (_, index) => query(s(2 * index), { answer: `${index}` }));
    const { proposals, left } = await suggested([POST, ...changing]);
    expect(proposals).toEqual([]);
    expect(left).toEqual([
      { operation: 'Post', upstreamMs: 10_000, why: expect.stringMatching(/change within seconds/) },
    ]);
  });

  it('is shorter where answers change unseen now and then', async () => {
    // One query a second, and a new answer about every thousand: with 30 s more than one hit in a hundred is stale.
    const lines = Array.from({ length: 6000 }, (_, index) =>
      query(s(index), { answer: `${Math.floor(index / 997)}` }),
    );
    const { proposals } = await suggested([POST, ...lines]);
    expect(proposals[0]?.directives).toEqual([{ coordinate: 'Post', hint: { maxAge: 10 } }]);
    expect(proposals[0]?.staleRate).toBeGreaterThan(0);
    expect(proposals[0]?.staleRate).toBeLessThan(0.01);
  });

  it('is private where answers differ by who asks', async () => {
    const lines = ['ada', 'bob'].flatMap((who, offset) =>
      Array.from({ length: 50 }, (_, index) => query(s(10 * index + offset), { who, answer: `for ${who}` })),
    );
    const me = operation('p', 'query Me { me { name } }');
    const { proposals, text } = await suggested([me, ...lines]);
    expect(proposals[0]).toMatchObject({
      directives: [
        { coordinate: 'User', hint: { maxAge: 300 } },
        { coordinate: 'Query.me', hint: { scope: 'PRIVATE' } },
      ],
      isPrivate: true,
      hitRate: 0.96,
    });
    expect(text).toContain('  me: User @cacheControl(scope: PRIVATE)');
  });

  it('says that a log of people who were not signed in tells nothing of those who are', async () => {
    const { proposals, text } = await suggested([POST, ...everyTen()]);
    expect(proposals[0]).toMatchObject({ queries: 100, anonymous: 100 });
    expect(text).toMatch(/All 100 came without credentials/);
    expect(text).toMatch(/whether an answer depends on who asks.* is for you to know/s);
    const signedIn = everyTen().map((line) => ({ ...line, who: 'ada' }));
    expect((await suggested([POST, ...signedIn])).text).not.toMatch(/came without/);
  });

  it('says when answers that are alike were made for several people', async () => {
    const lines = everyTen().map((line, index) => ({ ...line, who: index % 2 ? 'ada' : 'bob' }));
    const { proposals, text } = await suggested([POST, ...lines]);
    expect(proposals[0]).toMatchObject({ isPrivate: false });
    expect(proposals[0]!.sharedHits).toBeGreaterThan(40);
    expect(text).toMatch(/hits are on answers to another user/);
  });

  it.each([
    ['a field that must not be kept', '{ never { title } }', /maxAge: 0/],
    ['what is no operation of the schema', '{ gone }', /does not fit the schema: Cannot query field/],
    ['what asks about the schema', '{ __schema { queryType { name } } }', /cannot be kept at all/],
  ])('is nothing for %s', async (_, text, why) => {
    const { proposals, left } = await suggested([operation('p', text), ...everyTen()]);
    expect(proposals).toEqual([]);
    expect(left).toEqual([expect.objectContaining({ why: expect.stringMatching(why) })]);
  });

  it('is nothing for an operation whose text was lost, nor for what is kept already', async () => {
    expect((await suggested(everyTen())).left[0]?.why).toMatch(/text is not in the log/);
    const kept = knowledgeOf(SDL.replace('type Post {', 'type Post @cacheControl(maxAge: 300) {'));
    const { proposals, left, now, proposed } = await suggested([POST, ...everyTen()], kept);
    expect({ proposals, left }).toEqual({ proposals: [], left: [] });
    expect(now).toEqual(proposed);
    expect(now.hitRate).toBe(0.96);
  });
});

describe('of an operation that can be cut', () => {
  const PAGE = operation('p', 'query Page { post(id: 1) { title } me { name } }');
  /** Two people, in turn: the post is the same for both. */
  const byTwo = ['ada', 'bob'].flatMap((who, offset) =>
    Array.from({ length: 50 }, (_, index) =>
      query(s(10 * index + offset), {
        who,
        answer: `for ${who}`,
        leaves: { 'post.title': 'same', 'me.name': who },
      }),
    ),
  );

  it('each part is judged by itself: what differs by who asks is private, the rest is not', async () => {
    const { proposals, proposed, text } = await suggested([PAGE, ...byTwo]);
    expect(proposals).toEqual([
      expect.objectContaining({
        directives: [{ coordinate: 'Post', hint: { maxAge: 300 } }],
        operations: ['Page (post)'],
        isPrivate: false,
        isOfParts: true,
        queries: 50,
      }),
      expect.objectContaining({
        directives: [
          { coordinate: 'User', hint: { maxAge: 300 } },
          { coordinate: 'Query.me', hint: { scope: 'PRIVATE' } },
        ],
        operations: ['Page (me)'],
        isPrivate: true,
      }),
    ]);
    expect(proposed.hitRate).toBeGreaterThan(0.95);
    expect(text).toMatch(/parts of an operation are kept apart/);
    const whole = await suggested([PAGE, ...byTwo], knowledge, 0);
    expect(whole.proposals.map(({ isPrivate }) => isPrivate)).toEqual([true]);
  });

  it('the rest is kept beside what must not be, or changes unseen', async () => {
    const mixed = operation('p', 'query Page { post(id: 1) { title } never { title } total }');
    const lines = Array.from({ length: 100 }, (_, index) =>
      query(s(10 * index), {
        answer: `${index}`,
        leaves: { 'post.title': 'same', 'never.title': `${index}`, total: `${index}` },
      }),
    );
    const { proposals, left, now, proposed } = await suggested([mixed, ...lines]);
    expect(proposals).toEqual([
      expect.objectContaining({
        operations: ['Page (post)'],
        hitRate: expect.closeTo(0.96),
        queries: 33,
        savedMs: expect.closeTo(3200),
      }),
    ]);
    expect(left.map(({ operation: name }) => name)).toEqual(['Page (never)', 'Page (total)']);
    expect([now.hitRate, now.queries]).toEqual([0, 100]);
    // One of three parts.
    expect(proposed.hitRate).toBeCloseTo(0.96 / 3);
    expect(proposed.upstreamMs).toBeCloseTo(10_000 * (1 - 0.96 / 3));
  });

  it('is of parts below a root field as well', async () => {
    const known = knowledgeOf(
      SDL.replace('title: String ', 'title: String now: Int @cacheControl(maxAge: 0) '),
    );
    const deep = operation('p', 'query Deep { post(id: 1) { title now } }');
    const lines = Array.from({ length: 100 }, (_, index) =>
      query(s(10 * index), {
        answer: `${index}`,
        leaves: { 'post.title': 'same', 'post.now': `${index}` },
      }),
    );
    const { proposals, left } = await suggested([deep, ...lines], known);
    expect(proposals[0]).toMatchObject({ operations: ['Deep (post, shared)'], hitRate: 0.96 });
    expect(left).toEqual([expect.objectContaining({ operation: 'Deep (post, uncacheable)' })]);
  });

  it('counts by its parts as the schema is', async () => {
    const declared = knowledgeOf(SDL.replace('type Post {', 'type Post @cacheControl(maxAge: 300) {'));
    const { now, proposals } = await suggested([PAGE, ...byTwo], declared);
    // Asked for every five seconds, kept for 300.
    expect(now.hitRate).toBe(0.98 / 2);
    expect(proposals.map(({ operations }) => operations)).toEqual([['Page (me)']]);
  });
});

describe('what is read', () => {
  it('passes over what is no line of the log, and counts it', async () => {
    const lines = logOf([POST, ...everyTen()]);
    const recording = await readLines([...lines, '{"run":"r","t":', '{"run":"r"}', 'x', '', '[]']);
    expect(recording).toMatchObject({ queries: 100, unreadable: 4 });
  });

  it('keeps runs apart: their times and hashes have nothing to do with each other', async () => {
    const again = everyTen().map((line) => ({ ...line, run: 'other' }));
    const { proposals } = await suggested([POST, ...everyTen(), ...again]);
    expect(proposals[0]).toMatchObject({ queries: 200, hitRate: 0.96 });
  });
});
