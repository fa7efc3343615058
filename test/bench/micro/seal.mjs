/**
 * What it costs to seal an entry that is written to Redis, and to check one that is read: the codec with a secret and without.
 *
 *   npm run build && node test/bench/micro/seal.mjs [FOLDER of a build]
 */
import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { spread } from '../kit.mjs';
import { entry } from './entries.mjs';

const folder = resolve(process.argv[2] ?? 'dist');
const load = (name) => createRequire(import.meta.url)(join(folder, name));
const { encodeEntry, decodeEntry } = load('cache/entry-codec.js');
const { Seal } = load('cache/seal.js');
const { positionAt } = load('purge/position.js');

const ROUNDS = 31;
/** A round takes about so long, so that the clock and the collector count little. */
const ROUND_MS = 40;

/** Microseconds of processor time: others may be busy meanwhile. */
function cpuTime() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Microseconds of one call, in rounds that take turns. */
function measure(works) {
  const readings = works.map(() => []);
  const counts = works.map((work) => {
    const end = performance.now() + ROUND_MS;
    let count = 0;
    for (; performance.now() < end; count++) work();
    return count;
  });
  for (let round = 0; round < ROUNDS; round++)
    for (const [index, work] of works.entries()) {
      const from = cpuTime();
      for (let count = 0; count < counts[index]; count++) work();
      readings[index].push((cpuTime() - from) / counts[index]);
    }
  return readings.map(spread);
}

const from = performance.now();
const seal = new Seal(randomBytes(24).toString('hex'));
console.log(`the key, once for a process: ${(performance.now() - from).toFixed(0)} ms`);
console.log('microseconds of processor time, median (least to most)');
const figure = ({ median, min, max }) => `${median.toFixed(1)} (${min.toFixed(1)} to ${max.toFixed(1)})`;
for (const kib of [1, 16, 256, 1024]) {
  const body = randomBytes(kib * 1024);
  const tags = Array.from({ length: 20 }, (_, number) => `Product:${number}`);
  const made = {
    ...entry(0, { bodyBytes: 0, tags, asOf: positionAt(1, 7), now: 0 }),
    body,
    etag: `"${hash('sha256', body, 'base64url').slice(0, 27)}"`,
  };
  const plain = encodeEntry(made, 0);
  const sealed = encodeEntry(made, 0, seal);
  assert.equal(decodeEntry(made.key, sealed, seal).etag, made.etag);
  const [write, writeSealed, read, readSealed] = measure([
    () => encodeEntry(made, 0),
    () => encodeEntry(made, 0, seal),
    () => decodeEntry(made.key, plain),
    () => decodeEntry(made.key, sealed, seal),
  ]);
  console.log(`${kib} KiB: write ${figure(write)}, sealed ${figure(writeSealed)}`);
  console.log(`${' '.repeat(`${kib} KiB`.length)}  read ${figure(read)}, sealed ${figure(readSealed)}`);
}
