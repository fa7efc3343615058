/** Headers of the gateway's own change answers, for all that it knows: a tenant, a language, an account's rights. */
import { hash } from 'node:crypto';
import { readConfig } from '../../src/config/read-config';
import { configurationOf } from '../../src/server/read-knowledge';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { startOrigin } from '../kit/origin';
import { startPrimary } from '../kit/redis-region';

const cleanup = cleanupAfterEach();

const PRODUCTS = '{ products { name } }';
const SECRET = 'Bearer s3cret-of-the-account';

const extra = (headers: string, more: Record<string, string> = {}) =>
  configurationOf(readConfig({ UPSTREAM_URL: 'http://shop/graphql', UPSTREAM_HEADERS: headers, ...more }));

describe('UPSTREAM_HEADERS', () => {
  it('P16 P34 keep the answers of two gateways on one Redis apart', async () => {
    const redis = cleanup.add(await startPrimary());
    const origin = cleanup.add(await startOrigin());
    const ask = async (headers: string) => {
      const env = { UPSTREAM_URL: origin.url, REDIS_URL: redis.url, UPSTREAM_HEADERS: headers };
      const gateway = cleanup.add(await startGateway(env));
      return (await gateway.query(PRODUCTS)).cacheStatus;
    };
    expect(await ask('x-tenant: a\nx-rights: all')).toBe('fwd=uri-miss; stored');
    expect(await ask('x-tenant: b\nx-rights: all')).toBe('fwd=uri-miss; stored');
    expect(await ask('')).toBe('fwd=uri-miss; stored');
    // Neither order nor case of names is a difference.
    expect(await ask('{"X-Rights": "all", "X-Tenant": "a"}')).toMatch(/^hit/);
  });

  it('P16 are told apart by every name and value, however they are cut', () => {
    const all = [
      '',
      'a: 1',
      'a: 2',
      'a: A',
      'b: 1',
      'a: 1\nb: 2',
      'a: 2\nb: 1',
      'a: 1b: 2',
      'a: 1,b: 2',
      'a: ["1"]',
    ].map((headers) => extra(headers));
    expect(new Set(all).size).toBe(all.length);
  });

  it.each([
    ['the secret of the gateways', { ADMIN_TOKEN: 'a-token-of-some-length' }],
    ['none', {}],
  ])('are shown by no digest that could be guessed at, with %s', (_name, env) => {
    const text = extra(`authorization: ${SECRET}`, env);
    expect(text).not.toContain('s3cret');
    const guesses = [SECRET, `authorization: ${SECRET}`, `authorization${SECRET}`];
    for (const said of [...guesses, JSON.stringify([['authorization', SECRET]])]) {
      for (const coding of ['hex', 'base64url'] as const)
        expect(text).not.toContain(hash('sha256', said, coding));
    }
  });

  it('have a digest that is made with the secret of the gateways', () => {
    const of = (token: string) => extra(`authorization: ${SECRET}`, { ADMIN_TOKEN: token });
    expect(of('a-token-of-some-length')).toBe(of('a-token-of-some-length'));
    expect(of('a-token-of-some-length')).not.toBe(of('b-token-of-some-length'));
    // Without headers there is nothing to keep apart: a new secret leaves all entries as they are.
    expect(extra('', { ADMIN_TOKEN: 'a-token-of-some-length' })).toBe(extra(''));
  });
});
