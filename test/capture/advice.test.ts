import { adviseOn } from '../../src/capture/advice';
import { surveyDatabase } from '../../src/capture/survey';
import { doctor } from '../../src/doctor/doctor';
import { cleanupAfterAll } from '../kit/cleanup';
import { runCommand } from '../kit/command';
import { startPostgres, type PostgresServer } from '../kit/postgres';
import { startRedis } from '../kit/redis-server';
import { captures, startForum, type Forum } from './capture-kit';
import { catalogue, mappedSchema, table, to } from './forum-tables';

const published = { publication: 'lastmile', present: ['lastmile'] };

describe('advice on a database', () => {
  const person = table(1, 'public.people', 'id name');
  const post = table(2, 'public.forum_posts', 'id author_id', { foreignKeys: [to(1, 'author_id')] });
  const audit = table(3, 'audit.log_entry', 'id text');
  const unlogged = table(4, 'public.counter', 'id', { isLogged: false });
  const elsewhere = table(5, 'audit.forum_post', 'id');

  it('proposes the tables that types are called after, in any style', () => {
    const { proposals, typesWithoutTable, tablesWithoutType } = adviseOn(
      mappedSchema(`extend type Query { a: ForumPost b: Person c: Counter d: Odd }
        type ForumPost { id: ID! } type Person { id: ID! } type Counter { id: ID! } type Odd { id: ID! }`),
      catalogue(person, post, audit, unlogged, elsewhere),
      published,
    );
    expect(proposals).toEqual([
      'extend type ForumPost @table(name: "public.forum_posts")',
      'extend type Person @table(name: "public.people")',
    ]);
    expect(typesWithoutTable).toEqual(['Counter', 'Odd']);
    expect(tablesWithoutType).toEqual(['audit.forum_post', 'audit.log_entry']);
  });

  it('says where the log does not hold what was before, and what is not published', () => {
    const none = { inserts: false, updates: false, deletes: false, truncates: false, isPartial: false };
    const { problems, proposals } = adviseOn(
      mappedSchema(`extend type Query { b: Person }
        type Person @table(name: "people") { id: ID! } type Nobody @table(name: "nowhere") { id: ID! }`),
      catalogue({ ...person, publication: none }, { ...post, publication: none }),
      published,
    );
    expect(proposals).toEqual([]);
    expect(problems.map(({ variable, problem }) => `${variable}: ${problem}`)).toEqual([
      '@table(name: "public.nowhere") on Nobody: There is no such table.',
      'CAPTURE_PUBLICATION: Not all changes of public.people are published: nothing would be known of them.',
      'CAPTURE_PUBLICATION: public.forum_posts refer to tables of types, and are not published: what these show of them is not purged.',
      'public.forum_posts: A change of a row purges all of Person, as the log does not hold which it was about before.',
    ]);
    expect(problems[1]!.remedy).toContain('ALTER PUBLICATION lastmile ADD TABLE public.people;');
  });

  it('has the publication made once, however many tables are missing in it', () => {
    const none = { inserts: false, updates: false, deletes: false, truncates: false, isPartial: false };
    const { problems } = adviseOn(
      mappedSchema(`extend type Query { b: Person } type Person @table(name: "people") { id: ID! }`),
      catalogue({ ...person, publication: none }, { ...post, publication: none }),
      { publication: 'lastmile', present: [] },
    );
    const statements = problems.flatMap(({ remedy }) => /run: (.*)$/.exec(remedy)?.[1] ?? []);
    expect(statements.slice(0, 2)).toEqual([
      'CREATE PUBLICATION lastmile FOR TABLE public.people WITH (publish_via_partition_root = true);',
      'ALTER PUBLICATION lastmile ADD TABLE public.forum_posts;',
    ]);
  });

  it('names what of a type no log holds, whether its table is said or not', () => {
    const day = table(6, 'leaf.visit_1', 'id', { isUnderRoot: true });
    const visit = table(7, 'public.visit', 'id', {});
    const rank = table(8, 'public.ranks', 'id', { kind: 'materialized view', isLogged: false });
    const { unlogged: outside, problems } = adviseOn(
      mappedSchema(`extend type Query { a: Visit b: Rank c: Counter }
        type Visit @table(name: "visit") { id: ID! } type Rank { posts: Int } type Counter @table(name: "counter") { id: ID! }`),
      {
        tables: new Map([visit, day, rank, unlogged].map((one) => [one.oid, one])),
        ancestors: new Map([[day.oid, [visit.oid]]]),
      },
      published,
    );
    expect(outside).toEqual([
      { type: 'Counter', table: 'public.counter' },
      { type: 'Rank', table: 'public.ranks' },
      { type: 'Visit', table: 'leaf.visit_1' },
    ]);
    expect(problems.map(({ variable, problem }) => `${variable}: ${problem}`)).toEqual([
      '@table(name: "public.counter") on Counter: It is unlogged: the log holds nothing of it.',
      'Rank: It seems to be of public.ranks, which is a materialized view: the log holds nothing of it.',
      'Visit: Where a partition of public.visit is truncated by itself, the log holds nothing of that: it is seen within a second, and everything is purged.',
    ]);
  });

  it('has nothing to say where all is mapped, published and in the log', () => {
    const full = { ...post, identity: 'full' as const, identityColumns: ['id', 'author_id'] };
    const { problems, proposals, typesWithoutTable, tablesWithoutType } = adviseOn(
      mappedSchema(`extend type Query { a: Post b: Person }
        type Post @table(name: "forum_posts") { id: ID! } type Person @table(name: "people") { id: ID! }`),
      catalogue(person, full),
      published,
    );
    expect([problems, proposals, typesWithoutTable, tablesWithoutType]).toEqual([[], [], [], []]);
  });
});

describe('a real database', () => {
  const servers = cleanupAfterAll();
  let postgres: PostgresServer;
  let forum: Forum;

  beforeAll(async () => {
    postgres = servers.add(await startPostgres({ wal_level: 'logical' }));
    forum = await startForum(servers, postgres);
  });

  const settings = (): { url: string; slot: string; publication: string } => ({
    url: postgres.url(forum.database),
    slot: `slot_${forum.database}`,
    publication: 'lastmile',
  });

  async function diagnosed(capture = settings()): Promise<string[]> {
    const redis = servers.add(await startRedis());
    const findings = await doctor({
      region: { name: 'a', primary: 'a', isPrimary: true, primaryUrl: undefined },
      redis: { url: redis.url, cacheUrl: redis.url, primaryUrl: redis.url },
      admin: { token: undefined },
      freshness: { boundMs: 5_000 },
      limits: { purgeLogBytes: 2 ** 26 },
      fly: undefined,
      capture,
    });
    return findings.filter(({ id }) => id === 'database').map(({ severity, what }) => `${severity} ${what}`);
  }

  it('is looked at by lastmile doctor: its log, its slot, its disk', async () => {
    expect(await diagnosed()).toEqual([
      'ok the role of CAPTURE_URL may read the log of the database',
      'ok the database has the publication lastmile',
      `warning the database has no slot slot_${forum.database} yet`,
      'warning for a slot that nothing reads, the database keeps its log until its disk is full',
    ]);
    const capture = forum.capture();
    await captures(capture);
    expect((await diagnosed())[2]).toMatch(
      /^ok the slot slot_\w+ is read, for which \d+ MiB of its log are held$/,
    );
    await capture.close();
    await forum.unread();
    await postgres.sql(
      `create role plain login; alter system set max_slot_wal_keep_size = '1GB'; alter system set synchronous_standby_names = '*'; select pg_reload_conf()`,
    );
    servers.later(() =>
      postgres.sql('alter system reset synchronous_standby_names; select pg_reload_conf()'),
    );
    const found = await diagnosed({
      ...settings(),
      url: settings().url.replace('postgres@', 'plain@'),
      publication: 'other',
    });
    expect(found).toEqual([
      'error the role of CAPTURE_URL may not read the log of the database',
      'error the database has no publication other',
      expect.stringMatching(/^warning nothing reads the slot/),
      'ok the database holds at most 1GB of its log for a slot',
      'error every commit waits until the log has been read, because synchronous_standby_names has *',
    ]);
    await postgres.sql('alter system reset synchronous_standby_names; select pg_reload_conf()');
  });

  it('is told from one that cannot be reached', async () => {
    expect(await diagnosed({ ...settings(), url: 'postgres://127.0.0.1:1/x' })).toEqual([
      expect.stringMatching(/^error the database of CAPTURE_URL is not there/),
    ]);
  });

  it('has lastmile check propose tables, and say what is odd', async () => {
    const schema = `${servers.folder()}/schema.graphql`;
    const { writeFile } = await import('node:fs/promises');
    await writeFile(schema, 'type Query { post: Post } type Post @cacheControl(maxAge: 5) { id: ID! }');
    const env = { SCHEMA: schema, CAPTURE_URL: settings().url };
    const { output } = await runCommand(['check'], env);
    expect(output).toContain('  extend type Post @table(name: "public.post")');
    const { database } = JSON.parse((await runCommand(['check', '--json'], env)).output) as {
      database: Awaited<ReturnType<typeof adviseOn>>;
    };
    expect(database.tablesWithoutType).toEqual(['public.comment', 'public.loose', 'public.person']);
    const away = await runCommand(['check'], { ...env, CAPTURE_URL: 'postgres://127.0.0.1:1/x' });
    expect(away.output).toContain('The database is not there');
  });

  it('is only looked at', async () => {
    const before = await forum.sql('select count(*) from pg_replication_slots');
    await surveyDatabase(settings());
    expect(await forum.sql('select count(*) from pg_replication_slots')).toBe(before);
  });
});
