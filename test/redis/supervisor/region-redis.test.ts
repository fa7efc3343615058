import { RedisLog } from '../../../src/purge/redis-log/redis-log';
import { createPurges } from '../../../src/purge/region-purges';
import type { Purges } from '../../../src/purge/purges';
import { discoverByName, PrimaryElection } from '../../../src/redis/supervisor/primary-election';
import { UNWATCHED } from '../../../src/report/outages';
import { entityTag } from '../../../src/purge/tag';
import { cleanupAfterEach } from '../../kit/cleanup';
import { PATIENCE, until } from '../../kit/until';
import { SECRET } from '../our-redis';
import { startMachine, type Machine, type MachineOptions } from './machine';

const cleanup = cleanupAfterEach();
const now = () => performance.now();

// A replica that lost its primary tries again once a second.
async function start(options: MachineOptions = {}): Promise<Machine> {
  return cleanup.add(await startMachine(options));
}

/** What a gateway on one machine knows of purges, with the primary on another. */
async function follow(machine: Machine, primary: Machine): Promise<Purges> {
  const log = new RedisLog({ url: machine.url, primaryUrl: primary.primaryUrl, timeoutMs: 300 });
  const purges = createPurges({ log, now, freshnessBoundMs: 1_000, probeIntervalMs: 50 });
  cleanup.add(purges);
  await purges.start();
  await until('the region is proven', () => purges.isProven(now()) && purges.table.trusts);
  return purges;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // There is no such process.
    return false;
  }
}

describe('one machine in the primary region', () => {
  it('runs the primary and a replica of it, and leaves nothing behind', async () => {
    const machine = await start();
    await machine.follows(machine);
    const purges = await follow(machine, machine);
    const position = await purges.append([{ tag: entityTag('Product', 7), kind: 'hard' }]);
    expect(await purges.reached(position, PATIENCE)).toBe(true);

    const pids = [machine.pid('redis'), machine.pid('primary')];
    expect(pids.map(isRunning)).toEqual([true, true]);
    expect(await machine.stop()).toBe(0);
    expect(pids.map(isRunning)).toEqual([false, false]);
  });

  it.each(['redis', 'primary'])('starts the %s again when it dies, and the region recovers', async (task) => {
    const machine = await start();
    await machine.follows(machine);
    const purges = await follow(machine, machine);
    const pid = machine.pid(task);
    process.kill(pid, 'SIGKILL');
    await until('it is started again', () => machine.pid(task) !== pid);
    await machine.follows(machine);
    await until('nothing is proven by what was before', () => purges.stats().replicasReplaced > 0);
    await until('the region is proven again', () => purges.isProven(now()) && purges.table.trusts);
  });

  it('ends, and says why, when there is no redis-server', async () => {
    const machine = await start({ program: '/nowhere/redis-server' });
    await until('it has ended', () => machine.status !== undefined);
    expect(machine.status).toBe(127);
    expect(machine.lines.map(({ msg }) => msg)).toContain('/nowhere/redis-server could not be started');
  });
});

describe('another region', () => {
  it('that is started in the same folder writes to another one below it', async () => {
    const iad = await start({ id: 'a', finds: () => [iad] });
    const syd = await start({ region: 'syd', finds: () => [iad], folder: iad.settings.folder });
    await syd.follows(iad);
    const at = [iad.at('region'), iad.at('primary'), syd.at('region')];
    const folders = await Promise.all(
      at.map(async (client) => ((await client.config('GET', 'dir')) as string[])[1]),
    );
    expect(new Set(folders).size).toBe(3);
  });

  it('is never a primary, not even while there is none, and follows once there is one', async () => {
    const found: Machine[] = [];
    const syd = await start({ region: 'syd', finds: () => found });
    const client = syd.at('region');
    expect((await client.role())[0]).toBe('slave');
    const iad = await start({ id: 'a', finds: () => [iad] });
    await iad.leads();
    found.push(iad);
    await syd.follows(iad);
    expect(await syd.runsPrimary()).toBe(false);
    await follow(syd, iad);
  });

  it('on the machine of the primary follows it at the address that both have', async () => {
    const iad = await start({ id: 'a', finds: () => [iad] });
    await iad.leads();
    const { primaryPort } = iad.settings;
    const election = new PrimaryElection({
      discover: discoverByName('127.0.0.1', primaryPort),
      ownPrimary: { host: '127.0.0.1', port: 1 },
      mayLead: false,
      secret: SECRET,
      trust: undefined,
      timeoutMs: 5000,
      health: () => UNWATCHED,
    });
    expect(await election.look(false)).toMatchObject({ kind: 'follow', whom: { port: primaryPort } });
  });

  it('follows the primary to another machine, and distrusts what it knew', async () => {
    const found: Machine[] = [];
    const a = await start({ id: 'a', finds: () => found });
    found.push(a);
    await a.leads();
    const b = await start({ id: 'b', finds: () => found });
    found.push(b);
    const syd = await start({ region: 'syd', finds: () => found });
    await Promise.all([b.follows(a), syd.follows(a)]);
    const before = await follow(syd, a);
    const { position } = before.table;

    // What a name service does with a machine that has ended.
    found.splice(0, 1);
    await a.stop();
    await b.leads();
    await Promise.all([b.follows(b), syd.follows(b)]);
    const after = await follow(syd, b);
    expect(after.table.position.epoch).not.toBe(position.epoch);
    await until('the copy was seen to be another', () => before.stats().replicasReplaced > 0);
    expect(before.table.verdict(position, [entityTag('Product', 7)])).not.toBe('fresh');
  });
});

describe('two machines in the primary region', () => {
  it('agree on one primary when they start together, and on the same when the other comes back', async () => {
    const found: Machine[] = [];
    const finds = () => found;
    const [a, b] = await Promise.all([start({ id: 'a', finds }), start({ id: 'b', finds })]);
    found.push(b, a);
    await Promise.all([a.follows(a), b.follows(a)]);
    expect(await b.runsPrimary()).toBe(false);

    found.splice(found.indexOf(a), 1);
    await a.stop();
    await b.leads();
    const again = await start({ id: 'a', finds });
    found.push(again);
    await again.follows(b);
    expect(await again.runsPrimary()).toBe(false);
    // It led nobody in between.
    expect(again.lines.some(({ standing }) => standing === 'leading')).toBe(false);
  });

  it('waits while one does not answer, and nobody becomes a second primary', async () => {
    const found: Machine[] = [];
    const finds = () => found;
    const a = await start({ id: 'a', finds });
    found.push(a);
    await a.leads();
    const b = await start({ id: 'b', finds });
    found.push(b);
    await b.follows(a);
    const pid = a.pid('primary');
    process.kill(pid, 'SIGSTOP');
    try {
      await until('b noticed', () => b.lines.some(({ standing }) => standing === 'somebody-is-silent'));
      expect(await b.runsPrimary()).toBe(false);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await until('b follows again', () => b.lines.at(-1)?.standing?.startsWith('following'));
  });

  it('end a contest: one steps down, and no purge that it took is missed by those who followed the other', async () => {
    // Each sees only itself, as when a name service is behind.
    let isHealed = false;
    const all: Machine[] = [];
    const seenBy = (id: string) => () => all.filter((machine) => isHealed || machine.id === id);
    const a = await start({ id: 'a', finds: seenBy('a') });
    const b = await start({ id: 'b', finds: seenBy('b') });
    all.push(a, b);
    await Promise.all([a.leads(), b.leads()]);
    const syd = await start({ region: 'syd', finds: () => [a] });
    await syd.follows(a);

    const inSyd = await follow(syd, a);
    const atB = await follow(b, b);
    const asOf = inSyd.table.position;
    const tag = entityTag('Product', 7);
    await atB.append([{ tag, kind: 'hard' }]);
    // The hole: acknowledged in one log, and unknown to who follows the other.
    expect(inSyd.table.verdict(asOf, [tag])).toBe('fresh');

    isHealed = true;
    await b.follows(a);
    expect(await b.runsPrimary()).toBe(false);
    await until('syd distrusts what it knew', () => inSyd.table.verdict(asOf, [tag]) !== 'fresh');
    await until('syd is proven again', () => inSyd.isProven(now()) && inSyd.table.trusts);
    expect(await a.runsPrimary()).toBe(true);
  });
});
