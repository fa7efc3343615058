import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { captures, FORUM_SQL, startForum, type Forum } from '../capture/capture-kit';
import { startChild, type Child } from '../kit/child';
import { cleanupAfterEach } from '../kit/cleanup';
import { runCommand } from '../kit/command';
import { lastmileArgs } from '../kit/lastmile';
import { startPostgres } from '../kit/postgres';
import { ended, PATIENCE, until } from '../kit/until';

const cleanup = cleanupAfterEach();

const SDL = `
  type Query { person(id: ID!): Person }
  type Person @cacheControl(maxAge: 60) @table(name: "person") { id: ID! name: String }
  type Post @table(name: "post") { id: ID! } type Comment @table(name: "comment") { id: ID! }`;

describe('lastmile capture', () => {
  it('says what it needs', async () => {
    expect(await runCommand(['capture', '--all'])).toMatchObject({ status: 2 });
    const { status, errors } = await runCommand(['capture'], {});
    expect(status).toBe(2);
    expect(errors).toContain('CAPTURE_URL');
    expect(errors).toContain('REDIS_URL');
  });

  /** A process of its own, which never ends by itself. */
  async function start(forum: Forum, folder: string): Promise<Child> {
    const schema = join(folder, 'schema.graphql');
    await writeFile(schema, SDL);
    const child = startChild({
      name: 'lastmile capture',
      program: process.execPath,
      args: [...lastmileArgs(), 'capture'],
      env: {
        PATH: process.env['PATH'],
        CAPTURE_URL: forum.postgres.url(forum.database),
        CAPTURE_SLOT: `slot_${forum.database}`,
        REDIS_URL: forum.redis.url,
        SCHEMA: schema,
      },
    });
    cleanup.later(() => ended(child.name, child.kill()));
    return child;
  }

  it('P80 loses no commit, whatever is killed', async () => {
    const postgres = cleanup.add(
      await startPostgres({
        wal_level: 'logical',
        fsync: 'on',
        max_wal_senders: 20,
        max_replication_slots: 20,
      }),
    );
    const forum = await startForum(cleanup, postgres, FORUM_SQL, {
      appendonly: 'yes',
      appendfsync: 'always',
    });
    const folder = cleanup.folder();
    let one = await start(forum, folder);
    await one.printed(/"captures what changes in/);
    await forum.purged('*');
    const two = await start(forum, folder);
    await two.printed(/stands by/);
    const committed: string[] = [];
    let id = 0;
    const enough = new AbortController();
    const writing = (async () => {
      while (!enough.signal.aborted) {
        id++;
        // One that is not answered may be committed or not.
        await forum.sql(`insert into person values (${id})`).then(
          () => committed.push(`Person:${id}`),
          () => {},
        );
      }
    })();
    const grown = async (): Promise<void> => {
      const before = committed.length;
      await until('more is committed', () => committed.length >= before + 5);
    };
    await grown();
    await one.kill();
    await grown();
    await forum.redis.kill();
    await grown();
    await forum.redis.restart();
    await two.printed(/"captures what changes in/);
    await grown();
    await postgres.kill();
    await postgres.start();
    await grown();
    one = await start(forum, folder);
    await grown();
    await two.kill();
    await one.printed(/"captures what changes in/);
    await grown();
    enough.abort();
    await writing;
    await forum.purged(committed.at(-1)!);
    expect(committed.filter((tag) => !forum.seen.has(tag))).toEqual([]);
    expect(committed.length).toBeGreaterThan(30);
  });

  it('takes the place of one that is frozen, which gives way when it wakes', async () => {
    const forum = await startForum(cleanup);
    const folder = cleanup.folder();
    const one = await start(forum, folder);
    await one.printed(/"captures what changes in/);
    const two = await start(forum, folder);
    await two.printed(/stands by/);
    one.process.kill('SIGSTOP');
    cleanup.later(() => one.process.kill('SIGCONT'));
    await two.printed(/"captures what changes in/);
    await forum.sql('insert into person values (1)');
    await forum.purged('Person:1');
    one.process.kill('SIGCONT');
    await one.printed(/stands by/);
    await forum.sql('insert into person values (2)');
    await forum.purged('Person:2');
  });

  it('ends when it is told to, and leaves the slot to the next', async () => {
    const forum = await startForum(cleanup);
    const one = await start(forum, cleanup.folder());
    await one.printed(/"captures what changes in/);
    await forum.purged('*');
    await ended(one.name, one.stop(PATIENCE / 2));
    expect(one.process.exitCode).toBe(0);
    await captures(forum.capture());
  });
});
