import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { doctorCommand } from '../../src/cli/doctor';
import { passwordOf } from '../../src/redis/acl';
import { DOCTOR_CHECKS, doctor, formatFindings } from '../../src/doctor/doctor';
import type { DoctorFinding, DoctorContext } from '../../src/doctor/check';
import { cleanupAfterEach } from '../kit/cleanup';
import { temporaryFolder } from '../kit/folder';
import { freePort } from '../kit/free-port';
import { startGateway } from '../kit/gateway';
import { startWorld } from './doctor-world';
import { SECRET } from '../redis/our-redis';

const cleanup = cleanupAfterEach();

const FINDINGS: DoctorFinding[] = [
  { id: 'reach', severity: 'ok', what: 'the primary answers', remedy: '' },
  { id: 'maxmemory', severity: 'error', what: 'there is no limit', remedy: 'Set one.' },
  { id: 'backlog', severity: 'warning', what: 'it is small', remedy: 'Enlarge it.' },
];

/** Runs the command and takes what it prints. */
async function run(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ status: number; out: string; errors: string }> {
  const printed = { out: '', errors: '' };
  const out = jest
    .spyOn(process.stdout, 'write')
    .mockImplementation((text) => Boolean((printed.out += String(text))));
  const errors = jest
    .spyOn(process.stderr, 'write')
    .mockImplementation((text) => Boolean((printed.errors += String(text))));
  try {
    return { status: await doctorCommand.run(args, env), ...printed };
  } finally {
    out.mockRestore();
    errors.mockRestore();
  }
}

describe('findings', () => {
  it('are lines with the remedy beneath, and a count', () => {
    expect(formatFindings(FINDINGS)).toBe(
      [
        '  ok       reach      the primary answers',
        '  error    maxmemory  there is no limit',
        '                      Set one.',
        '  warning  backlog    it is small',
        '                      Enlarge it.',
        '',
        '  1 error, 1 warning, 1 ok',
        '',
      ].join('\n'),
    );
  });

  it('are a warning alone where there is no Redis', async () => {
    const region = { name: 'local', primary: 'local', isPrimary: true, primaryUrl: undefined };
    const findings = await doctor({
      region,
      redis: undefined,
      admin: { token: undefined },
      freshness: { boundMs: 1 },
      limits: { purgeLogBytes: 1 },
      fly: undefined,
    });
    expect(findings.map(({ severity }) => severity)).toEqual(['warning']);
  });

  it('begin with what the configuration allows and probably does not mean', async () => {
    const { out } = await run([], { NODE_ENV: 'production', UPSTREAM: 'http://a' });
    expect(out).toMatch(
      /^ {2}warning  configuration  ADMIN_TOKEN: .*refuses every purge.*\n +In production set/,
    );
    expect(out).toMatch(/configuration  UPSTREAM: .*did you mean UPSTREAM_URL/);
  });

  it('have ids of their own, which stay', () => {
    const ids = DOCTOR_CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.join(' ')).toBe(
      'reach version cluster distance addresses region-names tls primary-role two-primaries replica-role writable freshness gateway' +
        ' log-copy log-versions maxmemory eviction replica-eviction refused-writes log-size backlog link-timeout sync-delay persistence rights excess-rights ttl names sealed-entries primary-url shared-secret database read-replica',
    );
  });
});

describe('the version', () => {
  const check = DOCTOR_CHECKS.find(({ id }) => id === 'version')!;

  it.each([
    ['7.0.8', undefined, 'error', 'Redis 7.0.8'],
    ['6.2.14', undefined, 'error', 'Redis 6.2.14'],
    ['7.0.9', undefined, 'ok', 'Redis 7.0.9'],
    ['7.0.15', undefined, 'ok', 'Redis 7.0.15'],
    ['8.2.0', undefined, 'ok', 'Redis 8.2.0'],
    ['10.0.0', undefined, 'ok', 'Redis 10.0.0'],
    ['7.2.4', '8.1.0', 'ok', 'Valkey 8.1.0, which speaks Redis 7.2.4'],
  ])('%s (Valkey: %s) is %s', async (redis, valkey, severity, name) => {
    const info = new Map([['redis_version', redis]]);
    if (valkey !== undefined) info.set('valkey_version', valkey);
    const one = { part: 'regional', title: 'it', info };
    const [found] = await check.run({ regional: one, cache: one, primary: one } as unknown as DoctorContext);
    expect(found).toMatchObject({ severity, what: expect.stringContaining(name) as string });
  });
});

describe('lastmile doctor', () => {
  it('prints JSON, and exits with 0 when there is no error and with 1 when there is', async () => {
    const { primary, region } = await startWorld(cleanup);
    const env = {
      REDIS_PASSWORD: SECRET,
      REDIS_PORT: String(region.port),
      PRIMARY_REDIS_PORT: String(primary.port),
      // No gateway is to be asked.
      ADMIN_PORT: '0',
    };
    const good = await run(['--json'], env);
    expect(JSON.parse(good.out)).toEqual(
      expect.arrayContaining([expect.objectContaining({ id: 'freshness' })]),
    );
    expect(good).toMatchObject({ status: 0, errors: '' });

    await region.kill();
    const bad = await run([], env);
    expect(bad.out).toContain('  error    reach');
    expect(bad.status).toBe(1);
    expect(good.out + bad.out).not.toContain(passwordOf(SECRET, 'gateway'));
  });

  it('exits with 2 for arguments it does not know, or a configuration that is none', async () => {
    expect(await run(['--yaml'], {})).toMatchObject({ status: 2, out: '' });
    const wrong = await run([], { PORT: 'x', REDIS_PASSWORD: 'short' });
    expect(wrong).toMatchObject({ status: 2, out: '' });
    expect(wrong.errors).toContain('REDIS_PASSWORD');
  });

  it('says without a Redis what it finds of the schema and of the gateway that runs here', async () => {
    const gateway = cleanup.add(await startGateway());
    const { status, out } = await run([], { ADMIN_PORT: new URL(gateway.adminUrl).port });
    expect(status).toBe(0);
    expect(out).toMatch(/^ {2}ok +schema +answers with \d+ types may be kept .*`lastmile check`: 0 errors/m);
    expect(out).toMatch(
      /^ {2}ok +gateway +the gateway at 127\.0\.0\.1:\d+ serves from its cache \(proven\)/m,
    );
    expect(out).toMatch(/^ {2}warning +reach +REDIS_URL is not set here: without a Redis/m);
  });

  it('says of a gateway that answers nothing from its cache that it does not, and why', async () => {
    const look = async (adminUrl: string): Promise<string> =>
      (await run([], { ADMIN_PORT: new URL(adminUrl).port })).out;
    const switched = cleanup.add(await startGateway());
    const order = {
      method: 'POST',
      body: '{"serve":false}',
      headers: { 'content-type': 'application/json' },
    };
    expect((await fetch(`${switched.adminUrl}/cache`, order)).status).toBe(200);
    expect(await look(switched.adminUrl)).toMatch(
      /^ {2}warning +gateway +the gateway at .* serves nothing from its cache: the cache is off\n +.*lastmile cache on/m,
    );
    await fetch(`${switched.adminUrl}/cache`, { ...order, body: '{"serve":true}' });
    await fetch(`${switched.adminUrl}/cache`, { ...order, body: '{"serve":false,"operations":["Show*"]}' });
    expect(await look(switched.adminUrl)).toMatch(
      /^ {2}warning +gateway +the gateway at .* not everything from its cache: the cache is off for Show\*\n +.*lastmile cache on <name>/m,
    );
    const without = { UPSTREAM_URL: `http://127.0.0.1:${await freePort()}/` };
    const unread = cleanup.add(
      await startGateway(without, {
        schema: 'extend type Product @cacheControl(maxAge: 5)',
        awaitReady: false,
      }),
    );
    expect(await look(unread.adminUrl)).toMatch(
      /^ {2}error +gateway +the gateway at .* answers nothing: the schema has not been read\n/m,
    );
  });

  it.each([
    [
      'type Query { trip: Nowhere }',
      /error +schema +the schema cannot be read: .*Nowhere.*\n.*lastmile check/,
    ],
    [
      'type Query { a: Int @cacheControl(maxAge: 5) @cacheTag(format: "{$args.none}") }',
      /error +schema +`lastmile check` finds 2 errors and 0 warnings in the schema\n +Run it/,
    ],
    ['type Query { a: Int }', /warning +schema +nothing may be kept.*\n.*@cacheControl/],
  ])('says what is wrong with a schema: %s', async (sdl, said) => {
    const folder = temporaryFolder('doctor');
    cleanup.later(() => folder.remove());
    const SCHEMA = join(folder.path, 'schema.graphql');
    await writeFile(SCHEMA, sdl);
    expect((await run([], { SCHEMA, ADMIN_PORT: '0' })).out).toMatch(said);
  });
});
