/** Answers in parts: what is one user's stays in the parts that are that user's, however it is kept and whoever asks. */
import { Cleanup } from '../kit/cleanup';
import { startGateway, type Answer, type AskOptions, type GatewayProcess } from '../kit/gateway';
import { startPrimary } from '../kit/redis-region';
import { until } from '../kit/until';
import { CANARY_SDL, CanaryOrigin } from './canary-origin';
import { USERS, WAYS, type User } from './ways';

/** Something shared, something private and something that is never kept, side by side, below each other and in fragments. */
const PAGES = [
  '{ page { title } me { secret } }',
  '{ page { title note } }',
  '{ home: page { t: title n: note } me { s: secret } undeclared }',
  '{ page { ...F } undeclared echo(name: "authorization") } fragment F on Page { title note id }',
  'query ($no: Boolean = false) { page { title note @skip(if: $no) } mine { ... on Me { secret } } }',
  '{ mine { __typename ... on Page { title note } ... on Me { secret friend { secret } } } page { title } }',
];

type Page = (typeof PAGES)[number];

describe.each(['none', 'header', 'jwt'])('two users who say who they are by: %s', (way) => {
  const cleanup = new Cleanup();
  const { env, as } = WAYS[way]!;
  let origin: CanaryOrigin;
  let gateway: GatewayProcess;
  let entries: () => Promise<Map<string, string>>;
  const headers = {} as Record<User, Record<string, string>>;
  /** names in Redis of what somebody without credentials was answered from */
  let shared: ReadonlySet<string>;

  beforeAll(async () => {
    const redis = cleanup.add(await startPrimary());
    const client = redis.client();
    cleanup.add({ stop: async () => void client.disconnect() });
    origin = cleanup.add(await new CanaryOrigin().start());
    const settings = { UPSTREAM_URL: origin.url, REDIS_URL: redis.url, STALE_IF_ERROR: '600', ...env };
    gateway = cleanup.add(await startGateway(settings, { schema: CANARY_SDL }));
    for (const user of USERS) headers[user] = { ...(await as(user)) };
    entries = async () => {
      const names = (await client.keys('*')).filter((name) => !/^c:[a-z]:/.test(name));
      const texts = await Promise.all(
        names.map(async (name) =>
          (await client.type(name)) === 'string' ? (await client.getBuffer(name))!.toString('latin1') : '',
        ),
      );
      return new Map(names.map((name, index) => [name, texts[index]!]));
    };
    for (const page of PAGES) await ask(undefined, page);
    await until('what is shared is in Redis', async () => (await entries()).size > PAGES.length);
    shared = new Set((await entries()).keys());
  });
  afterAll(() => cleanup.run());

  const ask = (user: User | undefined, page: Page, { headers: more, ...options }: AskOptions = {}) =>
    gateway.query(page, { headers: { ...(user && headers[user]), ...more }, ...options });

  function expectOwn(user: User | undefined, { text }: Answer): void {
    expect(origin.namesIn(text).filter((name) => name !== user)).toEqual([]);
  }

  async function askAll(): Promise<string[]> {
    const statuses: string[] = [];
    for (const page of PAGES)
      for (const user of [...USERS, undefined]) {
        const answer = await ask(user, page);
        expectOwn(user, answer);
        if (user) expect(answer.text).toContain(origin.canary(user));
        statuses.push(answer.cacheStatus);
      }
    return statuses;
  }

  afterEach(async () => {
    let own = 0;
    for (const [name, text] of await entries()) {
      const names = origin.namesIn(text);
      if (names.length > 0) own++;
      expect(names.length).toBeLessThan(2);
      if (shared.has(name)) expect(names).toEqual([]);
    }
    // A store in which nobody's secret is ever kept shows nothing.
    expect(own > 0).toBe(way !== 'none');
  });

  it('P72 shows nobody what is of another, cold and hot', async () => {
    const [, hot] = [await askAll(), await askAll()];
    if (way !== 'none') expect(hot.filter((status) => status.startsWith('hit')).length).toBeGreaterThan(5);
    expect(hot.filter((status) => status.startsWith('fwd=partial')).length).toBeGreaterThan(2);
  });

  it('P72 shows nobody what is of another, when all ask at once', async () => {
    await purge({ tags: ['Page', 'Me'] });
    const release = origin.hold();
    const asked = Array.from({ length: 60 }, (_, index) => ({
      user: [...USERS, undefined][index % 3],
      page: PAGES[index % PAGES.length]!,
    }));
    const answers = asked.map(({ user, page }) => ask(user, page));
    release();
    for (const [index, answer] of (await Promise.all(answers)).entries())
      expectOwn(asked[index]!.user, answer);
  });

  it('P72 answers 304 to nobody for what is of another', async () => {
    for (const page of PAGES) {
      const { headers: mine } = await ask('ada', page, { method: 'GET' });
      const conditional = { method: 'GET', headers: { 'if-none-match': mine.etag ?? '"x"' } } as const;
      for (const other of ['bob', undefined] as const) {
        const answer = await ask(other, page, conditional);
        expectOwn(other, answer);
        if (other) expect(answer.status).toBe(200);
      }
      if (mine.etag && way !== 'none' && !page.includes('undeclared'))
        expect((await ask('ada', page, conditional)).status).toBe(304);
    }
  });

  it.each([false, true])(
    'P72 shows nobody what is of another after a purge that is soft: %s',
    async (soft) => {
      await askAll();
      origin.renew('ada');
      origin.canary('ada');
      await purge({ tags: ['Page', 'Me'], soft });
      for (const page of PAGES) for (const user of USERS) expectOwn(user, await ask(user, page));
      await until('all has been refreshed', async () => {
        const texts = await Promise.all(PAGES.map((page) => ask('ada', page)));
        return texts.every(({ text }) => text.includes(origin.canary('ada')));
      });
      await askAll();
    },
  );

  it('P72 shows nobody what is of another where upstream fails', async () => {
    await askAll();
    await purge({ tags: ['Page', 'Me'], soft: true });
    origin.isDown = true;
    for (const page of PAGES)
      for (const user of [...USERS, undefined]) expectOwn(user, await ask(user, page));
    origin.isDown = false;
  });

  async function purge(body: object): Promise<void> {
    const response = await fetch(`${gateway.adminUrl}/purge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
  }
});
