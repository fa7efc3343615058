import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckReport } from '../../src/check/report';
import { cleanupAfterEach } from '../kit/cleanup';
import { startOrigin } from '../kit/origin';
import { startGithubOrigin } from '../kit/origin-process';
import { runCommand } from '../kit/command';
import { runProcess } from '../kit/lastmile';

const cleanup = cleanupAfterEach();

// A process of its own compiles what it loads, and the schema of GitHub takes seconds where other work goes on.
const FIXTURES = join(__dirname, 'fixtures');
const BAD = join(FIXTURES, 'bad');
const RELATED = join(FIXTURES, 'related');
const GITHUB_OVERLAY = join(FIXTURES, 'github-overlay.graphql');
const GITHUB = join(__dirname, '../../node_modules/@octokit/graphql-schema/schema.graphql');

async function check(env: Record<string, string> = {}): Promise<CheckReport & { status: number | null }> {
  const { status, output, errors } = await runCommand(['check', '--json'], env);
  expect(errors).toBe('');
  return { ...(JSON.parse(output) as CheckReport), status };
}

describe('lastmile check', () => {
  it('says of the example what is kept, for how long, and what each mutation purges', async () => {
    const { status, output } = await runCommand(['check']);
    expect(status).toBe(0);
    expect(output).toMatch(/^Country +1 d +Country:<code> +all clients$/m);
    expect(output).toMatch(/^Trip +5 min +Trip:<id> +all clients$/m);
    expect(output).toMatch(/^ReviewEdge +1 min +ReviewEdge, all of them/m);
    expect(output).toContain('Kept per session, if SESSION is set: Query.me.');
    expect(output).toContain('Below the root, kept per session, if SESSION is set: Traveller.email.');
    expect(output).not.toContain('viewer-field-shared');
    expect(output).toContain(
      'Mutation.renameTrip\n  each Trip that it returns, and the lists of Trip\n' +
        '  what that refers to, but not the lists of it: Trip.traveller and Trip.country\n' +
        '  what its arguments name: Trip by id\n',
    );
    expect(output).toContain(
      'Mutation.likeReview\n  each Review that it returns, but no count of those that a filter lets through: it stays in the lists that it is in\n  what its arguments',
    );
    expect(output.match(/references: false/g)).toHaveLength(1);
    expect(output).toMatch(
      /^Purged because something refers to it, and shown most: Country \(by 5 mutations; \d+ fields .*\), Traveller \(by /m,
    );
    expect(output).toContain('Mutation.deleteTrip\n  what @purges declares: Trip:{$args.id} and [Trip]\n');
    expect(output).toMatch(/^Mutation\.sendPostcard\n {2}nothing: @purges says/m);
    expect(output).toMatch(/mutation\.graphql:21:3 note former-owner\n {2}Mutation\.moveTrip may take /);
    expect(output).toMatch(/SESSION\n {4}It is not set/);
    expect(output.trimEnd()).toMatch(/6 notes\.$/);
  });

  it('says of a type that only PRIVATE fields lead to that it is kept for one session', async () => {
    const file = join(cleanup.folder('check'), 'api.graphql');
    await writeFile(
      file,
      `type Query { myCart: Cart @cacheControl(maxAge: 60, scope: PRIVATE) books: [Book!]! @cacheControl(maxAge: 60) }
       type Cart { total: Int! items: [Item!]! @cacheControl(maxAge: 60) }
       type Item { id: ID! book: Book @cacheControl(maxAge: 60) } type Book { id: ID! }`,
    );
    const { cached } = await check({ SCHEMA: file });
    expect(Object.fromEntries(cached.map(({ type, scope }) => [type, scope]))).toEqual({
      Cart: 'PRIVATE',
      Item: 'PRIVATE',
      Book: 'PUBLIC',
    });
  });

  it('P21 warns of a mutation that purges nothing, and never says that one purges what it changes', async () => {
    const file = join(cleanup.folder('check'), 'api.graphql');
    await writeFile(
      file,
      'type Query { post: Post } type Post { id: ID! }\ntype Mutation { finish: Boolean }',
    );
    const { output } = await runCommand(['check'], { SCHEMA: file });
    expect(output).toContain(
      'api.graphql:2:17 warning mutation-purges-nothing\n  Mutation.finish purges nothing',
    );
    expect(output).not.toContain('what they change');
  });

  it('finds every fault of a deliberately bad schema, at its place', async () => {
    const { status, findings, counts } = await check({ SCHEMA: BAD });
    expect(status).toBe(1);
    const found = findings.map(({ severity, code, coordinate, line }) => [severity, code, coordinate, line]);
    expect(found).toEqual([
      ['error', 'tag-format-unknown-argument', 'Query.posts', 5],
      ['error', 'negative-seconds', 'Query.rate', 9],
      ['error', 'purges-unknown-type', 'Mutation.archive', 42],
      ['warning', 'public-field-of-private-type', 'Query.account', 7],
      ['warning', 'inherit-at-root', 'Query.ticker', 8],
      ['warning', 'swr-without-max-age', 'Post.title', 14],
      ['warning', 'cached-type-without-key', 'Stats', 18],
      ['warning', 'cached-type-without-key', 'Account', 28],
      ['warning', 'key-nested', 'Account', 29],
      ['warning', 'purges-optional-argument', 'Mutation.deletePost', 41],
      ['warning', 'mutation-purges-nothing', 'Mutation.reindex', 43],
      ['note', 'tag-never-purged', 'Query.posts', 5],
      ['note', 'list-purged-from-outside', 'Query.drafts', 6],
      ['note', 'unreachable-type', 'Orphan', 35],
      ['note', 'change-may-cascade', 'Mutation.publish', 40],
      ['note', 'delete-may-cascade', 'Mutation.deletePost', 41],
    ]);
    expect(counts).toEqual({ error: 3, warning: 8, note: 5 });
    for (const { file, column, message, remedy } of findings) {
      expect(file).toBe(join(BAD, 'schema.graphql'));
      expect(column).toBeGreaterThan(0);
      expect(message).toMatch(/\.$/);
      expect(remedy).toMatch(/\.$/);
    }
  });

  it('P25 says which tags answers carry for each field, and why', async () => {
    const { fields, findings } = await check({ SCHEMA: RELATED, DEFAULT_MAX_AGE: '60' });
    const tagsOf = (name: string) =>
      fields
        .find(({ field }) => field === name)
        ?.tags.map(({ tag, argument }) => (argument === undefined ? tag : `${tag} by ${argument}`));
    expect(tagsOf('Query.posts')).toEqual(['[Post]', '~Author by orderBy: AUTHOR__NAME_ASC']);
    expect(tagsOf('Query.latestPost')).toEqual(['Post:<id>', '[Post]']);
    expect(tagsOf('Query._allPostsMeta')).toEqual(['[Post]', '~Post', '~Author by filter.author']);
    expect(tagsOf('PostsConnection.totalCount')).toEqual(['[Post]', '~[Post]']);
    expect(tagsOf('Sums.score')).toEqual(['[Post]', '~Post']);
    expect(tagsOf('Post.author')).toEqual(['Author:<id>']);
    expect(fields.flatMap(({ tags }) => tags).every(({ because }) => because.length > 10)).toBe(true);
    // What it cannot tell has a name of its own for that very field.
    expect(findings.map(({ code, coordinate }) => [code, coordinate])).toEqual([
      ['argument-not-read', 'Query.search'],
      ['value-nobody-purges', 'Query.total'],
    ]);
  });

  it('P25 shows the fields that any change of another type refuses', async () => {
    const { output } = await runCommand(['check'], { SCHEMA: RELATED, DEFAULT_MAX_AGE: '60' });
    expect(output).toMatch(/^Query\.posts +Author +orderBy: AUTHOR__NAME_ASC$/m);
    expect(output).toMatch(/^Sums\.score +Post +it is a figure about them$/m);
    expect(output).toMatch(/^PostsConnection\.totalCount +what is in lists of Post +it counts those /m);
  });

  it('shows places relative to where it was started', async () => {
    const { status, output } = await runProcess(['check'], { SCHEMA: BAD }, { cwd: __dirname });
    expect(status).toBe(1);
    expect(output).toMatch(/^fixtures\/bad\/schema\.graphql:9:\d+ error negative-seconds$/m);
    expect(output.trimEnd()).toMatch(/3 errors, 8 warnings, 5 notes\.$/);
  });

  it('reports a schema that cannot be read as findings too', async () => {
    const { status, findings } = await check({ SCHEMA: join(FIXTURES, 'broken') });
    expect(status).toBe(1);
    expect(findings).toEqual([
      expect.objectContaining({
        code: 'schema',
        severity: 'error',
        file: join(FIXTURES, 'broken/schema.graphql'),
        line: 2,
        message: expect.stringContaining('Unknown type "Post"') as string,
      }),
    ]);
  });

  it('says nothing of a schema that cannot be read but what is wrong with it', async () => {
    const { status, output } = await runCommand(['check'], { SCHEMA: join(FIXTURES, 'broken') });
    expect(status).toBe(1);
    expect(output).toMatch(/^\S*broken\/schema\.graphql:2:\d+ error schema\n/);
    expect(output).toMatch(/\n1 error\.\n$/);
    expect(output).not.toContain('Kept');
  });

  it.each([['check'], ['explain', '{ a }']])(
    'ends with 2 where no file is like SCHEMA: %j',
    async (...args) => {
      const { status, output, errors } = await runCommand(args, { SCHEMA: '/nowhere/a.graphql' });
      expect(status).toBe(2);
      expect(output + errors).toMatch(/No file matches `\/nowhere\/a\.graphql`.\s+Correct SCHEMA/);
    },
  );

  it('names the fields below the root that keep answers out, with the line that mends it', async () => {
    const file = join(cleanup.folder('check'), 'api.graphql');
    await writeFile(
      file,
      `type Query { products: [Product!]! } type Product @cacheControl(maxAge: 60) { id: ID! reviews: [Review!]! stats: Stats secret: Int @cacheControl(maxAge: 0) }
type Review { id: ID! author: Author } type Author { id: ID! } type Stats { views: Int }`,
    );
    const { output } = await runCommand(['check'], { SCHEMA: file });
    expect(output).toMatch(/^Product\.reviews +extend type Review @cacheControl\(maxAge: 60\)$/m);
    // What has no key is part of what holds it.
    expect(output).toMatch(/^Product\.stats +extend type Stats @cacheControl\(inheritMaxAge: true\)$/m);
    expect(output).toMatch(/as they have maxAge: 0: Product\.secret\.$/m);
    // Nothing that leads there is kept yet.
    expect(output).not.toContain('Review.author');
  });

  it('names the fields that seem to depend on who asks, with the line that mends it', async () => {
    const file = join(cleanup.folder('check'), 'api.graphql');
    await writeFile(
      file,
      'type Query { post: Post } type Post @cacheControl(maxAge: 60) { id: ID! viewerHasLiked: Boolean! }',
    );
    const { output } = await runCommand(['check'], { SCHEMA: file });
    expect(output).toMatch(
      /api\.graphql:1:\d+ warning viewer-field-shared\n {2}Judging by the name, Post\.viewerHasLiked depends on who asks, .*\n.*PRIVATE.*\n {4}extend type Post \{ viewerHasLiked: Boolean! @cacheControl\(scope: PRIVATE\) \}\n/,
    );
  });

  it('shows ten findings of a code, names three of the others, and has all as JSON', async () => {
    const file = join(cleanup.folder('check'), 'api.graphql');
    const fields = Array.from({ length: 15 }, (_, index) => `m${index}: Boolean`);
    await writeFile(file, `type Query { x: Int } type Mutation { ${fields.join(' ')} }`);
    const { output } = await runCommand(['check'], { SCHEMA: file });
    expect(output.match(/warning mutation-purges-nothing\n/g)).toHaveLength(10);
    expect(output).toContain(
      'and 5 more of mutation-purges-nothing (warning): Mutation.m10, Mutation.m11, Mutation.m12 and 2 more\n' +
        '`lastmile check --json` has them all.\n',
    );
    expect(output).toMatch(/\n15 warnings\.\n$/);
    expect((await check({ SCHEMA: file })).findings).toHaveLength(15);
  });

  it('checks what is laid over the schema of UPSTREAM_URL', async () => {
    const origin = cleanup.add(await startOrigin());
    const { status, cached, rootFields } = await check({ UPSTREAM_URL: origin.url });
    expect(status).toBe(0);
    // Introspection brings no directives: until some are laid over it, nothing is kept.
    expect(cached).toEqual([]);
    expect(rootFields).toContainEqual({ field: 'Query.serial', maxAge: 0, scope: 'PUBLIC', declared: false });
  });

  it('checks the schema of GitHub with an overlay, introspected from another process', async () => {
    const origin = cleanup.add(await startGithubOrigin());
    const overlay = GITHUB_OVERLAY;
    const report = await check({ UPSTREAM_URL: origin.url, SCHEMA: overlay });
    expect(report.status).toBe(1);
    expect(report.files).toEqual([overlay]);
    expect(report.cached).toContainEqual({
      type: 'Repository',
      maxAge: 120,
      key: ['id'],
      scope: 'PUBLIC',
    });
    expect(report.findings[0]).toMatchObject({
      code: 'negative-seconds',
      coordinate: 'Topic',
      file: overlay,
    });
    expect(report.findings).toContainEqual(
      expect.objectContaining({ code: 'private-by-type', coordinate: 'Query.node' }),
    );
    expect(report.mutations.length).toBeGreaterThan(200);
    expect(report.mutations).toContainEqual({
      field: 'Mutation.abortQueuedMigrations',
      purges: ['nothing: neither its name, its arguments nor its answer tell what it changes'],
    });
  });

  it('takes the published schema of GitHub and an overlay as files', async () => {
    const report = await check({ SCHEMA: `${GITHUB},${GITHUB_OVERLAY}` });
    expect(report.cached.map(({ type }) => type)).toContain('Repository');
    expect(report.counts.error).toBe(1);
  });

  it.each([
    ['an unknown option', ['check', '--jason'], {}, /Unknown option '--jason'/],
    ['an argument too many', ['check', 'this'], {}, /Unexpected argument 'this'/],
    [
      'a wrong configuration',
      ['check'],
      { DEFAULT_MAX_AGE: 'long' },
      /DEFAULT_MAX_AGE\n.*is not a whole number/,
    ],
  ])('ends with 2 for %s', async (_, args, env, message) => {
    const { status, output, errors } = await runCommand(args, env);
    expect(status).toBe(2);
    expect(output).toBe('');
    expect(errors).toMatch(message);
  });

  it('ends with 1, and says what to do, when upstream cannot be asked', async () => {
    const { status, errors } = await runCommand(['check'], { UPSTREAM_URL: 'http://127.0.0.1:1/graphql' });
    expect(status).toBe(1);
    expect(errors).toMatch(/could not be reached.*Check UPSTREAM_URL/);
  });
});
