import { caughtUp } from '../kit/caught-up';
import type { PurgeView, View } from '../../src/dashboard/view';
import { cleanupAfterAll, cleanupAfterEach, type Cleanup } from '../kit/cleanup';
import { openEvents } from '../kit/events';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import type { LocalServer } from '../kit/local-server';
import { startPostgres, type PostgresServer } from '../kit/postgres';
import { until } from '../kit/until';
import { startForum, type Forum } from './capture-kit';
import { FORUM_OVERLAY, HAPPENINGS, LIVELY_SQL, QUESTIONS, startForumApi } from './forum-api';

const servers = cleanupAfterAll();
const cleanup = cleanupAfterEach();
let postgres: PostgresServer;

beforeAll(async () => {
  postgres = servers.add(
    await startPostgres({ wal_level: 'logical', max_replication_slots: 20, max_wal_senders: 20 }),
  );
});

/** Upstream answers its fields in the order in which the database was faster. */
function sorted(data: unknown): string {
  return JSON.stringify(data, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

class Scene {
  constructor(
    readonly forum: Forum,
    readonly api: LocalServer,
    readonly gateway: GatewayProcess,
  ) {}

  /** Upstream's own answer of now. */
  async truth(query: string): Promise<string> {
    const response = await fetch(this.api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return sorted(((await response.json()) as { data: unknown }).data);
  }

  /** Has the gateway keep the answers to all questions. */
  async warm(): Promise<void> {
    for (const query of QUESTIONS) {
      await until(`it keeps ${query}`, async () =>
        (await this.gateway.query(query)).cacheStatus.startsWith('hit'),
      );
    }
  }

  /** Questions whose answers are no longer true. */
  async stale(): Promise<string[]> {
    const found: string[] = [];
    for (const query of QUESTIONS) {
      const { data } = await this.gateway.query(query);
      const truth = await this.truth(query);
      if (sorted(data) !== truth) found.push(`${query}: ${sorted(data)} is ${truth}`);
    }
    return found;
  }

  /** Waits until what is committed by now is purged in the gateway. */
  async caughtUp(): Promise<void> {
    const lsn = await this.forum.sql('select pg_current_wal_insert_lsn()');
    await caughtUp(this.gateway.adminUrl, lsn);
  }

  reached(body: unknown): Promise<Response> {
    return fetch(`${this.gateway.adminUrl}/reached`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }
}

async function startScene(ends: Cleanup, env: (forum: Forum) => Record<string, string>): Promise<Scene> {
  const forum = await startForum(ends, postgres, LIVELY_SQL);
  const api = ends.add(await startForumApi(postgres.url(forum.database)));
  const gateway = ends.add(
    await startGateway(
      { UPSTREAM_URL: api.url, REDIS_URL: forum.redis.url, ...env(forum) },
      { schema: FORUM_OVERLAY },
    ),
  );
  return new Scene(forum, api, gateway);
}

const captured = (forum: Forum): Record<string, string> => ({
  CAPTURE_URL: postgres.url(forum.database),
  CAPTURE_SLOT: `slot_${forum.database}`,
  CAPTURE_MAX_TAGS: '100',
});

describe('what happens in the database behind the gateway', () => {
  it('shows in each answer, where its log is captured', async () => {
    const scene = await startScene(cleanup, captured);
    for (const [what, sql] of HAPPENINGS) {
      await scene.warm();
      await scene.forum.sql(sql);
      await scene.caughtUp();
      expect([what, await scene.stale()]).toEqual([what, []]);
    }
  });

  it('would leave old answers each time without', async () => {
    const scene = await startScene(cleanup, () => ({}));
    const stale = new Set<string>();
    for (const [what, sql] of HAPPENINGS) {
      await scene.warm();
      await scene.forum.sql(sql);
      if ((await scene.stale()).length > 0) stale.add(what);
    }
    expect([...stale]).toEqual(HAPPENINGS.map(([what]) => what));
  });
});

it('tells those who look that the database caused a purge', async () => {
  const { forum, gateway } = await startScene(cleanup, captured);
  const events = cleanup.add(await openEvents(gateway.adminUrl));
  await events.next<View>('view', () => true);
  await forum.sql(`update person set name = 'Robert' where handle = 'bob'`);
  expect(await events.next<PurgeView>('purge', ({ cause }) => cause === 'database')).toBeDefined();
});

describe('a region that the database has to be known for', () => {
  const BOUND_MS = 3_000;
  const QUERY = '{ person(handle: "bob") { name } }';

  it('P81 serves nothing that the database changed longer ago than the bound', async () => {
    const scene = await startScene(cleanup, captured);
    const { forum, api } = scene;
    const start = (env: Record<string, string>): Promise<GatewayProcess> =>
      startGateway(
        { UPSTREAM_URL: api.url, REDIS_URL: forum.redis.url, PROBE_INTERVAL_MS: '200', ...env },
        { schema: FORUM_OVERLAY },
      );
    const careful = cleanup.add(await start({ CAPTURE_REQUIRED: '1', CAPTURE_BOUND_MS: String(BOUND_MS) }));
    const careless = cleanup.add(await start({}));
    for (const gateway of [careful, careless])
      await until('it keeps the answer', async () =>
        (await gateway.query(QUERY)).cacheStatus.startsWith('hit'),
      );
    // Whoever captured is gone.
    await scene.gateway.stop();
    await forum.sql(`update person set name = 'Robert' where handle = 'bob'`);
    const changedAt = performance.now();
    await until('it looks no more into its cache', async () => {
      const sentAt = performance.now();
      const { data, cacheStatus } = await careful.query(QUERY);
      if (data.person.name === 'Bob') expect(sentAt - changedAt).toBeLessThan(BOUND_MS);
      return cacheStatus.includes('unproven');
    });
    expect((await careful.query(QUERY)).data.person.name).toBe('Robert');
    expect((await careless.query(QUERY)).data.person.name).toBe('Bob');
    // The region is there all the same, and comes back when somebody captures.
    expect((await fetch(`${careful.adminUrl}/health/ready`)).status).toBe(200);
    cleanup.add(await start(captured(forum)));
    await until('it keeps the answer', async () =>
      (await careful.query(QUERY)).cacheStatus.startsWith('hit'),
    );
    await until('it is told', async () => (await careless.query(QUERY)).data.person.name === 'Robert');
  });
});

describe('a token for what was written past the gateway', () => {
  it('P07 shows a client its own write', async () => {
    const scene = await startScene(cleanup, captured);
    const { forum, gateway } = scene;
    const query = '{ person(handle: "bob") { name } }';
    await scene.caughtUp();
    for (let n = 0; n < 10; n++) {
      await until('it keeps the answer', async () =>
        (await gateway.query(query)).cacheStatus.startsWith('hit'),
      );
      await forum.sql(`update person set name = 'Bob ${n}' where handle = 'bob'`);
      const lsn = await forum.sql('select pg_current_wal_insert_lsn()');
      const { token } = (await (await scene.reached({ lsn })).json()) as { token: string };
      const { data } = await gateway.query(query, { headers: { 'lastmile-token': token } });
      expect(data.person.name).toBe(`Bob ${n}`);
    }
  });

  it('is given for a position of the database, in time, and for nothing else', async () => {
    const scene = await startScene(cleanup, captured);
    await scene.caughtUp();
    for (const body of [{}, { lsn: 'x' }, { lsn: 7 }, { lsn: '0/1', more: 1 }])
      expect((await scene.reached(body)).status).toBe(400);
    const late = await scene.reached({ lsn: 'FFFFFFFF/0', withinMs: 0 });
    expect([late.status, await late.text()]).toEqual([504, expect.stringContaining('DATABASE_NOT_REACHED')]);
    const alone = await startScene(cleanup, () => ({}));
    expect((await alone.reached({ lsn: '0/1' })).status).toBe(409);
  });
});
