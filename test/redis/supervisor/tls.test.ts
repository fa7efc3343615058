import { connect } from 'node:net';
import { stat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RedisLog } from '../../../src/purge/redis-log/redis-log';
import { createPurges } from '../../../src/purge/region-purges';
import type { Purges } from '../../../src/purge/purges';
import { entityTag } from '../../../src/purge/tag';
import { certificateFrom } from '../../../src/redis/own-certificate';
import type { ServerTls } from '../../../src/redis/server-tls';
import { startAuthority } from '../../kit/authority';
import { cleanupAfterEach } from '../../kit/cleanup';
import { PATIENCE, until } from '../../kit/until';
import { clientAs, SECRET } from '../our-redis';
import { startMachine, type Machine, type MachineOptions } from './machine';

const cleanup = cleanupAfterEach();
const now = () => performance.now();
const NAME = 'lastmile-redis';

/** As `REDIS_TLS=1` has it, without a certificate of one's own. */
function madeFrom(secret: string): ServerTls {
  const made = certificateFrom(secret, NAME);
  return { ...made, ca: made.certificate, name: NAME };
}

const MADE = madeFrom(SECRET);

async function start(options: MachineOptions = {}): Promise<Machine> {
  return cleanup.add(await startMachine({ tls: MADE, ...options }));
}

/** What a gateway on one machine knows of purges, with the primary on another. */
async function follow(machine: Machine, primary: Machine): Promise<Purges> {
  const log = new RedisLog({
    url: machine.url,
    primaryUrl: primary.primaryUrl,
    trust: machine.settings.tls,
    timeoutMs: 300,
  });
  const purges = createPurges({ log, now, freshnessBoundMs: 1_000, probeIntervalMs: 50 });
  cleanup.add(purges);
  await purges.start();
  await until('the region is proven', () => purges.isProven(now()) && purges.table.trusts);
  return purges;
}

/** What a port says to a plain PING; undefined: it ends the connection. */
function plainPing(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(String(data));
    });
    socket.once('close', () => resolve(undefined));
    socket.once('error', () => resolve(undefined));
  });
}

function warning(machine: Machine, wanted: RegExp) {
  return machine.lines.find(({ level, msg }) => level === 40 && wanted.test(msg));
}

describe('three regions whose servers speak TLS, with a certificate from the one secret', () => {
  it('carry a purge, and move to another primary', async () => {
    const found: Machine[] = [];
    const finds = () => found;
    const a = await start({ id: 'a', finds });
    found.push(a);
    await a.leads();
    const b = await start({ id: 'b', finds });
    found.push(b);
    const syd = await start({ region: 'syd', finds, bind: '127.0.0.1' });
    await Promise.all([a.follows(a), b.follows(a), syd.follows(a)]);

    const [here, there] = await Promise.all([follow(b, a), follow(syd, a)]);
    const position = await there.append([{ tag: entityTag('Product', 7), kind: 'hard' }]);
    expect(await here.reached(position, PATIENCE)).toBe(true);

    found.splice(0, 1);
    await a.stop();
    await b.leads();
    await Promise.all([b.follows(b), syd.follows(b)]);
    await follow(syd, b);
  });

  it('take nothing in the clear that leaves the machine', async () => {
    const machine = await start();
    const open = await start({ bind: '127.0.0.1' });
    await Promise.all([machine.follows(machine), open.follows(open)]);
    const { port, primaryPort } = machine.settings;
    expect(await plainPing(primaryPort)).toBeUndefined();
    expect(await plainPing(open.settings.port)).toBeUndefined();
    // Beside its gateway alone there is nobody to read along.
    expect(await plainPing(port)).toMatch(/NOAUTH/);
  });

  it('keep the key from others on the machine, and no secret in a file', async () => {
    const machine = await start();
    await machine.leads();
    const folder = join(machine.settings.folder, 'tls');
    expect((await stat(folder)).mode & 0o077).toBe(0);
    expect((await stat(join(folder, 'key.pem'))).mode & 0o077).toBe(0);
    expect(await readFile(join(folder, 'key.pem'), 'utf8')).not.toContain(SECRET);
  });
});

describe('a region with another secret', () => {
  it('refuses the primary, and is refused by it, and says so', async () => {
    const iad = await start();
    await iad.leads();
    const secret = 'quite another secret';
    const syd = await start({ region: 'syd', finds: () => [iad], secret, tls: madeFrom(secret) });
    const line = await until('it is told of', () => warning(syd, /shows a certificate of no authority/));
    expect(line).toMatchObject({
      address: `127.0.0.1:${iad.settings.primaryPort}`,
      remedy: expect.stringContaining('REDIS_PASSWORD'),
    });
    // The other way round: it would trust the primary.
    const intruder = clientAs('replica', iad.settings.primaryPort, { secret, trust: MADE });
    cleanup.later(() => intruder.disconnect());
    await expect(intruder.ping()).rejects.toThrow(/WRONGPASS|NOAUTH/);
    const state = (await syd.at('region').role()) as unknown[];
    expect(state[3]).not.toBe('connected');
  });

  it('is told of also without TLS', async () => {
    const iad = cleanup.add(await startMachine());
    await iad.leads();
    const syd = cleanup.add(
      await startMachine({ region: 'syd', finds: () => [iad], secret: 'quite another secret' }),
    );
    const line = await until('it is told of', () => warning(syd, /refuses the user or the password/));
    expect(line?.address).toBe(`127.0.0.1:${iad.settings.primaryPort}`);
  });
});

describe("certificates of the operator's own", () => {
  async function given(authority: Awaited<ReturnType<typeof startAuthority>>, days = 30): Promise<ServerTls> {
    const { certificate, key } = await authority.issue({ name: 'redis.test', days });
    return {
      ca: authority.text,
      certificate: await readFile(certificate, 'utf8'),
      key: await readFile(key, 'utf8'),
      name: 'redis.test',
    };
  }

  it('differ from machine to machine, and serve as well', async () => {
    const authority = cleanup.add(await startAuthority());
    const iad = await start({ tls: await given(authority) });
    await iad.leads();
    const syd = await start({ region: 'syd', finds: () => [iad], tls: await given(authority) });
    await syd.follows(iad);
    await follow(syd, iad);
  });

  it.each([
    ['of another authority', /shows a certificate of no authority/, 30],
    ['that has expired', /shows a certificate that has expired/, -1],
  ] as const)('%s are told of by those who would follow', async (_, said, days) => {
    const authority = cleanup.add(await startAuthority());
    const others = days > 0 ? cleanup.add(await startAuthority()) : authority;
    const iad = await start({ tls: await given(others, days) });
    await until('its primary runs', () => iad.pid('primary'));
    const syd = await start({ region: 'syd', finds: () => [iad], tls: await given(authority) });
    const line = await until('it is told of', () => warning(syd, said));
    expect(line?.address).toBe(`127.0.0.1:${iad.settings.primaryPort}`);
    await until('redis-server tells of it too', () => warning(syd, /certificate/));
  });
});
