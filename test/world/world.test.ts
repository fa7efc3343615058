import { cleanupAfterEach } from '../kit/cleanup';
import { until } from '../kit/until';
import { startWorld, type WorldProcess } from './world-process';

const cleanup = cleanupAfterEach();
/** Milliseconds; a whole world starts in a few seconds, on a busy machine in twenty. */
jest.setTimeout(120_000);
const SHORT = [
  '--regions',
  'iad,syd',
  '--cold',
  '--warmup',
  '1',
  '--duration',
  '2',
  '--rate',
  '40',
  '--bound',
  '1500',
];
/** Changes, and reads of what was changed, are most of the load: a short run is to see what it is there to see. */
const TELLING = ['--mutations', '30', '--following', '60', '--rate', '80', '--at-least', '20'];

async function world(...args: readonly string[]): Promise<WorldProcess> {
  return cleanup.add(await startWorld(...SHORT, ...args));
}

async function isGone(process: WorldProcess): Promise<void> {
  await until('no process of it is left', () => process.left().length === 0);
  await until('no file of it is left', async () => (await process.files()).length === 0);
}

describe('the world on one machine', () => {
  it('keeps every promise while faults come and go, and leaves nothing behind', async () => {
    const process = await world(
      ...TELLING,
      '--fault',
      'blackhole:syd@0.2s+2s',
      '--fault',
      'kill-gateway:iad@1s+0.5s',
    );
    const result = await process.result();
    expect(result.load.findings).toEqual([]);
    expect(result.mishaps).toEqual([]);
    expect(result.load.readsChecked).toBeGreaterThan(50);
    expect(result.load.changes).toBeGreaterThanOrEqual(20);
    expect(await process.exited).toBe(0);
    await isGone(process);
  });

  it.each([
    ['late-log', 'bound'],
    ['crossed-users', 'private'],
  ])('fails when it is broken on purpose: %s', async (control, promise) => {
    const process = await world(...TELLING, '--control', control);
    const result = await process.result();
    expect(result.good).toBe(false);
    expect(result.load.findings.map((each) => each.promise)).toContain(promise);
    expect(await process.exited).toBe(1);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const process = await world('--duration', '60');
    await process.said('second');
    expect(process.left().length).toBeGreaterThan(8);
    process.process.kill('SIGINT');
    expect(await process.exited).toBe(130);
    await isGone(process);
  });

  it('leaves nothing behind when it is killed, at its start', async () => {
    const process = await world('--duration', '60');
    await until('some of it runs', () => process.left().length > 4);
    process.process.kill('SIGKILL');
    await process.exited;
    await isGone(process);
  });
});
