import { cleanupAfterEach } from '../kit/cleanup';
import { until } from '../kit/until';
import { startKilledAt, startOnTerminal, startWorld, type WorldProcess } from './world-process';

const cleanup = cleanupAfterEach();
/** Milliseconds; a world of two regions starts in a few seconds, on a busy machine in thirty. */
jest.setTimeout(180_000);
const SHORT = ['--cold', '--warmup', '0', '--duration', '1', '--bound', '1000', '--regions'];
/** Changes, and reads of what was changed, are most of the load: a short run is to see what it is there to see. */
const TELLING = ['--mutations', '30', '--following', '60', '--rate', '60', '--at-least', '20'];

async function isGone(process: WorldProcess): Promise<void> {
  await until('no process of it is left', () => process.left().length === 0, { every: 50 });
  await until('no file of it is left', async () => (await process.files()).length === 0);
}

describe('the world on one machine', () => {
  it('keeps every promise while faults come and go, and leaves nothing behind', async () => {
    const faults = [
      'blackhole:syd@0.2s+1.5s',
      'resync:syd@0.5s',
      'kill-primary@0.8s+0.5s',
      'kill-gateway:iad@1s+0.5s',
    ];
    const process = cleanup.add(
      startWorld(
        ...SHORT,
        'iad,syd',
        ...TELLING,
        '--signed-in',
        '20',
        ...faults.flatMap((fault) => ['--fault', fault]),
      ),
    );
    const result = await process.result();
    expect(result.load.findings).toEqual([]);
    expect(result.mishaps).toEqual([]);
    expect(result.load.readsChecked).toBeGreaterThan(50);
    expect(result.load.changes).toBeGreaterThanOrEqual(20);
    expect(result.load.regions.some(({ pages }) => pages.with.count > 0)).toBe(true);
    expect(await process.exited).toBe(0);
    await isGone(process);
  });

  // Apart, because a copy of the log trusted for too long and an origin with old answers break the same promise. Such an
  // origin may break that of a token as well, should a token's holder happen to ask.
  it.each([
    [
      ['late-log', 'crossed-users', 'dropped-tokens'],
      ['bound', 'private', 'token'],
    ],
    [['stale-origin'], ['bound']],
  ])('fails when it is broken on purpose by %j: %j', async (controls, promises) => {
    const process = cleanup.add(
      startWorld(...SHORT, 'iad,syd', ...TELLING, ...controls.flatMap((name) => ['--control', name])),
    );
    const result = await process.result();
    expect(result.good).toBe(false);
    expect(result.load.findings.map(({ promise }) => promise)).toEqual(expect.arrayContaining(promises));
    expect(await process.exited).toBe(1);
  });

  it('draws a table for its terminal, and at Ctrl-C leaves the cursor and nothing else behind', async () => {
    const columns = 70;
    const process = cleanup.add(
      startOnTerminal(columns, ...SHORT, 'iad', '--rate', '40', '--duration', '300'),
    );
    // Drawn over what was drawn before: up, and everything below removed.
    await process.line(/\[\d+A$/);
    await process.line(/\[Jmeasured/);
    await process.line(/^ +iad +\d+ .* proven\r?$/);
    process.process.stdin!.write('\x03');
    expect(await process.exited).toBe(130);
    const screen = process.lines.join('\n');
    // oxlint-disable-next-line no-control-regex -- these are what a terminal is told with
    const plain = screen.replaceAll(/\x1b\[[?\d]*[a-zA-Z]|\r/g, '').split('\n');
    expect(plain.filter((line) => line.length >= columns)).toEqual([]);
    expect(plain).toContainEqual(
      expect.stringMatching(/^measured \[#*\.+\] \d+ s left, machine \d+ % busy$/),
    );
    expect(screen.lastIndexOf('\x1b[?25h')).toBeGreaterThan(screen.lastIndexOf('\x1b[?25l'));
    await isGone(process);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('leaves nothing behind at %s, while it starts', async (signal) => {
    const process = cleanup.add(startWorld(...SHORT, 'iad'));
    await until('some of it runs', () => process.left().length > 4, { within: 60_000, every: 50 });
    process.process.kill(signal);
    expect(await process.exited).toBe(signal === 'SIGTERM' ? 130 : null);
    await isGone(process);
  });

  // The first is the guard itself, then come two of the network, origin, primary and replica; the seventh is a gateway.
  it.each([1, 2, 5, 7])(
    'leaves nothing behind when it is killed as process %i of it begins',
    async (number) => {
      const process = cleanup.add(startKilledAt(number, ...SHORT, 'iad'));
      expect(await process.exited).toBe(null);
      await isGone(process);
    },
  );
});
