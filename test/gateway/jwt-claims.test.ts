import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { createSessions, type Session } from '../../src/gateway/session';
const SECRET = 'a secret of at least thirty-two bytes';
const NOW = 1_800_000_000;

/** @param payload JSON text, so that a claim may be any text a token can hold */
function bearer(payload: string): string {
  const parts = ['{"alg":"HS256"}', payload].map((part) => Buffer.from(part).toString('base64url'));
  const signature = createHmac('sha256', SECRET).update(parts.join('.')).digest('base64url');
  return `Bearer ${parts.join('.')}.${signature}`;
}

type Claims = readonly [string, ...string[]] | 'all';

async function identify(claims: Claims, payload: string): Promise<Session> {
  const keys = { secret: SECRET };
  const setting = { kind: 'jwt', claims, keys, audience: undefined, issuer: undefined } as const;
  return createSessions(setting, () => NOW * 1000).identify(bearer(payload));
}

/** Undefined where the token is nobody's. */
async function idOf(claims: Claims, payload: object | string): Promise<string | undefined> {
  const session = await identify(claims, typeof payload === 'string' ? payload : JSON.stringify(payload));
  return session.kind === 'verified' ? session.id : undefined;
}

/** Whether two tokens are one session. */
async function isSame(claims: Claims, one: object | string, other: object | string): Promise<boolean> {
  const ids = await Promise.all([idOf(claims, one), idOf(claims, other)]);
  expect(ids).not.toContain(undefined);
  return ids[0] === ids[1];
}

const ADA = { sub: 'ada', org: 'acme', scope: 'profile email' };

describe('P37 a session of several claims', () => {
  it.each([
    ['scope', { ...ADA, scope: 'profile' }],
    ['organisation', { ...ADA, org: 'globex' }],
    ['issuer', { ...ADA, iss: 'https://other.example' }],
  ])('is not shared with a token of another %s', async (_, other) => {
    expect(await isSame(['sub', 'org', 'scope'], ADA, other)).toBe(false);
    expect(await isSame('all', ADA, other)).toBe(false);
  });

  it('is shared with a token that differs in other claims only', async () => {
    expect(await isSame(['sub', 'org', 'scope'], ADA, { exp: NOW + 9, theme: 'dark', ...ADA })).toBe(true);
  });

  it.each([
    ['missing and null', {}, { x: null }],
    ['missing and empty', {}, { x: '' }],
    ['a number and its text', { x: 7 }, { x: '7' }],
    ['true and its text', { x: true }, { x: 'true' }],
    ['a list and its only element', { x: ['a'] }, { x: 'a' }],
    ['a list and its text', { x: ['a', 'b'] }, { x: '["a","b"]' }],
    ['lists in another order', { x: ['a', 'b'] }, { x: ['b', 'a'] }],
    ['an object and its text', { x: { a: 1 } }, { x: '{"a":1}' }],
    ['an empty list and an empty object', { x: [] }, { x: {} }],
    ['a value in one claim and in another', { x: 'a' }, { y: 'a' }],
    ['values parted elsewhere', { x: 'a","y":"b' }, { x: 'a', y: 'b' }],
  ])('tells %s apart', async (_, one, other) => {
    const tokens = [
      { sub: 'ada', ...one },
      { sub: 'ada', ...other },
    ] as const;
    expect(await isSame(['sub', 'x', 'y'], ...tokens)).toBe(false);
    expect(await isSame('all', ...tokens)).toBe(false);
  });

  it.each([
    ['{"sub":9007199254740993}', '{"sub":9007199254740992}'],
    ['{"sub":"ada","x":[9007199254740993]}', '{"sub":"ada","x":[9007199254740992]}'],
    ['{"sub":"ada","x":{"y":0.10000000000000001}}', '{"sub":"ada","x":{"y":0.1}}'],
    ['{"sub":"ada","x":1e400}', '{"sub":"ada","x":2e400}'],
  ])('tells numbers apart that JavaScript does not: %s and %s', async (one, other) => {
    expect(await isSame(['sub', 'x'], one, other)).toBe(false);
    expect(await isSame('all', one, other)).toBe(false);
  });

  it('is one session exactly where the claims are equal, whatever they are', async () => {
    const value = fc.jsonValue({ maxDepth: 2 });
    const payload = fc.record(
      { sub: fc.constantFrom('a', 'b', 1), x: value, y: value },
      { requiredKeys: ['sub'] },
    );
    await fc.assert(
      fc.asyncProperty(payload, payload, async (one, other) => {
        const [a, b] = [one, other].map((claims) => JSON.parse(JSON.stringify(claims)) as object);
        const same = isDeepStrictEqual(a, b);
        // Numbers beyond what JavaScript tells apart make a session of the token alone: never too large a one.
        const isExact = !/\d[.eE]|\d{16}/.test(JSON.stringify([a, b]));
        for (const claims of [['sub', 'x', 'y'], 'all'] as const) {
          const found = await isSame(claims, a!, b!);
          if (found !== same && (isExact || found)) throw new Error(JSON.stringify({ claims, found }));
        }
      }),
    );
  });

  it.each(['{}', '{"sub":null}', '{"sub":["ada"]}', '{"sub":{"a":1}}', '{"sub":true}', '{"org":"acme"}'])(
    'is that of nobody without the first claim, which says who it is: %s',
    async (payload) => {
      expect(await idOf(['sub', 'org'], payload)).toBeUndefined();
    },
  );

  it('does not take what every object inherits for a claim', async () => {
    expect(await idOf(['constructor'], {})).toBeUndefined();
    expect(await isSame(['sub', '__proto__'], '{"sub":"a","__proto__":{"b":1}}', '{"sub":"a"}')).toBe(false);
  });
});

describe('P37 a session of all claims', () => {
  it('is that of a renewed token too: times and ids are left out', async () => {
    const renewed = { exp: NOW + 900, iat: NOW - 5, nbf: NOW - 5, jti: 'two', nonce: 'n', at_hash: 'h' };
    expect(await isSame('all', { ...ADA, exp: NOW + 60, iat: 1.5, jti: 'one' }, { ...ADA, ...renewed })).toBe(
      true,
    );
  });

  it('is that of one token where no `sub` says who it is', async () => {
    expect(await isSame('all', { jti: 'one' }, { jti: 'two' })).toBe(false);
    expect(await isSame('all', { sub: null, jti: 'one' }, { sub: null, jti: 'two' })).toBe(false);
  });

  it('is that of nobody where a token says nothing but times', async () => {
    expect(await idOf('all', { exp: NOW + 60, iss: 'https://id.example' })).toBeUndefined();
  });
});
