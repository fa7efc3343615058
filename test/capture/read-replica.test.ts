import { POSITION_SQL } from '../../src/purge/database-position';
import { createLog } from '../../src/report/log';
import { cleanupAfterAll, cleanupAfterEach, type Cleanup } from '../kit/cleanup';
import { startGateway, type Answer, type GatewayProcess } from '../kit/gateway';
import { startLink, type Link } from '../kit/link';
import { startPostgres, startStandby, type PostgresServer } from '../kit/postgres';
import { until } from '../kit/until';
import { startForum, type Forum } from './capture-kit';
import { FORUM_OVERLAY, LIVELY_SQL, startForumApi } from './forum-api';

type Position = NonNullable<Parameters<typeof startForumApi>[1]>;

const servers = cleanupAfterAll();
const cleanup = cleanupAfterEach();
let primary: PostgresServer;
let standby: PostgresServer;

beforeAll(async () => {
  primary = servers.add(
    await startPostgres({ wal_level: 'logical', max_replication_slots: 20, max_wal_senders: 20 }),
  );
  standby = servers.add(await startStandby(primary));
});

/** What the standby says of itself, as an operator has it say. */
const HONEST: Position = (ask) => ask(POSITION_SQL);

class Scene {
  #title = 0;

  constructor(
    readonly forum: Forum,
    /** leads to the API that reads from the standby */
    readonly near: Link,
    readonly gateway: GatewayProcess,
  ) {}

  ask(query: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.gateway.query(query, { headers: { 'lastmile-debug': '1', ...headers } });
  }

  /** Commits another title, where the gateway does not see it. */
  async write(id: number): Promise<string> {
    const title = `Title ${++this.#title}`;
    await this.forum.sql(`update post set title = '${title}' where id = ${id}`);
    return title;
  }

  /** Waits until what is committed by now is purged in the gateway. @returns the token of that */
  async purged(): Promise<string> {
    const lsn = await this.forum.sql('select pg_current_wal_insert_lsn()');
    const token = await until('that is purged', async () => {
      const response = await fetch(`${this.gateway.adminUrl}/reached`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ lsn }),
      });
      return ((await response.json()) as { token?: string }).token;
    });
    const seq = Number(token.split('-')[1]);
    await until(
      'the gateway has applied it',
      async () => (await this.metric('lastmile_purge_position_seq')) >= seq,
    );
    return token;
  }

  /** The sum of all that begin so. */
  async metric(beginning: string): Promise<number> {
    const text = await (await fetch(`${this.gateway.adminUrl}/metrics`)).text();
    return text
      .split('\n')
      .filter((line) => line.startsWith(beginning))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** Misses, by who answered them. */
  async reads(): Promise<{ readonly replica: number; readonly primary: number }> {
    return {
      replica: await this.metric('lastmile_upstream_reads_total{from="replica"'),
      primary: await this.metric('lastmile_upstream_reads_total{from="primary"'),
    };
  }

  /** Waits until what is asked for the first time is answered by the replica. */
  async readsReplica(): Promise<Answer> {
    return until('the replica answers', async () => {
      const answer = await this.ask(show(1, `again${++this.#title}`));
      return isNear(answer) && answer;
    });
  }
}

/** Another name is another question, with an entry of its own. */
function show(id: number, alias = 'shown'): string {
  return `{ ${alias}: post(id: ${id}) { id title votes author { handle name } } }`;
}

function isNear({ extensions }: Answer): boolean {
  return extensions?.lastmile?.explain?.answered?.readFrom === 'replica';
}

async function startScene(
  ends: Cleanup,
  {
    position = HONEST,
    overlay = FORUM_OVERLAY,
    env = {},
    said,
  }: {
    readonly position?: Position | undefined;
    readonly overlay?: string;
    readonly env?: Record<string, string>;
    readonly said?: object[];
  } = {},
): Promise<Scene> {
  const forum = await startForum(ends, primary, LIVELY_SQL);
  const lsn = await primary.sql('select pg_current_wal_insert_lsn()');
  await until(
    'the standby has it',
    async () => (await standby.sql(`select pg_last_wal_replay_lsn() >= '${lsn}'`)) === 't',
  );
  const far = ends.add(await startForumApi(primary.url(forum.database)));
  const near = ends.add(await startForumApi(standby.url(forum.database), position));
  const link = ends.add(await startLink(near.port));
  const log = said && createLog('warn', false);
  if (log) jest.spyOn(log, 'warn').mockImplementation((...given: unknown[]) => void said!.push(given));
  const gateway = ends.add(
    await startGateway(
      {
        UPSTREAM_URL: far.url,
        UPSTREAM_READ_URL: `http://127.0.0.1:${link.port}/graphql`,
        REDIS_URL: forum.redis.url,
        CAPTURE_URL: primary.url(forum.database),
        CAPTURE_SLOT: `slot_${forum.database}`,
        ...env,
      },
      { schema: overlay, ...(log && { log }) },
    ),
  );
  return new Scene(forum, link, gateway);
}

/** Until {@link resume}, or the end of the test. */
async function pauseReplay(): Promise<void> {
  cleanup.later(resume);
  await standby.sql('select pg_wal_replay_pause()');
  await until(
    'it is paused',
    async () => (await standby.sql('select pg_get_wal_replay_pause_state()')) === 'paused',
  );
}

async function resume(): Promise<void> {
  await standby.sql('select pg_wal_replay_resume()');
}

describe('a read replica', () => {
  it('P83 answers what the cache misses, and never with what was purged after it', async () => {
    const scene = await startScene(cleanup);
    const first = await scene.readsReplica();
    expect(first.cacheStatus).toMatch(/^fwd=uri-miss; .*stored/);
    await pauseReplay();
    for (let round = 0; round < 3; round++) {
      const title = await scene.write(1);
      const token = await scene.purged();
      // At once, with the client's own token, and after more was told of how far the replica has to be.
      expect((await scene.ask(show(1))).data.shown.title).toBe(title);
      expect((await scene.ask(show(1, 'own'), { 'lastmile-token': token })).data.own.title).toBe(title);
      await scene.forum.known();
      expect((await scene.ask(show(1, `later${round}`))).data[`later${round}`].title).toBe(title);
    }
    expect((await scene.reads()).primary).toBeGreaterThan(0);
    await resume();
    const title = await scene.write(1);
    const again = await scene.readsReplica();
    expect(Object.values(again.data)).toMatchObject([{ title }]);
    expect((await scene.reads()).replica).toBeGreaterThan(1);
  });

  it('is not asked for who has seen more than this region', async () => {
    const scene = await startScene(cleanup, { env: { TOKEN_WAIT_MS: '0' } });
    await scene.readsReplica();
    const [epoch, seq] = (await scene.purged()).split('-');
    const token = `${epoch}-${Number(seq) + 1_000}`;
    const before = await scene.reads();
    const answer = await scene.ask(show(1, 'ahead'), { 'lastmile-token': token });
    expect([answer.cacheStatus, isNear(answer)]).toEqual([expect.stringContaining('detail=token'), false]);
    expect(await scene.reads()).toEqual(before);
  });

  it('answers several parts of a request at once, and what is private to a session', async () => {
    const overlay = FORUM_OVERLAY.replace(
      'motto: String @cacheControl(maxAge: 600)',
      'motto: String @cacheControl(maxAge: 600, scope: PRIVATE)',
    );
    const scene = await startScene(cleanup, { overlay, env: { SESSION: 'header:x-session' } });
    await scene.readsReplica();
    const ask = (id: number): Promise<Answer> =>
      scene.ask(`{ motto post(id: ${id}) { title } comment(id: ${id}) { text } }`, { 'x-session': 'ann' });
    await ask(1);
    // What is of the session is there by now; what all may see is asked for in one call.
    const id = await until('it is asked of the replica', async () => {
      for (const id of [2, 3, 4, 5, 6]) {
        const before = await scene.reads();
        const { data } = await ask(id);
        expect(data).toEqual({
          motto: 'first',
          post: { title: `Post ${id}` },
          comment: { text: `Text ${id}` },
        });
        const after = await scene.reads();
        if (after.replica === before.replica + 1 && after.primary === before.primary) return id;
      }
      return undefined;
    });
    const title = await scene.write(id);
    await scene.purged();
    expect((await ask(id)).data.post.title).toBe(title);
  });

  it('is not believed, which is said once, where it does not say how far it is', async () => {
    const said: object[] = [];
    const scene = await startScene(cleanup, { position: () => Promise.resolve(null), said });
    await until('it was asked', async () => {
      const answer = await scene.ask(show(1, `asked${performance.now().toFixed()}`));
      expect(answer.errors).toBeUndefined();
      expect(isNear(answer)).toBe(false);
      return (await scene.metric('lastmile_upstream_reads_total{from="primary",reason="unpositioned"')) > 1;
    });
    const warnings = JSON.stringify(said).match(
      /does not send the position of its replica in the header replica-position/g,
    );
    expect(warnings).toHaveLength(1);
    expect(JSON.stringify(said)).toContain('pg_last_wal_replay_lsn()');
  });

  it('is done without while it is away, and used again when it is back', async () => {
    const scene = await startScene(cleanup);
    await scene.readsReplica();
    scene.near.cut();
    for (let time = 0; time < 5; time++) {
      const answer = await scene.ask(show(1, `away${time}`));
      expect([answer.errors, isNear(answer)]).toEqual([undefined, false]);
    }
    expect(
      await scene.metric('lastmile_upstream_reads_total{from="primary",reason="unanswered"'),
    ).toBeGreaterThan(0);
    await scene.near.restore();
    await scene.readsReplica();
  });

  it('P83 would show what was purged where it said that it had replayed it', async () => {
    const scene = await startScene(cleanup, {
      position: async (ask) =>
        `${(await ask(POSITION_SQL))!.split('/').slice(0, 2).join('/')}/${await primary.sql('select pg_current_wal_insert_lsn()')}`,
    });
    await scene.readsReplica();
    await pauseReplay();
    const title = await scene.write(1);
    await scene.purged();
    await until('an old row is shown', async () => {
      const { data } = await scene.ask(show(1, `old${performance.now().toFixed()}`));
      return !JSON.stringify(data).includes(title);
    });
  });
});
