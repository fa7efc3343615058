import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { createSessions, type Session, type Sessions } from '../../src/gateway/session';
import { Cleanup } from '../kit/cleanup';
import { LocalServer } from '../kit/local-server';

const cleanup = new Cleanup();
afterAll(() => cleanup.run());

/** A place of keys that can be down. */
class KeyServer {
  isDown = false;
  calls = 0;
  keys: object[] = [];
  readonly #server = new LocalServer((_, response) => {
    this.calls++;
    if (this.isDown) response.destroy();
    else response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: this.keys }));
  });

  async start(): Promise<this> {
    await this.#server.listen();
    return this;
  }

  get url(): string {
    return new URL('/jwks.json', this.#server.url).href;
  }

  stop(): Promise<void> {
    return this.#server.close();
  }
}

interface Claims {
  readonly sub?: string | number | readonly string[] | null;
  readonly iss?: string;
  readonly aud?: string | string[];
  readonly exp?: number;
  readonly nbf?: number;
}

const NOW = Math.floor(Date.now() / 1000);
const GOOD: Claims = { sub: 'ada', iss: 'https://id.example', aud: 'shop', exp: NOW + 600 };

async function start() {
  const server = cleanup.add(await new KeyServer().start());
  const pair = await generateKeyPair('RS256', { extractable: true });
  const other = await generateKeyPair('RS256', { extractable: true });
  server.keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }];
  const clock = { now: NOW * 1000 };
  const sessions = createSessions(
    {
      kind: 'jwt',
      claims: ['sub'],
      keys: { jwksUrl: server.url },
      audience: 'shop',
      issuer: 'https://id.example',
    },
    () => clock.now,
  );
  return { server, pair, other, sessions, clock };
}

const sign = (claims: Claims, key: CryptoKey | Uint8Array, header: { alg: string; kid?: string }) =>
  new SignJWT(claims as never).setProtectedHeader(header).sign(key);

const kindOf = async (sessions: Sessions, token: string): Promise<Session['kind']> =>
  (await sessions.identify(`Bearer ${token}`)).kind;

describe('P30 a session from a token', () => {
  it('is that of a token that is signed by a known key, for this audience, by this issuer, and in time', async () => {
    const { sessions, pair } = await start();
    const header = { alg: 'RS256', kid: 'one' };
    const session = await sessions.identify(`Bearer ${await sign(GOOD, pair.privateKey, header)}`);
    expect(session).toMatchObject({ kind: 'verified', id: 'jwt ["https://id.example",{"sub":"ada"}]' });
    const bad: Record<string, Claims> = {
      'another audience': { ...GOOD, aud: 'admin' },
      'no audience': { ...GOOD, aud: undefined as never },
      'another issuer': { ...GOOD, iss: 'https://evil.example' },
      'no issuer': { ...GOOD, iss: undefined as never },
      expired: { ...GOOD, exp: NOW - 1 },
      'not yet': { ...GOOD, nbf: NOW + 60 },
      'no claim': { ...GOOD, sub: undefined as never },
      'null claim': { ...GOOD, sub: null },
      'a list for a claim': { ...GOOD, sub: ['ada'] },
    };
    for (const [name, claims] of Object.entries(bad)) {
      const kind = await kindOf(sessions, await sign(claims, pair.privateKey, header));
      expect({ name, kind }).toEqual({ name, kind: 'refused' });
    }
  });

  it('is not that of a token signed by whom nobody knows, by nobody, or with the public key as a secret', async () => {
    const { sessions, pair, other } = await start();
    const pem = new TextEncoder().encode(await exportSPKI(pair.publicKey));
    const unsigned = [{ alg: 'none' }, GOOD].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const good = await sign(GOOD, pair.privateKey, { alg: 'RS256', kid: 'one' });
    const tokens = {
      'another key': await sign(GOOD, other.privateKey, { alg: 'RS256', kid: 'one' }),
      'an unknown kid': await sign(GOOD, other.privateKey, { alg: 'RS256', kid: 'two' }),
      unsigned: `${unsigned.join('.')}.`,
      'the public key as a secret': await sign(GOOD, pem, { alg: 'HS256', kid: 'one' }),
      'without its signature': good.replace(/[^.]*$/, ''),
      'with another body': good
        .split('.')
        .with(1, Buffer.from('{"sub":"bob"}').toString('base64url'))
        .join('.'),
      twice: `${good} ${good}`,
      empty: '',
    };
    for (const [name, token] of Object.entries(tokens)) {
      expect({ name, kind: await kindOf(sessions, token) }).toEqual({ name, kind: 'refused' });
    }
  });

  it('is nobody’s while the keys cannot be had, and known again once they can', async () => {
    const { server, sessions, pair } = await start();
    server.isDown = true;
    const token = await sign(GOOD, pair.privateKey, { alg: 'RS256', kid: 'one' });
    expect(await kindOf(sessions, token)).toBe('refused');
    server.isDown = false;
    expect(await kindOf(sessions, token)).toBe('verified');
    // What was verified is believed for a while without anybody being asked.
    server.isDown = true;
    expect(await kindOf(sessions, token)).toBe('verified');
  });

  it('ends when the token does', async () => {
    const { sessions, pair, clock } = await start();
    const token = await sign({ ...GOOD, exp: NOW + 30 }, pair.privateKey, { alg: 'RS256', kid: 'one' });
    expect(await kindOf(sessions, token)).toBe('verified');
    clock.now = (NOW + 31) * 1000;
    expect(await kindOf(sessions, token)).toBe('refused');
  });

  it('asks for the keys once, whatever kids strangers name', async () => {
    const { server, sessions, other } = await start();
    for (let kid = 0; kid < 20; kid++) {
      const token = await sign(GOOD, other.privateKey, { alg: 'RS256', kid: String(kid) });
      expect(await kindOf(sessions, token)).toBe('refused');
    }
    expect(server.calls).toBeLessThan(3);
  });
});
