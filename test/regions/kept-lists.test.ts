/** A count beside a filter, after changes that move nothing into its list or out of it, and after others. */
import { LOG_PROTOCOL } from '../../src/purge/log';
import { cleanupAfterAll } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startPrimary } from '../kit/redis-region';
import type { RedisServer } from '../kit/redis-server';
import { until } from '../kit/until';

const cleanup = cleanupAfterAll();

const COUNT = '{ reviews(country: "FR", first: 1) { totalCount } }';
const LIKE = 'mutation { likeReview(id: "review-1") { likes } }';
const REVIEW =
  'mutation { createReview(input: { authorId: "traveller-1", country: "FR", rating: 5 }) { review { id } } }';

let redis: RedisServer;
let gateway: GatewayProcess;
beforeAll(async () => {
  redis = cleanup.add(await startPrimary());
  gateway = cleanup.add(await startGateway({ EXAMPLE: '1', REDIS_URL: redis.url }));
});

const status = async (): Promise<string> => (await gateway.query(COUNT)).cacheStatus;

async function warm(): Promise<void> {
  await until('it is a hit', async () => (await status()).startsWith('hit'));
}

/** As another gateway writes it, of this version or another. */
async function written(...fields: string[]): Promise<void> {
  const epoch = String(await redis.command('HGET', 'purges:epoch', 'n'));
  const id = String(await redis.command('XADD', 'purges', `${epoch}-*`, ...fields));
  const reached = await fetch(`${gateway.adminUrl}/position?reached=${id}&within=10000`);
  expect(await reached.json()).toMatchObject({ reached: true });
}

const mutate = async (text: string): Promise<void> => {
  const { errors } = await gateway.query(text);
  expect(errors).toBeUndefined();
};
const purge = async (tags: readonly string[]): Promise<void> => {
  const body = JSON.stringify({ tags });
  const headers = { 'content-type': 'application/json' };
  expect((await fetch(`${gateway.adminUrl}/purge`, { method: 'POST', body, headers })).status).toBe(200);
};

describe('a count of those that a filter lets through', () => {
  it.each<[string, () => Promise<void>, string]>([
    ['a like that moves no review stays', () => mutate(LIKE), 'hit'],
    [
      'such a like in another region stays',
      () => written('h', `=${LOG_PROTOCOL}`, 'h', '=[]', 'h', 'Review:review-1'),
      'hit',
    ],
    ['a new review goes', () => mutate(REVIEW), 'purged'],
    [
      'a purge by an earlier gateway, which says nothing of lists, goes',
      () => written('h', `=${LOG_PROTOCOL - 1}`, 'h', 'Review:review-1'),
      'purged',
    ],
    ['a purge of a review by hand goes', () => purge(['Review:review-1']), 'purged'],
    ['a purge of any change by hand goes', () => purge(['~Review']), 'purged'],
    ['a purge of what is in its lists goes', () => purge(['~[Review]']), 'purged'],
  ])('P25 after %s', async (_, change, expected) => {
    await warm();
    await change();
    expect(await status()).toContain(expected);
  });
});
