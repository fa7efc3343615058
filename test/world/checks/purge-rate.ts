/** Ten thousand purges a second: what the primary, a link and a gateway make of them. */
import { entityTag, listTag } from '../../../src/purge/tag';
import { startLink } from '../../kit/link';
import { parseInfo, startPrimary, startReplica } from '../../kit/redis-region';
import type { RedisServer } from '../../kit/redis-server';
import { pause } from '../../kit/until';
import { check, follow, quantiles, report } from './lab';

const SECONDS = 5;
const HOP_MS = 40;
/** Purges are sent in small groups, as many gateways would between them. */
const TICK_MS = 5;

async function cpuSeconds(server: RedisServer): Promise<number> {
  const info = parseInfo(String(await server.command('INFO', 'cpu')));
  return Number(info['used_cpu_user']) + Number(info['used_cpu_sys']);
}

void check('purges by the thousand', async (later) => {
  for (const perSecond of [1000, 10_000]) {
    const primary = await startPrimary();
    later(() => primary.stop());
    const link = await startLink(primary.port);
    later(() => link.close());
    const replica = await startReplica(link);
    later(() => replica.stop());
    const writer = await follow(primary.url, primary.url);
    later(() => writer.close());
    const region = await follow(replica.url, primary.url);
    later(() => region.close());
    link.delay(HOP_MS);

    const before = {
      bytes: link.bytes.fromTarget,
      primary: await cpuSeconds(primary),
      replica: await cpuSeconds(replica),
    };
    const own = process.cpuUsage();
    const beyond: number[] = [];
    const appends: Promise<unknown>[] = [];
    const waits: Promise<unknown>[] = [];
    let sent = 0;
    const began = performance.now();
    while (sent < perSecond * SECONDS) {
      const due = Math.min(perSecond * SECONDS, ((performance.now() - began) / 1000) * perSecond);
      for (; sent < due; sent++) {
        const number = sent;
        const append = writer.append([
          { tag: entityTag('Product', number % 100_000), kind: 'hard' },
          { tag: listTag('Product'), kind: 'hard' },
        ]);
        appends.push(append);
        if (number % (perSecond / 100) !== 0) continue;
        waits.push(
          append.then(async (position) => {
            const acknowledged = performance.now();
            if (!(await region.reached(position, 20_000))) throw new Error(`${number} did not arrive`);
            beyond.push(performance.now() - acknowledged - HOP_MS);
          }),
        );
      }
      await pause(TICK_MS);
    }
    await Promise.all(appends);
    const took = (performance.now() - began) / 1000;
    await Promise.all(waits);
    const bytes = link.bytes.fromTarget - before.bytes;
    const { user, system } = process.cpuUsage(own);
    report(`${perSecond} purges a second asked for, acknowledged`, `${(sent / took).toFixed(0)} a second`);
    report('  bytes on the link for each purge of two tags', (bytes / sent).toFixed(0));
    report('  on the link', `${((bytes * 8) / took / 1e6).toFixed(2)} Mbit/s`);
    report(`  arrival beyond ${HOP_MS} ms`, quantiles(beyond));
    report(
      '  of a core: primary',
      `${((100 * ((await cpuSeconds(primary)) - before.primary)) / took).toFixed(0)} %`,
    );
    report(
      '  of a core: replica',
      `${((100 * ((await cpuSeconds(replica)) - before.replica)) / took).toFixed(0)} %`,
    );
    report('  of a core: two gateways and their measuring', `${((user + system) / 1e4 / took).toFixed(0)} %`);
    report('  gaps seen by the region', String(region.stats().gaps));
  }
});
