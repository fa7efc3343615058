import fc from 'fast-check';
import { Client } from '../../src/gateway/client';
import type { Outcome } from '../../src/gateway/outcome';
import { Renderer } from '../../src/gateway/render';
import { createSessions } from '../../src/gateway/session';
import { formatToken, joinTokens, parseToken, type Token } from '../../src/gateway/token';
import { TokenProgress } from '../../src/gateway/token';
import { hasReached, positionAt, type Position } from '../../src/purge/position';
import type { Purges } from '../../src/purge/purges';
import { UrlParameters } from '../../src/gateway/url-parameters';

const NUMBER = fc.oneof(fc.nat(), fc.maxSafeNat());
const POSITION = fc.tuple(NUMBER, NUMBER).map(([epoch, seq]) => positionAt(epoch, seq));
const CLOCK = fc.stringMatching(/^[\w-]{6}$/);
const MARK = fc.oneof(
  fc.constant(undefined),
  fc.constant({ clock: '', at: 0 }),
  fc.record({ clock: CLOCK, at: fc.nat({ max: 999_999_999_999_999 }) }),
);
const TOKEN: fc.Arbitrary<Token> = fc.record({ position: POSITION, provisional: MARK });
/** Two, as often as not of one epoch. */
const PAIR = fc.oneof(
  fc.tuple(TOKEN, TOKEN),
  fc
    .tuple(TOKEN, TOKEN)
    .map(([a, b]): [Token, Token] => [a, { ...b, position: positionAt(a.position.epoch, b.position.seq) }]),
);

describe('the text of a token', () => {
  it('is at most 64 characters long, and is read as what was written', () => {
    fc.assert(
      fc.property(TOKEN, (token) => {
        const text = formatToken(token);
        expect(text.length).toBeLessThanOrEqual(64);
        expect(parseToken(text)).toEqual(token);
      }),
    );
  });

  it('is nothing when it begins with no position, and open when what follows cannot be read', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const token = parseToken(text);
        if (token) expect(text).toMatch(/^\d+-\d+(\+.*)?$/s);
      }),
    );
    for (const text of ['', '+', '1', '1-', '1-2 ', 'hello', `${'1'.repeat(80)}-2`, `1-2+${'x'.repeat(80)}`])
      expect(parseToken(text)).toBeUndefined();
    for (const text of ['1-2+', '1-2+future', '1-2+abcdef.', '1-2++', '1-2+abcdef.-1'])
      expect(parseToken(text)).toEqual({ position: positionAt(1, 2), provisional: { clock: '', at: 0 } });
  });

  it('joined with another covers both, and is open when either is', () => {
    fc.assert(
      fc.property(PAIR, ([a, b]) => {
        const joined = joinTokens(a, b);
        // Which of two epochs is the later nobody can tell by their numbers: the primary has to be asked.
        if (a.position.epoch !== b.position.epoch) {
          expect(joined.provisional).toEqual({ clock: '', at: 0 });
          return;
        }
        for (const { position } of [a, b]) expect(hasReached(joined.position, position)).toBe(true);
        expect(joined.provisional === undefined).toBe(
          a.provisional === undefined && b.provisional === undefined,
        );
        for (const { provisional: open } of [a, b])
          if (open && joined.provisional && joined.provisional.clock !== '') {
            expect(joined.provisional.clock).toBe(open.clock);
            expect(joined.provisional.at).toBeGreaterThanOrEqual(open.at);
          }
      }),
    );
  });

  it('is one for the whole of a batch, also as a cookie', () => {
    const outcome = (text: string, cookies?: string): Outcome => ({
      kind: 'answer',
      status: { kind: 'forwarded', fwd: 'method', why: 'mutation' },
      httpStatus: 200,
      contentType: 'application/json',
      body: '{}',
      token: parseToken(text),
      own: cookies === undefined ? undefined : { 'set-cookie': cookies },
    });
    const renderer = new Renderer({ region: 'test', varying: [], tokenCookie: true, compressor: undefined });
    const rules = {
      session: undefined,
      sessionHeader: undefined,
      vary: [],
      forward: [],
      sharesAmongSessions: false,
    };
    const client = new Client(
      { method: 'POST', search: '', headers: {}, body: Buffer.alloc(0) },
      {
        rules,
        sessions: createSessions(undefined, Date.now),
        pass: [],
        parameters: new UrlParameters([], undefined),
        tokenCookie: true,
        debugs: 'nobody',
      },
    );
    const outcomes = [outcome('1-9'), outcome('1-10+abcdef.5'), outcome('1-4', 'a=1')];
    const { headers } = renderer.batch(outcomes, client);
    const all = (name: string) =>
      headers.filter((_, index) => headers[index - 1] === name && index % 2 === 1);
    expect(all('Lastmile-Token')).toEqual(['1-10+abcdef.5']);
    expect(all('Set-Cookie')).toEqual([
      'a=1',
      expect.stringMatching(/^lastmile-token=1-10\+abcdef\.5; Path=\/; /) as string,
    ]);
  });
});

describe('a client that presents a token', () => {
  /** A region that stands at a position, and a primary that says its last one, or nothing. */
  function progress(
    text: string,
    {
      at = 5,
      last,
      lastEpoch = 1,
      askedAt = -1,
    }: { at?: number; last?: number; lastEpoch?: number; askedAt?: number },
  ) {
    let questions = 0;
    const latest = last === undefined ? undefined : positionAt(lastEpoch, last);
    const purges: Pick<Purges, 'latestPosition' | 'latestPositionSince' | 'reached'> & {
      table: { position: Position };
    } = {
      table: { position: positionAt(1, at) },
      latestPositionSince: (since) => (askedAt >= since ? latest : undefined),
      latestPosition: () => (questions++, Promise.resolve(latest)),
      reached: (position) => Promise.resolve(hasReached(positionAt(1, at), position)),
    };
    const parts = { purges: purges as unknown as Purges, now: () => 100, clock: 'itself' };
    return Object.assign(new TokenProgress(parts, parseToken(text)!), { questions: () => questions });
  }
  const next = async (of: TokenProgress) => formatToken(await of.nextToken(50));

  it('goes by the youngest of several entries that are shown, and by now beside what was asked', () => {
    const client = progress('1-3', { last: 5, askedAt: 41 });
    client.noteShown({ answeredAt: 50 });
    client.noteShown({ answeredAt: 41 });
    expect(client.tokenIfKnown()).toBeUndefined();
    const partial = progress('1-3', { last: 5, askedAt: 41 });
    partial.noteShown({ answeredAt: 41 });
    expect(partial.tokenIfKnown()).toBeDefined();
    partial.noteAsked();
    expect(partial.tokenIfKnown()).toBeUndefined();
  });

  it('has its own open token settled by what the primary was asked since, without a question', async () => {
    const client = progress('1-3+itself.40', { last: 5, askedAt: 41 });
    expect(client.isReached).toBe(true);
    client.noteShown({ answeredAt: 41 });
    expect(client.tokenIfKnown()).toEqual({ position: positionAt(1, 5), provisional: undefined });
    expect(client.questions()).toBe(0);
  });

  it.each(['1-3+itself.42', '1-3+others.40', '1-3+'])(
    'has %s settled by a question, when the primary was last asked at 41',
    async (text) => {
      const client = progress(text, { last: 5, askedAt: 41 });
      expect(client.isReached).toBe(false);
      expect(await client.reaches(10)).toBe(true);
      expect(client.questions()).toBe(1);
    },
  );

  it('is not taken to have reached what the primary holds and the region does not', async () => {
    expect(await progress('1-3+', { last: 6 }).reaches(10)).toBe(false);
    expect(await progress('1-3+', {}).reaches(10)).toBe(false);
    expect(await progress('1-3', {}).reaches(10)).toBe(true);
  });

  it.each(['0-7', '2-3', '9007199254740991-5'])(
    "P27 has %s, of an epoch that is not the table's, replaced by what the primary says",
    async (text) => {
      const client = progress(text, { last: 5, askedAt: 41 });
      expect(client.isReached).toBe(false);
      expect(await client.reaches(10)).toBe(true);
      expect(client.seen).toEqual(positionAt(1, 5));
      client.noteShown({ answeredAt: 41 });
      expect(client.tokenIfKnown()).toEqual({ position: positionAt(1, 5), provisional: undefined });
      expect(await next(progress(text, { last: 9 }))).toBe('1-9');
      // Nobody says what it is worth: it is kept, and the primary asked the next time.
      expect(await progress(text, {}).reaches(10)).toBe(false);
      expect(await next(progress(text, {}))).toBe(`${text}+itself.100`);
    },
  );

  it('P27 has not reached a position of the epoch that the primary is in and the table is not', async () => {
    for (const epoch of [0, 2]) {
      const client = progress(`${epoch}-3`, { last: 4, lastEpoch: epoch });
      expect(await client.reaches(10)).toBe(false);
      expect(client.seen).toEqual(positionAt(epoch, 4));
      expect(await next(client)).toBe(`${epoch}-4`);
    }
  });

  it('P27 has a position that the log never had replaced as well', async () => {
    expect(await next(progress('1-4000', { last: 9 }))).toBe('1-9');
  });

  it('is told after an answer of upstream what the primary says then, or is left open', async () => {
    expect(await next(progress('1-3', { last: 9, askedAt: 99 }))).toBe('1-9');
    expect(await next(progress('1-3', {}))).toBe('1-5+itself.100');
    expect(await next(progress('1-7+others.4', {}))).toBe('1-7+itself.100');
  });

  it('is told after an entry what the primary said since upstream gave that, but not while its own token is open', async () => {
    const shown = (text: string) => {
      const client = progress(text, { last: 9, askedAt: 99 });
      client.noteShown({ answeredAt: 20, heldSince: 98 });
      return client;
    };
    expect(shown('1-3').tokenIfKnown()).toEqual({ position: positionAt(1, 9), provisional: undefined });
    expect(shown('1-3+').tokenIfKnown()).toBeUndefined();
  });

  it('is told after an entry that is said to be older what the primary said since this process had it', () => {
    const client = progress('1-3', { last: 9, askedAt: 50 });
    client.noteShown({ answeredAt: 49, heldSince: 51 });
    expect(client.tokenIfKnown()).toBeUndefined();
  });
});
