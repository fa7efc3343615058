import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LineFile } from '../../src/suggest/line-file';
import { cleanupAfterEach } from '../kit/cleanup';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

async function temporaryFile(): Promise<string> {
  const folder = cleanup.folder('lines');
  return join(folder, 'lines.jsonl');
}

function open(path: string, maxBytes = 2 ** 30) {
  const ends: (Error | 'full')[] = [];
  const file = new LineFile({ path, maxBytes, onEnd: (why) => ends.push(why) });
  cleanup.add(file);
  return { file, ends };
}

const linesOf = async (path: string) =>
  (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');

describe('a file of lines', () => {
  it('is appended to, and is for its owner only', async () => {
    const path = await temporaryFile();
    for (const number of [1, 2]) {
      const { file } = open(path);
      file.write({ number });
      await file.close();
    }
    expect(await linesOf(path)).toEqual(['{"number":1}', '{"number":2}']);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('drops lines rather than let them pile up, and counts them', async () => {
    const path = await temporaryFile();
    const { file } = open(path);
    const text = 'x'.repeat(100_000);
    // In one turn of the event loop nothing can be written yet.
    for (let index = 0; index < 100; index++) file.write({ text });
    expect(file.isOpen).toBe(false);
    const dropped = file.takeDropped();
    expect(dropped).toBeGreaterThan(50);
    expect(file.takeDropped()).toBe(0);
    await until('there is room again', () => file.isOpen);
    file.write({ text: 'last' });
    await file.close();
    expect(await linesOf(path)).toHaveLength(100 - dropped + 1);
  });

  it('grows no further than it may, what it held before included', async () => {
    const path = await temporaryFile();
    await writeFile(path, `${'x'.repeat(90)}\n`);
    const { file, ends } = open(path, 120);
    file.write({ number: 1 });
    file.write({ number: 2 });
    file.write({ number: 3 });
    await file.close();
    expect(await linesOf(path)).toHaveLength(3);
    expect(ends).toEqual(['full']);
    expect(file.takeDropped()).toBe(0);
  });

  it('says once that it cannot be written, and goes on as if it were', async () => {
    const path = await temporaryFile();
    const { file, ends } = open(join(path, 'in', 'no', 'folder'));
    file.write({ number: 1 });
    await until('it was said', () => ends.length > 0);
    file.write({ number: 2 });
    await file.close();
    expect(ends).toEqual([expect.objectContaining({ code: 'ENOENT' })]);
    expect(file.isOpen).toBe(false);
  });

  it('survives a full disk', async () => {
    const { file, ends } = open('/dev/full');
    file.write({ number: 1 });
    await until('it was said', () => ends.length > 0);
    expect(ends).toEqual([expect.objectContaining({ code: 'ENOSPC' })]);
  });
});
