import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Suggestion } from '../../src/suggest/suggest';
import { cleanupAfterEach } from '../kit/cleanup';
import { logOf, operation, query, s } from '../suggest/lines';
import { runCommand } from '../kit/command';
import { runProcess } from '../kit/lastmile';

const cleanup = cleanupAfterEach();

// A process of its own compiles what it loads.
async function fileWith(lines: readonly string[]): Promise<string> {
  const folder = cleanup.folder('suggest');
  const file = join(folder, 'operations.jsonl');
  await writeFile(file, lines.join('\n'));
  return file;
}

/** The example keeps trips for five minutes, and travellers, and nothing that a session would have to be known for. */
const LINES = logOf([
  operation('p', 'query Trips { trips { title } }'),
  ...Array.from({ length: 50 }, (_, index) => query(s(index))),
]);

describe('lastmile suggest', () => {
  it('says what it read, and that nothing is left to propose for the example', async () => {
    const { status, output } = await runProcess(['suggest', await fileWith(LINES)]);
    expect(status).toBe(0);
    expect(output).toMatch(/^# From 50 queries, 0 mutations and 0 purges in 49\.0 s\.$/m);
    expect(output).toMatch(/^# Replayed as the schema is: 98 % hits/m);
    expect(output).toMatch(/^# Nothing is worth proposing\.$/m);
  });

  it('answers in JSON, and counts what cannot be read', async () => {
    const file = await fileWith([...LINES, '{"run":']);
    const { output } = await runCommand(['suggest', file, '--json']);
    const { now, proposals } = JSON.parse(output) as Suggestion;
    expect(now).toMatchObject({ queries: 50, hitRate: 0.98 });
    expect(proposals).toEqual([]);
    expect((await runCommand(['suggest', file])).output).toMatch(/Not counted: .* 1 that cannot be read/);
  });

  it.each([
    ['a file that is not there', ['no/such/file'], 1, /no\/such\/file cannot be read: ENOENT/],
    ['a folder', ['.'], 1, /cannot be read: EISDIR/],
    ['no file', [], 2, /Give one file/],
    ['two files', ['a', 'b'], 2, /Give one file/],
    ['an unknown option', ['a', '--fast'], 2, /Unknown option '--fast'/],
  ])('ends well for %s', async (_, args, wanted, message) => {
    const { status, errors } = await runCommand(['suggest', ...args]);
    expect(status).toBe(wanted);
    expect(errors).toMatch(message);
  });

  it('says so when a file holds no query', async () => {
    const { status, errors } = await runCommand(['suggest', await fileWith(['some', 'other file'])]);
    expect(status).toBe(1);
    expect(errors).toMatch(/holds no query.*OPERATION_LOG_SAMPLE/);
  });
});
