import { cleanupAfterEach } from '../kit/cleanup';
import { expectReason } from '../kit/reason';
import { startPrimary, startReplica } from '../kit/redis-region';
import { until } from '../kit/until';
import { startStockExample } from './example-stock-plugin';
import { startYogaExample, type YogaExample } from './example-yoga';

const cleanup = cleanupAfterEach();

async function ask(example: YogaExample, query: string, headers: Record<string, string> = {}) {
  const response = await fetch(example.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  const status = response.headers.get('cache-status') ?? '';
  expectReason(status);
  const { data } = (await response.json()) as { data: Record<string, any> }; // eslint-disable-line -- any shape
  return { data, status, token: response.headers.get('lastmile-token') };
}

const POSTS = '{ posts { title } }';
const RENAME = 'mutation { renamePost(id: "1", title: "Renamed") { title } }';

/** A primary, a replica for each of two regions, and a server in each. */
async function startTwo(start: (env: NodeJS.ProcessEnv) => Promise<YogaExample>) {
  const primary = cleanup.add(await startPrimary());
  const replicas = await Promise.all([startReplica(primary), startReplica(primary)]);
  for (const replica of replicas) cleanup.add(replica);
  await Promise.all(replicas.map((replica) => replica.inSync()));
  const examples = await Promise.all(
    replicas.map(({ url }) => start({ REDIS_URL: url, PRIMARY_REDIS_URL: primary.url })),
  );
  for (const example of examples) cleanup.add(example);
  const [here, there] = examples as [YogaExample, YogaExample];
  await until('both regions are proven', () => here.isProven() && there.isProven());
  return { here, there };
}

describe('the example of a Yoga server', () => {
  it('misses, hits without asking a resolver, and misses again after a mutation, in memory', async () => {
    const example = cleanup.add(await startYogaExample({}));
    expect((await ask(example, POSTS)).status).toBe('lastmile-local; fwd=uri-miss; stored');
    const hit = await ask(example, POSTS);
    expect(hit).toMatchObject({
      data: { posts: [{ title: 'First' }] },
      status: 'lastmile-local; hit; ttl=59',
    });
    expect(example.asked()).toBe(1);
    expect((await ask(example, RENAME)).token).toMatch(/^\d+-\d+$/);
    const miss = await ask(example, POSTS);
    expect(miss.data).toEqual({ posts: [{ title: 'Renamed' }] });
    expect(miss.status).toBe('lastmile-local; fwd=stale; stored; detail=purged');
  });

  it('keeps what is private for each session', async () => {
    const example = cleanup.add(await startYogaExample({}));
    const draft = (name: string) => ask(example, '{ draft }', { authorization: name });
    expect((await draft('Ada')).data).toEqual({ draft: 'what Ada is writing' });
    expect((await draft('Bob')).data).toEqual({ draft: 'what Bob is writing' });
    expect((await draft('Ada')).status).toMatch(/hit/);
    expect((await ask(example, '{ draft }')).status).toMatch(/fwd=bypass; detail=private/);
  });

  it('P04 purges in another region, which keeps its entries in its own Redis', async () => {
    const { here, there } = await startTwo(startYogaExample);
    await ask(there, POSTS);
    await until('the other region hits', async () => /hit/.test((await ask(there, POSTS)).status));
    await ask(here, RENAME);
    await until('the other region misses', async () =>
      /detail=purged/.test((await ask(there, POSTS)).status),
    );
  });
});

describe('the example of the stock plugin', () => {
  it('hits, and purges what a mutation returned and the lists of its type, in memory', async () => {
    const example = cleanup.add(await startStockExample({}));
    const posts = async () => (await ask(example, POSTS)).data['posts'] as { title: string }[];
    await posts();
    await posts();
    expect(example.asked()).toBe(1);
    await ask(example, RENAME);
    expect(await posts()).toEqual([{ title: 'Renamed' }]);
    await ask(example, 'mutation { addPost(title: "Second") { id } }');
    expect(await posts()).toHaveLength(2);
    expect(example.asked()).toBe(3);
  });

  it('purges in another region', async () => {
    const { here, there } = await startTwo(startStockExample);
    const asked = async () => {
      await ask(there, POSTS);
      return there.asked();
    };
    await asked();
    const known = await asked();
    await until('the other region hits', async () => (await asked()) === known);
    await ask(here, RENAME);
    await until('the other region asks again', async () => (await asked()) > known);
  });
});
