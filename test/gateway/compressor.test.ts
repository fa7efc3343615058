import { randomBytes } from 'node:crypto';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import * as zlib from 'node:zlib';
import type { Coding, Entry } from '../../src/cache/entry';
import { CODINGS, compress, Compressor } from '../../src/gateway/representation';
import { makeEntry } from '../cache/entries';
import { until } from '../kit/until';

const TEXT = Buffer.from(JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ id, name: 'Kettle' }))));

const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (body: Buffer) => Buffer };
const READ: Readonly<Record<Coding, (body: Buffer) => Buffer>> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  zstd: (body) => zstdDecompressSync!(body),
};

interface Kept {
  readonly entry: Entry;
  readonly coding: Coding;
  readonly body: Buffer | undefined;
}

function start(): { kept: Kept[]; faults: unknown[]; compressor: Compressor } {
  const kept: Kept[] = [];
  const faults: unknown[] = [];
  const compressor = new Compressor({
    keep: (entry, coding, body) => kept.push({ entry, coding, body }),
    fault: (error) => faults.push(error),
  });
  return { kept, faults, compressor };
}

it.each(CODINGS)('writes %s that others can read, the same each time', async (coding) => {
  const body = await compress(coding, TEXT);
  expect(READ[coding](body).equals(TEXT)).toBe(true);
  expect(body.length).toBeLessThan(TEXT.length / 2);
  expect((await compress(coding, TEXT)).equals(body)).toBe(true);
});

it('makes each coding of an entry once, however often it is asked for meanwhile', async () => {
  const { kept, compressor } = start();
  const entry = makeEntry('a', { body: TEXT });
  for (let times = 0; times < 100; times++) for (const coding of CODINGS) compressor.want(entry, coding);
  await until('all are made', () => kept.length >= CODINGS.length);
  // Nothing is left that could be made after it.
  const last = makeEntry('last', { body: TEXT });
  compressor.want(last, 'gzip');
  await until('the last is made', () => kept.at(-1)!.entry === last);
  expect(kept.map(({ coding }) => coding)).toEqual([...CODINGS, 'gzip']);
});

it('does nothing before what runs now is over', () => {
  const { kept, compressor } = start();
  const entry = makeEntry('a', { body: TEXT });
  let looked = 0;
  const watched: Entry = Object.defineProperty({ ...entry }, 'body', { get: () => (looked++, TEXT) });
  compressor.want(watched, 'gzip');
  expect([looked, kept]).toEqual([0, []]);
});

it('leaves alone what does not get smaller, and says so', async () => {
  const { kept, compressor } = start();
  compressor.want(makeEntry('a', { body: randomBytes(5000) }), 'gzip');
  await until('it is tried', () => kept.length === 1);
  expect(kept[0]!.body).toBeUndefined();
});

it('P46 drops wishes beyond its limit, and takes them again later', async () => {
  const { kept, compressor } = start();
  const entries = Array.from({ length: 1000 }, (_, index) => makeEntry(`${index}`, { body: TEXT }));
  for (const entry of entries) compressor.want(entry, 'gzip');
  await until('it has nothing more to do', () => kept.length >= 256);
  expect(kept.length).toBe(256);
  compressor.want(entries[999]!, 'gzip');
  await until('it is made now', () => kept.length === 257);
  expect(kept[256]!.entry).toBe(entries[999]);
});

it('goes on after a body that cannot be compressed, and tells of the fault', async () => {
  const { kept, faults, compressor } = start();
  const broken = makeEntry('a', { body: 'no buffer' as unknown as Buffer });
  const bad: Entry = Object.defineProperty({ ...broken }, 'body', {
    get: () => {
      throw new Error('gone');
    },
  });
  compressor.want(bad, 'gzip');
  compressor.want(makeEntry('b', { body: TEXT }), 'gzip');
  await until('both are tried', () => kept.length === 2);
  expect(kept[0]!.body).toBeUndefined();
  expect(READ.gzip(kept[1]!.body!).equals(TEXT)).toBe(true);
  expect(faults).toEqual([new Error('gone')]);
});
