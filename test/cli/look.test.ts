import { spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { lastmileArgs, runProcess } from '../kit/lastmile';
import { cleanupAfterAll } from '../kit/cleanup';
import { freePort } from '../kit/free-port';
import { startChild, type Child } from '../kit/child';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin } from '../kit/origin';
import { runCommand } from '../kit/command';
import { spawnGuarded } from '../kit/guard';
import { until } from '../kit/until';

const cleanup = cleanupAfterAll();
const KETTLE = 'query Kettle { product(id: "1") { name } }';
const RENAME = 'mutation Rename { renameProduct(id: "1", name: "Renamed") { id } }';

let gateway: GatewayProcess;

beforeAll(async () => {
  const origin = cleanup.add(await startOrigin());
  gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
});

/** `lastmile` with its output taken down line by line. */
function look(...args: string[]): Child {
  return cleanup.add(
    startChild({
      name: `lastmile ${args.join(' ')}`,
      program: process.execPath,
      args: [...lastmileArgs(), ...args, '--url', gateway.adminUrl],
      env: { PATH: process.env['PATH'] },
    }),
  );
}

/** Asks until a line is printed: only what passes while somebody looks is seen. */
async function askUntil(child: Child, line: RegExp, query = KETTLE): Promise<string> {
  const asking = setInterval(() => void gateway.query(query), 100);
  try {
    await child.printed(line);
    return child.lines.find((each) => line.test(each))!;
  } finally {
    clearInterval(asking);
  }
}

it('tail prints operations with their verdicts, and purges with their cause', async () => {
  const tail = look('tail');
  await askUntil(tail, /^\d\d:\d\d:\d\d\.\d{3} hit +[\d.]+ ms +query Kettle$/);
  await askUntil(tail, / purge +.*Product:1.* by Mutation\.renameProduct at \d+-\d+$/, RENAME);
  expect(tail.lines.join('\n')).toMatch(/bypass +[\d.]+ ms +mutation Rename mutation$/m);
  await tail.stop();
  expect(tail.process.exitCode).toBe(0);
});

it('tail prints what is asked for alone, as JSON where that is asked for', async () => {
  const tail = look('tail', '--json', '--operation', 'Ket*', '--outcome', 'hit');
  await gateway.query('{ categories { id } }');
  const line = await askUntil(tail, /"Kettle"/);
  expect(JSON.parse(line)).toMatchObject({
    operation: { name: 'Kettle', outcome: 'hit', ms: expect.any(Number) },
  });
  expect(tail.lines.filter((each) => !each.includes('"Kettle"') && !each.includes('"purge"'))).toEqual([]);
});

it('top prints a line a second where there is no terminal, and its view as JSON', async () => {
  await askUntil(look('top'), / local proven [\d.]+ a second, hits [\d.]+ % of at most 100\.0 %/);
  const line = await askUntil(look('top', '--json'), /"name":"Kettle"/);
  expect(JSON.parse(line)).toMatchObject({ view: { region: 'local' } });
});

/** `lastmile top` in a terminal of its own. */
class InTerminal {
  readonly process: ChildProcess;
  readonly exited: Promise<unknown>;
  printed = '';

  constructor() {
    const command = [process.execPath, ...lastmileArgs(), 'top', '--url', gateway.adminUrl];
    this.process = spawnGuarded(
      'script',
      ['-qefc', command.map((word) => `'${word}'`).join(' '), '/dev/null'],
      {
        env: { PATH: process.env['PATH'], TERM: 'xterm' },
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    this.process.stdout!.on('data', (part: Buffer) => (this.printed += part.toString()));
    this.exited = once(this.process, 'close');
  }

  type(text: string): void {
    this.process.stdin!.write(text);
  }
}

const TAKEN = '\x1b[?1049h';
const GIVEN_BACK = '\x1b[?1049l';
const hasTerminals = spawnSync('script', ['--version']).status === 0;

describe('top in a terminal', () => {
  it('is tested where util-linux has its `script`, as on every Debian', () =>
    expect(hasTerminals).toBe(true));

  it.each([
    ['q', 'q'],
    ['ctrl-c', '\x03'],
  ])('takes another screen, and gives it back at %s', async (_, key) => {
    const top = new InTerminal();
    await until(
      'it shows numbers',
      () => top.printed.includes(`${TAKEN}`) && top.printed.includes('1 operations'),
    );
    top.type(key);
    await top.exited;
    expect(top.printed.lastIndexOf(GIVEN_BACK)).toBeGreaterThan(top.printed.lastIndexOf(TAKEN));
    expect(top.printed.lastIndexOf('\x1b[?25h')).toBeGreaterThan(top.printed.lastIndexOf('\x1b[?25l'));
  });
});

it.each(['top', 'tail'])(
  '%s says what is wrong where there is no gateway, and of its options',
  async (name) => {
    const none = await runProcess([name, '--url', `http://127.0.0.1:${await freePort()}`]);
    expect(none).toMatchObject({ status: 1, output: '' });
    expect(none.errors).toMatch(
      /did not answer \(ECONNREFUSED\)\. Start a gateway, or give .* with --url\.\n$/,
    );
    const wrong = await runCommand([name, '--nonsense']);
    expect(wrong).toMatchObject({ status: 2 });
    expect(wrong.errors).toMatch(new RegExp(`^lastmile ${name}: .*\\nSee lastmile ${name} --help\\.\\n$`));
  },
);

it('tail names the outcomes there are', async () => {
  expect((await runCommand(['tail', '--outcome', 'hits'])).errors).toContain(
    '--outcome hits is none of hit, stale',
  );
});
