import { cpSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buildSchema } from 'graphql';
import { parse } from 'yaml';
import { askChoices, askUpstream, endDialogue } from '../../src/init/dialogue';
import { nextStep } from '../../src/init/files';
import { findCandidates, overlayText } from '../../src/init/overlay';
import { readRules } from '../../src/policy/rules';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { cleanupAfterEach } from '../kit/cleanup';
import { runCommand } from '../kit/command';
import { runProcess } from '../kit/lastmile';
import { startOrigin } from '../kit/origin';

const cleanup = cleanupAfterEach();

const SCHEMA = buildSchema(`${DIRECTIVES_SDL}
  type Query { posts(first: Int! = 1): PostPage! post(id: ID!): Post count: Int! me: User viewer: Viewer node(id: ID!): Node
    settings: Settings search(text: String!): [Found!]! }
  type Settings { currency: String! }
  union Found = Post | User
  type Viewer { id: ID! email: String }
  type PostPage { items: [Post!]! total: Int! }
  interface Node { id: ID! }
  interface Likable { likedByMe: Boolean! }
  type Post implements Node & Likable { id: ID! title: String author: User! likedByMe: Boolean! myVote(round: Int): Int }
  type Comment implements Likable { likedByMe: Boolean! }
  type User implements Node { id: ID! name: String }
  type Orphan { id: ID! }
  type Mutation { rename(id: ID!, name: String): User! reindex(depth: Int): Boolean }`);
const CANDIDATES = findCandidates(SCHEMA, readRules(SCHEMA, { defaultMaxAge: 0 }));

describe('what is proposed', () => {
  it('is apart by what has a key, what is part of it, plain values, what is own, and silent mutations', () => {
    expect(CANDIDATES).toEqual({
      entities: ['Post', 'User'],
      parts: ['Settings', 'PostPage'],
      abstract: [
        { name: 'Found', possible: ['Post', 'User'] },
        { name: 'Node', possible: ['Post', 'User'] },
      ],
      roots: [
        { coordinate: 'Query.posts', lists: ['Post'] },
        { coordinate: 'Query.settings', lists: [] },
      ],
      values: ['Query.count'],
      own: ['Query.me', 'Query.viewer'],
      viewers: ['Likable.likedByMe', 'Post.myVote'],
      silent: ['Mutation.reindex'],
    });
  });

  it('is all comments until something is chosen, and SDL that fits where it is', () => {
    const code = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(code(overlayText(SCHEMA, CANDIDATES, []))).toEqual([]);
    expect(code(overlayText(SCHEMA, CANDIDATES, ['Post']))).toEqual([
      'extend type Post @cacheControl(maxAge: 60)',
      'extend type Settings @cacheControl(inheritMaxAge: true)',
      'extend type PostPage @cacheControl(inheritMaxAge: true)',
      'extend type Query { posts(first: Int!): PostPage! @cacheControl(maxAge: 60) }',
      'extend interface Likable { likedByMe: Boolean! @cacheControl(scope: PRIVATE) }',
      'extend type Post { myVote(round: Int): Int @cacheControl(scope: PRIVATE) }',
    ]);
    expect(code(overlayText(SCHEMA, CANDIDATES, ['Post', 'User']))).toEqual(
      expect.arrayContaining([
        'extend union Found @cacheControl(maxAge: 60)',
        'extend interface Node @cacheControl(maxAge: 60)',
      ]),
    );
    expect(overlayText(SCHEMA, CANDIDATES, [])).toContain(
      '# extend type Mutation { reindex(depth: Int): Boolean @purges(tags: ["..."]) }',
    );
  });
});

describe('lastmile init', () => {
  it('asks nothing on a pipe, and its proposals are what check and serve take', async () => {
    const origin = cleanup.add(await startOrigin());
    const cwd = cleanup.folder('init');
    const first = await runProcess(
      ['init', '--upstream', origin.url, '--containers', '--app', 'shop', '--region', 'fra'],
      {},
      { cwd },
    );
    expect([first.status, first.errors]).toEqual([0, '']);
    expect(first.output).toMatch(/^schema\/cache\.graphql\n\.env\nDockerfile\ncompose\.yaml\nfly\.toml\n/);
    const read = (path: string) => readFileSync(join(cwd, path), 'utf8');
    expect(statSync(join(cwd, '.env')).mode & 0o777).toBe(0o600);
    expect(read('.env')).toContain(`UPSTREAM_URL=${origin.url}\n`);
    expect(read('fly.toml')).toMatch(/^app = "shop"\n[^]*^primary_region = "fra"$/m);
    const { services } = parse(read('compose.yaml')) as {
      services: { lastmile: { environment: Record<string, string> } };
    };
    expect(services.lastmile.environment['UPSTREAM_URL']).toBe(
      origin.url.replace('127.0.0.1', 'host.docker.internal'),
    );

    // As it is nothing is kept; every proposal is taken once its # is gone.
    const before = await runProcess(['check'], {}, { cwd });
    expect([before.status, before.output]).toEqual([
      0,
      expect.stringMatching(
        /^Kept: nothing\..*\nUncomment a line with @cacheControl in schema\/cache\.graphql, or add one/m,
      ),
    ]);
    const all = read('schema/cache.graphql').replaceAll(/^# (extend .*@cacheControl.*)$/gm, '$1');
    await writeFile(join(cwd, 'schema/cache.graphql'), all);
    const after = await runProcess(['check'], {}, { cwd });
    expect(after.output).toMatch(/^Product +1 min/m);
    expect(after.output).not.toContain('error');

    const again = await runProcess(['init'], {}, { cwd });
    expect([again.status, again.output]).toEqual([
      0,
      expect.stringContaining('cache.graphql was there, and stays as it is'),
    ]);
    expect(read('schema/cache.graphql')).toBe(all);
  });

  it('writes in a clone, beside the example, what is not mixed up with it', async () => {
    const origin = cleanup.add(await startOrigin());
    const cwd = cleanup.folder('clone');
    cpSync(join(__dirname, '../../schema'), join(cwd, 'schema'), { recursive: true });
    const { status, output } = await runProcess(['init', '--upstream', origin.url], {}, { cwd });
    expect([status, output]).toEqual([
      0,
      'cache.graphql\n.env\nschema/ holds the example here, so SCHEMA in .env names cache.graphql alone\n\n' +
        'Choose in cache.graphql what to keep, then start: npx lastmile\n',
    ]);
    const check = await runProcess(['check'], {}, { cwd });
    expect([check.status, check.output]).toEqual([0, expect.stringMatching(/^Schema: cache\.graphql\n/)]);
  });

  it.each([
    [[], /Say where the API is: --upstream/],
    [['--upstream', 'nowhere'], /UPSTREAM_URL/],
    [['here'], /Unexpected argument/],
  ])('ends with 2 on wrong usage: %j', async (args, wanted) => {
    const { status, errors } = await runCommand(['init', ...args]);
    expect([status, errors]).toEqual([2, expect.stringMatching(wanted)]);
  });

  it('ends with 1 where the API cannot be asked', async () => {
    const { status, errors } = await runCommand(['init', '--upstream', 'http://127.0.0.1:1/graphql']);
    expect([status, errors]).toEqual([1, expect.stringMatching(/could not be reached/)]);
  });
});

describe('the dialogue', () => {
  /** A terminal at which each question is answered by keys, once it is asked. */
  function person(answers: readonly (readonly [question: RegExp, keys: readonly string[]])[]) {
    const [input, output] = [new PassThrough(), new PassThrough()];
    let shown = '';
    const left = [...answers];
    output.on('data', (chunk: Buffer) => {
      shown += String(chunk);
      const [next] = left;
      if (!next?.[0].test(shown)) return;
      left.shift();
      shown = '';
      // It is shown before it listens.
      setImmediate(() => next[1].forEach((key) => input.write(key)));
    });
    return { terminal: { input, output }, left, shown: () => shown };
  }

  it('asks where the API is, what to keep, and how people sign in', async () => {
    const { terminal, left } = person([
      [/Where is it/, [...'http://localhost:1/graphql', '\r']],
      [/Which of these/, [' ', '\r']],
      [/sign in/, ['\u001B[B', '\r']],
      [/Dockerfile/, ['y']],
    ]);
    expect(await askUpstream(terminal)).toBe('http://localhost:1/graphql');
    expect(await askChoices(terminal, CANDIDATES)).toEqual({
      chosen: ['Post'],
      session: 'header:authorization',
      wantsContainers: true,
    });
    expect(left).toEqual([]);
  });

  it('says what to choose only where nothing was chosen', () => {
    expect(nextStep('cache.graphql', [])).toBe(
      'Choose in cache.graphql what to keep, then start: npx lastmile',
    );
    expect(nextStep('cache.graphql', ['Post'])).toBe(
      'Start: npx lastmile (cache.graphql proposes what else to keep)',
    );
  });

  it('ends where a person gives up, and says so', async () => {
    const { terminal, shown } = person([[/Where is it/, ['\u0003']]]);
    expect(await askUpstream(terminal)).toBeUndefined();
    await endDialogue(terminal, ['Nothing was written.'], undefined);
    expect(shown()).toContain('Nothing was written.');
  });
});
