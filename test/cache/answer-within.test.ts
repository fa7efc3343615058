import { answerWithin, TIMED_OUT } from '../../src/cache/entries-redis';
import { cleanupAfterEach } from '../kit/cleanup';
import { startRedis } from '../kit/redis-server';

const cleanup = cleanupAfterEach();

describe('waiting for an answer', () => {
  it('gives it, or what it was rejected with', async () => {
    expect(await answerWithin(1000, Promise.resolve(7))).toBe(7);
    await expect(answerWithin(1000, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });

  it('ends with the time-out, and not before it', async () => {
    const began = performance.now();
    await expect(answerWithin(30, new Promise(() => {}))).rejects.toBe(TIMED_OUT);
    expect(performance.now() - began).toBeGreaterThanOrEqual(29);
  });

  it('does not blame the other side when this process was too busy to read the answer', async () => {
    const redis = cleanup.add(await startRedis());
    const client = redis.client();
    await client.ping();
    const answer = answerWithin(20, client.ping());
    // Lets the command leave, and is then busy for longer than the time-out, and than Redis takes on a busy machine.
    await new Promise(setImmediate);
    const began = performance.now();
    while (performance.now() - began < 800);
    expect(await answer).toBe('PONG');
  });
});
