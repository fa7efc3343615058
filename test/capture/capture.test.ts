import type { Capture } from '../../src/capture/capture';
import { VisibleSnapshot } from '../../src/capture/snapshot';
import type { CaptureLog } from '../../src/purge/log';
import { ORIGIN } from '../../src/purge/position';
import { RedisLog } from '../../src/purge/redis-log/redis-log';
import { cleanupAfterAll, cleanupAfterEach } from '../kit/cleanup';
import { startLink, type Link } from '../kit/link';
import { startPostgres, type PostgresServer } from '../kit/postgres';
import type { RedisSettings } from '../kit/redis-server';
import { ended, until } from '../kit/until';
import { captures, FORUM_SQL, startForum, type Forum } from './capture-kit';
import { mappedSchema } from './forum-tables';

const servers = cleanupAfterAll();
const cleanup = cleanupAfterEach();
let postgres: PostgresServer;

beforeAll(async () => {
  postgres = servers.add(
    await startPostgres({ wal_level: 'logical', max_replication_slots: 40, max_wal_senders: 40 }),
  );
});

/** For a Redis that is to be there again with all it had: else its log may begin at a lower number. */
const LASTING = { appendonly: 'yes', appendfsync: 'always' };

/** A forum that is captured, whose first purge of everything is past. */
async function captured(redis: RedisSettings = {}): Promise<Forum> {
  const forum = await startForum(cleanup, postgres, FORUM_SQL, redis);
  await captures(forum.capture());
  await forum.purged('*');
  return forum;
}

/** Waits until messages have come back that were written into the database's log from now on. */
async function messagesCome(capture: Capture): Promise<void> {
  const before = capture.stats().transactions;
  await until('messages have come back', () => capture.stats().transactions >= before + 3);
}

describe('capture', () => {
  it('purges what is written by whomever, and what that leads to', async () => {
    const forum = await startForum(cleanup, postgres);
    const capture = forum.capture();
    await captures(capture);
    await forum.purged('*');
    await forum.sql(
      `insert into person values (1, 'ann'); insert into post values (7, 1, 'a'); insert into comment values (9, 7, 'b')`,
    );
    await forum.purged('Comment:9', 'Person:1', '[Person]', 'Post:7', '[Post]', '[Comment]');
    await forum.sql('delete from person where id = 1');
    await forum.purged('Person:1', 'Post:7', 'Comment:9');
    expect(forum.outages).toEqual([]);
    expect(capture.stats()).toMatchObject({ state: 'capturing', changes: 6, purgedAll: 1 });
    await until('the lag is known', () => capture.stats().lagBytes !== undefined);
  });

  it('appends in the order of the commits, and nothing of what was rolled back', async () => {
    const forum = await captured();
    for (let id = 1; id <= 30; id++)
      await forum.sql(`insert into person values (${id}); begin; insert into person values (${id + 500}); rollback;
        begin; savepoint s; insert into person values (${id + 700}); rollback to s; commit`);
    const seen = (await forum.purged('Person:30')).filter((tag) => tag.startsWith('Person:'));
    // Those that were not visible at first come once more.
    expect([...new Set(seen)]).toEqual(Array.from({ length: 30 }, (_, index) => `Person:${index + 1}`));
  });

  it('purges the type where a table is emptied, or many of its rows change', async () => {
    const forum = await captured();
    await forum.sql('insert into person select generate_series(1, 101)');
    const many = await forum.purged('Person');
    expect(many.filter((tag) => tag.includes(':'))).toEqual([]);
    await forum.sql('insert into person values (200)');
    await forum.purged('Person:200');
    await forum.sql('truncate person cascade');
    await forum.purged('Person', 'Post', 'Comment');
  });

  it('follows tables that are changed while it reads', async () => {
    const forum = await captured();
    // The catalogue is behind: then everything is purged, and nothing missed.
    await forum.sql('alter table person add column age int; insert into person values (2, null, 3)');
    await forum.purged('*');
    await until('the catalogue was read again', async () => {
      await forum.sql('insert into person select 3 on conflict (id) do update set age = 1');
      await forum.keptUpToNow();
      return (await forum.tags()).includes('[Person]');
    });
    await forum.sql('alter table person rename to people; insert into people values (4)');
    await forum.purged('*');
  });

  it('P81 knows nothing of a table that has taken the place of a published one', async () => {
    const forum = await captured();
    await forum.known();
    await forum.sql(`begin; create table other (like post including all); insert into other values (1);
      alter table post rename to former; alter table other rename to post; commit`);
    await forum.knownCount();
    await forum.purged('*');
    // Those that were under way, a second each; until the whole catalogue is read again there would be thirty.
    expect(await forum.knownCount()).toBeLessThanOrEqual(15);
    expect(forum.outages.at(-1)).toMatchObject({ cause: 'unpublished' });
  });

  it('P81 knows of a table with partitions, and purges everything when one is emptied by itself', async () => {
    const forum = await startForum(
      cleanup,
      postgres,
      `create table person(id int primary key) partition by range (id);
      create table person_low partition of person for values from (0) to (1000);
      create table post(id int primary key); create table comment(id int primary key);
      create publication lastmile for table person, post, comment with (publish_via_partition_root = true);`,
    );
    await captures(forum.capture());
    await forum.purged('*');
    await forum.sql('insert into person values (1)');
    await forum.purged('Person:1');
    await forum.known();
    await forum.sql('truncate person_low');
    await forum.purged('*');
    await forum.known();
    expect(forum.outages).toEqual([]);
  });

  it('goes on where it was after it has ended, and purges nothing twice over', async () => {
    const forum = await startForum(cleanup, postgres);
    const first = forum.capture();
    await captures(first);
    await forum.sql('insert into person values (1)');
    await forum.purged('*', 'Person:1');
    await forum.keptUpToNow();
    await first.close();
    await forum.tags();
    await forum.sql('insert into person values (2)');
    await captures(forum.capture());
    const seen = await forum.purged('Person:2');
    expect(seen).toEqual(['Person:2', '[Person]']);
  });

  it('stands by while another reads, and takes its place', async () => {
    const forum = await startForum(cleanup, postgres);
    const first = forum.capture();
    await captures(first);
    await forum.purged('*');
    const second = forum.capture();
    await until('it stands by', () => second.stats().state === 'standby');
    await forum.sql('insert into person values (1)');
    await forum.purged('Person:1');
    await first.close();
    await forum.sql('insert into person values (2)');
    await captures(second);
    expect(await forum.purged('Person:2')).not.toContain('*');
    expect(forum.outages).toEqual([]);
  });

  it('gives way to one that took over while it was cut off', async () => {
    const forum = await captured();
    const log = new RedisLog({ url: forum.redis.url });
    cleanup.later(() => log.close());
    const held = (await log.captured())!;
    await log.keepCaptured({ ...held, generation: held.generation + 5 });
    await until('it is told', () => forum.outages.some(({ cause }) => cause === 'overtaken'));
    // Then it takes over itself: there is no other.
    await forum.sql('insert into person values (1)');
    await forum.purged('Person:1');
    expect((await log.captured())?.generation).toBe(held.generation + 6);
  });

  it('keeps what is committed while the purge log is away', async () => {
    const forum = await captured(LASTING);
    await forum.redis.kill();
    await forum.sql('insert into person values (1)');
    await forum.sql('insert into person values (2)');
    await forum.redis.restart();
    await forum.purged('Person:1', 'Person:2');
  });

  it('would lose that if it did not wait until it is acknowledged', async () => {
    const forum = await startForum(cleanup, postgres, FORUM_SQL, LASTING);
    const log = new RedisLog({ url: forum.redis.url });
    cleanup.later(() => log.close());
    const hasty: CaptureLog = {
      append: (purges) => {
        log.append(purges).catch(() => {});
        return Promise.resolve(ORIGIN);
      },
      appendKnown: (asOf, database) => log.appendKnown(asOf, database),
      lastPosition: () => log.lastPosition(),
      captured: () => log.captured(),
      keepCaptured: (captured) => log.keepCaptured(captured),
    };
    const capture = forum.capture({ log: hasty });
    await captures(capture);
    await forum.purged('*');
    await forum.redis.kill();
    await forum.sql('insert into person values (1)');
    await until('it was read', () => capture.stats().tags >= 3);
    await forum.redis.restart();
    await until('the purge log can be used again', () => log.lastPosition());
    await forum.sql('insert into person values (2)');
    expect(await forum.purged('Person:2')).not.toContain('Person:1');
  });
});

describe('a commit that others do not see yet', () => {
  it('P80 is purged at once, and once more when they do', async () => {
    const forum = await captured();
    const writing = await forum.commitUnseen('insert into person values (1)');
    await forum.purged('Person:1');
    expect(await forum.sql('select count(*) from person')).toBe('0');
    const before = await forum.tags();
    await forum.letCommit();
    await writing();
    await forum.purged('Person:1');
    expect(before).not.toContain('Person:1');
  });

  it('would be purged too early only, if nobody asked whether it is seen', async () => {
    const take = jest
      .spyOn(VisibleSnapshot, 'take')
      .mockResolvedValue(new VisibleSnapshot('4000000000', '4000000000', []));
    cleanup.later(() => take.mockRestore());
    const forum = await captured();
    const writing = await forum.commitUnseen('insert into person values (1)');
    await forum.purged('Person:1');
    await forum.letCommit();
    await writing();
    await forum.sql('insert into person values (2)');
    expect(await forum.purged('Person:2')).not.toContain('Person:1');
  });

  it('P81 keeps the database from being known', async () => {
    const forum = await startForum(cleanup, postgres);
    const capture = forum.capture();
    await forum.known();
    const writing = await forum.commitUnseen('insert into person values (1)');
    await forum.purged('Person:1');
    await forum.knownCount();
    await messagesCome(capture);
    expect(await forum.knownCount()).toBe(0);
    await forum.letCommit();
    await writing();
    await forum.known();
  });
});

describe('everything is purged once', () => {
  it.each<[string, (forum: Forum) => Promise<unknown>]>([
    [
      'where the slot was dropped',
      (forum) => forum.sql(`select pg_drop_replication_slot('slot_${forum.database}')`),
    ],
    [
      'where the publication was made again after the slot',
      (forum) =>
        forum.sql(
          'drop publication lastmile; insert into person values (1); create publication lastmile for table person, post, comment',
        ),
    ],
    [
      'where the slot was made again, and is ahead of what was purged',
      (forum) =>
        forum.sql(
          `select pg_drop_replication_slot('slot_${forum.database}'); insert into person values (1);
           select pg_create_logical_replication_slot('slot_${forum.database}', 'pgoutput')`,
        ),
    ],
    [
      'where another system was captured',
      async (forum) => {
        const held = (await forum.redis.command('HGET', 'purges:epoch', 'd')) as string;
        await forum.redis.command('HSET', 'purges:epoch', 'd', held.replace(/"source":"\d+/, '"source":"1'));
      },
    ],
    [
      'where other tables are mapped',
      (forum) => {
        forum.schema = mappedSchema('type Person @table(name: "person") { id: ID! }');
        return Promise.resolve();
      },
    ],
    [
      'where a table was published',
      (forum) => forum.sql('drop publication lastmile; create publication lastmile for table person, post'),
    ],
  ])('%s', async (_, happen) => {
    const forum = await startForum(cleanup, postgres);
    const first = forum.capture();
    await captures(first);
    await forum.sql('insert into person values (100)');
    await forum.purged('*', 'Person:100');
    await first.close();
    await forum.unread();
    await happen(forum);
    const second = forum.capture();
    await forum.purged('*');
    await captures(second);
    await forum.sql('insert into person values (2)');
    expect(await forum.purged('Person:2')).not.toContain('*');
  });
});

describe('what stands in the way', () => {
  it.each<[string, Partial<Parameters<Forum['capture']>[0]>, string, string]>([
    ['a role that may read no log', { url: 'postgres://plain@' }, '42501', 'ALTER ROLE'],
    ['a database that is not there', { url: '/nowhere' }, '3D000', 'CAPTURE_URL'],
    [
      'a publication that is not there',
      { publication: 'other' },
      'publication',
      'CREATE PUBLICATION other FOR TABLE public.comment, public.person, public.post WITH (publish_via_partition_root = true);',
    ],
  ])('is said in a sentence with its remedy: %s', async (_, options, cause, remedy) => {
    const forum = await startForum(cleanup, postgres);
    await forum.sql(`do $$ begin create role plain login; exception when duplicate_object then null; end $$`);
    const url = options?.url;
    const asked = postgres.url(forum.database);
    forum.capture({
      ...options,
      ...(url?.startsWith('/') && { url: asked.replace(/\/\w+$/, url) }),
      ...(url?.startsWith('postgres:') && { url: asked.replace('postgres://postgres@', url) }),
    });
    await until('it is said', () => forum.outages.length > 0);
    expect(forum.outages[0]).toMatchObject({ cause });
    expect(forum.outages[0]!.remedy).toContain(remedy);
    expect(forum.outages[0]!.sentence).toMatch(/^PostgreSQL at here \w.*[^.]$/);
  });

  it('is a slot of another database', async () => {
    const forum = await startForum(cleanup, postgres);
    await postgres.sql(`select pg_create_logical_replication_slot('slot_${forum.database}', 'pgoutput')`);
    forum.capture();
    await until('it is said', () => forum.outages.some(({ cause }) => cause === 'slot'));
  });

  it('is a mapped table that is not published: then nothing is known of the database', async () => {
    const forum = await startForum(cleanup, postgres);
    await forum.sql('drop publication lastmile; create publication lastmile for table person, post');
    const capture = forum.capture();
    await until('it is said', () => forum.outages.some(({ cause }) => cause === 'unpublished'));
    expect(forum.outages[0]!.remedy).toContain('ALTER PUBLICATION lastmile ADD TABLE public.comment;');
    await forum.sql('insert into person values (1)');
    await forum.purged('Person:1');
    await messagesCome(capture);
    expect(await forum.knownCount()).toBe(0);
  });

  it('passes, and then it captures', async () => {
    const forum = await startForum(cleanup, postgres);
    await forum.sql('drop publication lastmile');
    const capture = forum.capture();
    await until('it is said', () => forum.outages.length > 0);
    await forum.sql('create publication lastmile for table person, post, comment');
    await captures(capture);
  });
});

describe('a database that falls silent while its log is asked for', () => {
  /** A capture whose way to the database is lost just before it asks for the stream. */
  async function silenced(): Promise<{ forum: Forum; link: Link; capture: Capture }> {
    const forum = await startForum(cleanup, postgres);
    const link = cleanup.add(await startLink(postgres.port));
    const log = new RedisLog({ url: forum.redis.url });
    cleanup.later(() => log.close());
    const asked = new Promise<void>((resolve) => {
      const captured = log.captured.bind(log);
      log.captured = () => {
        log.captured = captured;
        link.blackHole();
        resolve();
        return captured();
      };
    });
    const url = forum.postgres.url(forum.database).replace(`:${postgres.port}`, `:${link.port}`);
    const capture = forum.capture({ url, log });
    await asked;
    return { forum, link, capture };
  }

  it('is asked again', async () => {
    const { forum, link, capture } = await silenced();
    await until('it is said', () => forum.outages.length > 0);
    await link.restore();
    await captures(capture);
  });

  it('holds up no end', async () => {
    const { capture } = await silenced();
    await ended('the capture', capture.close());
  });
});
