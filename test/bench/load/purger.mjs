/**
 * Appends purges of unrelated tags at a constant rate, which it is told (0: none), and says how many were acknowledged. Each is a
 * call of the gateway's own script, but written to a plain socket, as many at once as are due: who purges shares a core with
 * the load, and a Redis client takes half as much again.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const { url, gatewayFolder } = JSON.parse(process.argv[2]);
const require = createRequire(import.meta.url);
const { APPEND_OR_TOUCH, STREAM_KEY, EPOCH_KEY, boundsOf, encodeRecords } = require(
  join(gatewayFolder, 'purge/redis-log/wire'),
);
const { LOG_PROTOCOL } = require(join(gatewayFolder, 'purge/log'));
const { entityTag } = require(join(gatewayFolder, 'purge/tag'));

/** As many tags as a busy shop changes, again and again. */
const TAGS = 20_000;
const BOUNDS = boundsOf({ maxBytes: 64 * 2 ** 20, retainSeconds: 3600 });
const DOLLAR = 0x24;

let perSecond = 0;
let from = performance.now();
let acknowledged = 0;

process.on('disconnect', () => process.exit());
process.on('message', (rate) => {
  if (typeof rate === 'number') changeRate(rate);
  process.send?.({ count: acknowledged });
});

const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', noDelay: true });
await once(socket, 'connect');
socket.write(command('SCRIPT', 'LOAD', APPEND_OR_TOUCH));
await once(socket, 'data');
socket.on('data', count);

const sha = createHash('sha1').update(APPEND_OR_TOUCH).digest('hex');
const texts = Array.from({ length: TAGS }, (_, id) => {
  const [fields] = encodeRecords([{ tag: entityTag('Unrelated', id), kind: 'hard' }]);
  return command('EVALSHA', sha, '2', STREAM_KEY, EPOCH_KEY, LOG_PROTOCOL, ...BOUNDS, ...fields);
});
let sent = 0;
let sentAtRate = 0;
process.send?.({ ready: true });

while (process.connected) {
  const due = Math.floor(((performance.now() - from) * perSecond) / 1000);
  let text = '';
  for (; sentAtRate < due; sentAtRate++) text += texts[sent++ % TAGS];
  if (text !== '') socket.write(text);
  await pause(perSecond > 0 ? 1 : 20);
}

function changeRate(rate) {
  perSecond = rate;
  from = performance.now();
  sentAtRate = 0;
}

/** A reply is the id of a record behind a `$`, or an error: a minus sign and letters. */
function count(chunk) {
  if (/-[A-Z]/.test(chunk.latin1Slice())) throw new Error(`a purge was refused: ${chunk}`);
  for (const byte of chunk) if (byte === DOLLAR) acknowledged++;
}

function command(...parts) {
  const bulk = parts.map((part) => `$${Buffer.byteLength(String(part))}\r\n${part}\r\n`);
  return `*${parts.length}\r\n${bulk.join('')}`;
}
