/** Appends purges of unrelated tags at a constant rate until it is stopped. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const { url, perSecond, gatewayFolder } = JSON.parse(process.argv[2]);
const require = createRequire(import.meta.url);
const { RedisLog } = require(join(gatewayFolder, 'purge/redis-log/redis-log.js'));
const { entityTag } = require(join(gatewayFolder, 'purge/tag.js'));

/** As many tags as a busy shop changes, again and again. */
const TAGS = 20_000;

const log = new RedisLog({ url });
let appended = 0;
let sent = 0;

process.on('disconnect', () => process.exit());
process.on('message', () => process.send?.({ count: appended }));

await log.touch();
process.send?.({ ready: true });

const start = performance.now();
while (process.connected) {
  const due = Math.floor(((performance.now() - start) * perSecond) / 1000);
  for (; sent < due; sent++) {
    const tag = entityTag('Unrelated', sent % TAGS);
    log.append([{ tag, kind: 'hard' }]).then(() => appended++);
  }
  await pause(1);
}
