import * as fc from 'fast-check';
import { Agent } from 'undici';
import type { Entry } from '../../../src/cache/entry';
import { PrimaryEntries } from '../../../src/gateway/warm/primary-entries';
import {
  decodeAnswer,
  encodeAnswer,
  ENTRY_HEADER,
  formatRequest,
  isAnswerTo,
  parseRequest,
  REGIONS_HEADER,
  signAnswer,
  signerOf,
  signRequest,
} from '../../../src/gateway/warm/relay';
import { positionAt, type Position } from '../../../src/purge/position';
import type { Tag } from '../../../src/purge/tag';
import { text } from 'node:stream/consumers';
import { cacheKey, makeEntry } from '../../cache/entries';
import { cleanupAfterEach } from '../../kit/cleanup';
import { startLocalServer } from '../../kit/local-server';
import { holdRegion } from '../harness';

const cleanup = cleanupAfterEach();

const SECRET = 'known to gateways';
const KEY = cacheKey('page');
const QUERY = { text: '{ page }', operationName: undefined, variables: {}, parameters: '', headers: {} };
const LONGEST = { maxAge: 60, staleUntil: 90, staleIfError: 0 };
const ASKED = { key: KEY, query: QUERY, inTurn: false, isAwaited: true };

describe('the protocol', () => {
  it('reads the question it wrote, and each is another', () => {
    const after = positionAt(7, 12);
    const one = formatRequest({ ...ASKED, after });
    expect(parseRequest(one)).toEqual({ ...ASKED, after });
    expect(formatRequest({ ...ASKED, after })).not.toBe(one);
  });

  it('P96 takes nothing that was not signed by a gateway, about these very bytes', () => {
    const body = Buffer.from(formatRequest({ ...ASKED, after: positionAt(7, 12) }));
    const header = signRequest('São Paulo', SECRET, body);
    expect(signerOf(header, SECRET, body)).toBe(encodeURIComponent('São Paulo'));
    expect(signerOf(header, 'another', body)).toBeUndefined();
    expect(signerOf(`x${header}`, SECRET, body)).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const other = Buffer.from(body);
        other[at]! ^= change;
        expect(signerOf(header, SECRET, other)).toBeUndefined();
        const given = { seal: signAnswer(header, SECRET, body), value: other };
        expect(isAnswerTo(header, SECRET, given)).toBe(false);
      }),
    );
    const given = { seal: signAnswer(header, SECRET, body), value: body };
    expect(isAnswerTo(header, SECRET, given)).toBe(true);
    expect(isAnswerTo('another question', SECRET, given)).toBe(false);
  });

  it('P15 counts the age of an entry, and all the time since it was asked for', () => {
    const entry = makeEntry('page', { answeredAt: 1000 });
    const value = encodeAnswer(entry, 5000)!;
    const read = decodeAnswer(KEY, value, { sentAt: 100, heldSince: 300 });
    expect(read).toMatchObject({
      answeredAt: 100 - 4000,
      heldSince: 300,
      asOf: entry.asOf,
      tags: entry.tags,
    });
    expect(decodeAnswer(cacheKey('other'), value, { sentAt: 100, heldSince: 300 })).toBeUndefined();
  });

  it.each(['', '{}', 'null', '[]', '{"query":"{ page }"}'])('takes %j for no question', (body) => {
    expect(parseRequest(body)).toBeUndefined();
  });
});

interface Given {
  readonly entry?: Partial<Entry>;
  readonly secret?: string;
  readonly status?: number;
  /** to what the log brings this region's table while it waits */
  readonly reaches?: boolean;
  readonly hasUnacknowledged?: boolean;
  /** of another that is asked in its place */
  readonly url?: string;
}

/** A region whose table is at 1-5, and a primary region's gateway that gives this entry. */
async function hold({
  entry,
  secret = SECRET,
  status = 200,
  reaches,
  hasUnacknowledged = false,
  url,
}: Given = {}) {
  const { region, purge, clock } = holdRegion();
  for (const tag of ['a', 'b', 'c', 'd', 'e']) purge(`Other:${tag}`);
  Object.assign(region.purges, {
    hasUnacknowledged,
    reached: ({ seq }: Position) => Promise.resolve(reaches ?? seq <= region.table.position.seq),
  });
  let calls = 0;
  const state = { isSilent: false };
  const server = cleanup.add(
    await startLocalServer(async (request, response) => {
      calls++;
      if (state.isSilent) return;
      const header = String(request.headers[ENTRY_HEADER]);
      const body = Buffer.from(await text(request));
      if (signerOf(header, SECRET, body) === undefined) throw new Error('not signed');
      const made = makeEntry('page', {
        asOf: positionAt(1, 5),
        answeredAt: 0,
        tags: ['Page:1' as Tag],
        ...entry,
      });
      const value = encodeAnswer(made, 2000)!;
      response.writeHead(status, {
        ...(status < 500 && { [REGIONS_HEADER]: '3' }),
        [ENTRY_HEADER]: signAnswer(header, secret, value),
      });
      response.end(status === 200 ? value : '');
    }),
  );
  const dispatcher = new Agent();
  cleanup.add({ stop: () => dispatcher.close() });
  const reasons: string[] = [];
  const rests = ({ message }: Error): void => void reasons.push(message);
  const primary = new PrimaryEntries(
    { region: 'lhr', url: url ?? server.url, secret: SECRET, timeoutMs: 30_000, dispatcher, rests },
    region,
  );
  return { region, purge, clock, primary, state, reasons, calls: () => calls };
}

describe('an entry of the primary region', () => {
  it('has its as-of and its age', async () => {
    const { primary, clock } = await hold();
    const entry = await primary.ask(ASKED, LONGEST);
    expect(entry).toMatchObject({ asOf: positionAt(1, 5), answeredAt: clock.now - 2000 });
    expect(primary.regions).toBe(3);
  });

  it('has no more time than the policy here allows', async () => {
    const { primary } = await hold({ entry: { maxAge: 1e6, swr: 1e6, staleIfError: 1e6 } });
    expect(await primary.ask(ASKED, LONGEST)).toMatchObject({ maxAge: 60, swr: 30, staleIfError: 0 });
  });

  it.each<[string, Given]>([
    [
      'something in it was purged after its as-of',
      { entry: { tags: ['Other:e' as Tag], asOf: positionAt(1, 4) } },
    ],
    ['its as-of is of another epoch', { entry: { asOf: positionAt(2, 5) }, reaches: true }],
    ['its as-of is ahead of what the log brings here', { entry: { asOf: positionAt(1, 9) } }],
    ['a purge that was made here has no position yet', { hasUnacknowledged: true }],
    ['it was signed by none of the gateways', { secret: 'another' }],
    ['its time is over', { entry: { maxAge: 1, swr: 0 } }],
    ['the primary region has none', { status: 204 }],
  ])('P98 is not taken where %s', async (_, given) => {
    const { primary } = await hold(given);
    expect(await primary.ask(ASKED, LONGEST)).toBeUndefined();
  });

  it('P46 is not taken where it is larger than one that is kept may be, and not read to its end', async () => {
    const body = 'x'.repeat(3000);
    const { primary, calls } = await hold({ entry: { body: Buffer.from(body) } });
    expect(await primary.ask(ASKED, LONGEST)).toBeUndefined();
    // What is longer than would be kept here says nothing of others.
    expect(primary.isResting).toBe(false);
    expect(await primary.ask(ASKED, LONGEST)).toBeUndefined();
    expect(calls()).toBe(2);
  });

  it('P46 is not read to its end where it has none', async () => {
    let sent = 0;
    const server = cleanup.add(
      await startLocalServer((_, response) => {
        const piece = Buffer.alloc(65_536);
        const send = (): void => {
          while (!response.destroyed && response.write(piece)) sent += piece.length;
        };
        response
          .writeHead(200)
          .on('drain', send)
          .on('error', () => {});
        send();
      }),
    );
    const { primary } = await hold({ url: server.url });
    expect(await primary.ask({ ...ASKED, inTurn: true }, LONGEST)).toBeUndefined();
    expect(primary.isResting).toBe(true);
    expect(sent).toBeLessThan(20_000_000);
  });

  it.each([409, 500])('is not asked for again for a while after %i', async (status) => {
    const { primary, calls, clock } = await hold({ status });
    for (let each = 0; each < 3; each++) await primary.ask(ASKED, LONGEST);
    expect(calls()).toBe(1);
    clock.now += 30_000;
    await primary.ask(ASKED, LONGEST);
    expect(calls()).toBe(2);
  });

  it('rests as long, and says so once, where many that were asked for at once fail', async () => {
    const { primary, calls, clock, reasons } = await hold({ status: 409 });
    await Promise.all(Array.from({ length: 8 }, () => primary.ask(ASKED, LONGEST)));
    expect(calls()).toBe(8);
    expect(reasons).toHaveLength(1);
    clock.now += 30_000;
    expect(primary.isResting).toBe(false);
  });

  it('is asked for no more once three answers in turn did not come in time', async () => {
    const { primary, state } = await hold();
    const askInVain = async (times: number): Promise<void> => {
      state.isSilent = true;
      for (let each = 0; each < times; each++) expect(await primary.ask(ASKED, LONGEST, 20)).toBeUndefined();
      state.isSilent = false;
    };
    await askInVain(2);
    // What is usual is no whole number.
    expect(await primary.ask(ASKED, LONGEST, 29_000.5)).toBeDefined();
    await askInVain(2);
    expect(primary.isResting).toBe(false);
    await askInVain(1);
    expect(primary.isResting).toBe(true);
  });

  it('is asked for again at once where there was none', async () => {
    const { primary, calls } = await hold({ status: 204 });
    for (let each = 0; each < 3; each++) await primary.ask(ASKED, LONGEST);
    expect(calls()).toBe(3);
  });
});
