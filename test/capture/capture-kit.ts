/**
 * A forum in a real PostgreSQL, a real Redis that holds the purge log, and captures between them.
 *
 *   const forum = await startForum(cleanup);
 *   const capture = forum.capture();
 *   await forum.sql('update post set title = 1');
 *   await forum.purged('Post:1');
 */
import { Capture, type CaptureStats } from '../../src/capture/capture';
import type { CaptureOptions } from '../../src/capture/session';
import type { MappedSchema } from '../../src/capture/mapping';
import { RedisLog } from '../../src/purge/redis-log/redis-log';
import type { Outage } from '../../src/report/outages';
import type { Cleanup } from '../kit/cleanup';
import { startPostgres, type PostgresServer } from '../kit/postgres';
import { startRedis, type RedisServer, type RedisSettings } from '../kit/redis-server';
import { until } from '../kit/until';
import { mappedSchema } from './forum-tables';

export const FORUM_SQL = `
  create table person(id int primary key, name text);
  create table post(id int primary key, author_id int references person on delete cascade on update cascade, title text, likes int default 0);
  create table comment(id int primary key, post_id int references post on delete cascade, text text);
  create table loose(a int);
  create publication lastmile for table person, post, comment with (publish_via_partition_root = true);`;

export const FORUM_SCHEMA = mappedSchema(`
  type Person @table(name: "person") { id: ID! } type Post @table(name: "post") { id: ID! }
  type Comment @table(name: "comment") { id: ID! }`);

let databases = 0;

export class Forum {
  readonly outages: Outage[] = [];
  readonly said: string[] = [];
  /** all tags that were looked at */
  readonly seen = new Set<string>();
  schema: MappedSchema | undefined = FORUM_SCHEMA;
  #read = '-';
  #counted = '-';

  constructor(
    readonly postgres: PostgresServer,
    readonly redis: RedisServer,
    readonly database: string,
    readonly cleanup: Cleanup,
  ) {}

  sql(statements: string): Promise<string> {
    return this.postgres.sql(statements, this.database);
  }

  /** A capture that ends with the test. */
  capture(options: Partial<CaptureOptions> = {}): Capture {
    const log = new RedisLog({ url: this.redis.url });
    this.cleanup.later(() => log.close());
    const say = (_: unknown, text?: string): void => void this.said.push(String(text));
    const capture = new Capture({
      url: this.postgres.url(this.database),
      slot: `slot_${this.database}`,
      publication: 'lastmile',
      maxTags: 100,
      log,
      purging: () => {},
      schema: () => this.schema,
      place: { name: 'PostgreSQL', address: 'here', variables: ['CAPTURE_URL'], help: '' },
      outages: { failed: (outage) => void this.outages.push(outage), well: () => {} },
      report: { info: say, warn: say } as CaptureOptions['report'],
      now: () => performance.now(),
      ...options,
    });
    this.cleanup.add(capture);
    capture.start();
    return capture;
  }

  /** The tags of all records that were not looked at before, in order. */
  async tags(): Promise<string[]> {
    const records = await this.redis
      .client()
      .xrange('purges', this.#read === '-' ? '-' : `(${this.#read}`, '+');
    this.#read = records.at(-1)?.[0] ?? this.#read;
    const tags = records.flatMap(([, fields]) =>
      fields[0] === 'h' ? fields.filter((_, at) => at % 2 === 1 && at > 1) : [],
    );
    for (const tag of tags) this.seen.add(tag);
    return tags;
  }

  /** Waits until all that is committed by now is done with. */
  async keptUpToNow(): Promise<void> {
    const now = await this.sql('select pg_current_wal_insert_lsn()');
    await until(
      'that is kept',
      async () => (await this.sql(`select '${(await this.kept()) ?? '0/0'}'::pg_lsn >= '${now}'`)) === 't',
    );
  }

  async kept(): Promise<string | undefined> {
    const text = (await this.redis.command('HGET', 'purges:epoch', 'd')) as string | null;
    return /"position":"([^"]+)"/.exec(text ?? '')?.[1];
  }

  /** Waits until nobody reads the slot. */
  async unread(): Promise<void> {
    await until(
      'the slot is free',
      async () =>
        (await this.sql(
          `select active from pg_replication_slots where slot_name = 'slot_${this.database}'`,
        )) === 'f',
    );
  }

  /**
   * Commits what others do not see until {@link letCommit}, as a standby is waited for that does not exist. Resolves when the
   * commit is about to be in the log. @returns waits for the end of the writing
   */
  async commitUnseen(statement: string): Promise<() => Promise<unknown>> {
    this.cleanup.later(() => this.letCommit());
    await this.postgres.sql(`alter system set synchronous_standby_names = 'nobody'; select pg_reload_conf()`);
    await until(
      'that is so',
      async () => (await this.postgres.sql('show synchronous_standby_names')) === 'nobody',
    );
    const writing = this.sql(statement);
    return () => writing;
  }

  async letCommit(): Promise<void> {
    await this.postgres.sql('alter system reset synchronous_standby_names; select pg_reload_conf()');
  }

  /** Records that say what is known of the database, of those that were not counted before. */
  async knownCount(): Promise<number> {
    const records = await this.redis
      .client()
      .xrange('purges', this.#counted === '-' ? '-' : `(${this.#counted}`, '+');
    this.#counted = records.at(-1)?.[0] ?? this.#counted;
    return records.filter(([, fields]) => fields[0] === 'm' && fields[1] !== '').length;
  }

  /** Waits until something more is known of the database. */
  async known(): Promise<void> {
    await this.knownCount();
    await until('the database is known', async () => (await this.knownCount()) > 0);
  }

  /** Waits until each of these was purged. @returns all that was purged meanwhile */
  async purged(...tags: string[]): Promise<string[]> {
    const seen: string[] = [];
    await until(`${tags.join(', ')} was purged; there was ${seen.join(' ')}`, async () => {
      seen.push(...(await this.tags()));
      return tags.every((tag) => seen.includes(tag));
    });
    return seen;
  }
}

/** Waits until a capture reads the log. */
export async function captures(capture: { stats(): CaptureStats }): Promise<void> {
  await until('it captures', () => capture.stats().state === 'capturing');
}

/** A database of its own in a server that tests share, and a Redis of its own. */
export async function startForum(
  cleanup: Cleanup,
  server?: PostgresServer,
  sql = FORUM_SQL,
  redisSettings: RedisSettings = {},
): Promise<Forum> {
  const postgres = server ?? cleanup.add(await startPostgres({ wal_level: 'logical' }));
  const database = `forum${++databases}`;
  await postgres.createDatabase(database);
  const redis = cleanup.add(await startRedis(redisSettings));
  const forum = new Forum(postgres, redis, database, cleanup);
  await forum.sql(sql);
  return forum;
}
