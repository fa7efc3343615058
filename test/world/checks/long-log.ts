/** A log of a million records: what it weighs, what a new region has to load, and how long a gateway takes to read it. */
import { startLink } from '../../kit/link';
import { startPrimary, startReplica } from '../../kit/redis-region';
import { check, follow, report } from './lab';

const RECORDS = 1_000_000;
const BATCH = 10_000;
const MIB = 2 ** 20;

void check('a log of a million records', async (later) => {
  const primary = await startPrimary();
  later(() => primary.stop());
  // A primary takes another replication id when its first replica comes, and that begins a new epoch.
  const nearby = await startReplica(primary);
  later(() => nearby.stop());
  const writer = await follow(primary.url, primary.url);
  await writer.append([]);
  await writer.close();
  const client = primary.client();
  const { n } = await client.hgetall('purges:epoch');
  for (let at = 0; at < RECORDS; at += BATCH) {
    const batch = client.pipeline();
    for (let id = at; id < at + BATCH; id++)
      batch.xadd('purges', `${n}-*`, 'h', '=4', 'h', `Product:${id}`, 'h', '[Product]');
    await batch.exec();
  }
  const weight = Number(await client.call('MEMORY', 'USAGE', 'purges', 'SAMPLES', '0'));
  report(
    'memory of the log in each Redis',
    `${(weight / MIB).toFixed(0)} MiB`,
    `${(weight / RECORDS).toFixed(0)} bytes a record of two tags`,
  );

  const link = await startLink(primary.port);
  later(() => link.close());
  const began = performance.now();
  const replica = await startReplica(link);
  later(() => replica.stop());
  await replica.inSync(120_000);
  report(
    'a new region loads it',
    `${(performance.now() - began).toFixed(0)} ms`,
    `${(link.bytes.fromTarget / MIB).toFixed(0)} MiB over the link`,
  );

  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed;
  let longest = 0;
  let last = performance.now();
  const watch = setInterval(() => {
    longest = Math.max(longest, performance.now() - last - 1);
    last = performance.now();
  }, 1);
  const opened = performance.now();
  const region = await follow(replica.url, primary.url);
  later(() => region.close());
  clearInterval(watch);
  report(
    'a gateway reads it and is proven',
    `${(performance.now() - opened).toFixed(0)} ms`,
    `longest block ${longest.toFixed(0)} ms`,
  );
  globalThis.gc?.();
  const grown = process.memoryUsage().heapUsed - heap;
  const { rows } = region.stats();
  report(
    'memory of its table',
    `${(grown / MIB).toFixed(0)} MiB`,
    `${(grown / rows).toFixed(0)} bytes a row (${rows} rows)`,
  );
});
