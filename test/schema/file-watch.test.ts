import { EventEmitter } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileWatch } from '../../src/schema/file-watch';
import { cleanupAfterEach } from '../kit/cleanup';
import { pause, untilEvent } from '../kit/until';
import { writeFiles } from './sdl';

const cleanup = cleanupAfterEach();

async function watch(files: Record<string, string>, patterns: string[]) {
  const folder = await writeFiles(cleanup, files);
  const events = new EventEmitter();
  let changes = 0;
  const onChange = () => events.emit('change', ++changes);
  const watching = cleanup.add(new FileWatch({ patterns, folder, onChange, intervalMs: 5 }));
  await watching.start();
  return {
    at: (name: string) => join(folder, name),
    changed: () => untilEvent(events, 'change'),
    changes: () => changes,
  };
}

describe('FileWatch', () => {
  it('tells of a file that is written, once', async () => {
    const { at, changed, changes } = await watch({ 'a.graphql': 'a' }, ['a.graphql']);
    const told = changed();
    // In one go: on a busy machine two looks fit between the moment in which a file is emptied and that in which it is written.
    writeFileSync(at('a.graphql'), 'b');
    await told;
    await pause(30);
    expect(changes()).toBe(1);
  });

  it('tells of a text of the same length and time', async () => {
    const { at, changed } = await watch({ 'a.graphql': 'a' }, ['a.graphql']);
    const told = changed();
    await writeFile(at('a.graphql'), 'b');
    await utimes(at('a.graphql'), 0, 0);
    await told;
    const again = changed();
    await writeFile(at('a.graphql'), 'c');
    await utimes(at('a.graphql'), 0, 0);
    await again;
  });

  it('tells of files that are replaced, added and removed, also in folders that come later', async () => {
    const { at, changed } = await watch({ 'a.graphql': 'a', 'b.txt': 'b' }, ['a.graphql', 'more*']);
    const steps = [
      () => rename(at('b.txt'), at('a.graphql')),
      async () => {
        await mkdir(at('more1'));
        await writeFile(at('more1/c.graphql'), 'c');
      },
      () => rm(at('more1'), { recursive: true }),
      () => rm(at('a.graphql')),
    ];
    for (const step of steps) {
      const told = changed();
      await step();
      await told;
    }
  });

  it('follows a link that comes to lead elsewhere, as a ConfigMap does', async () => {
    const { at, changed } = await watch({ 'one/a.graphql': 'a', 'two/a.graphql': 'b' }, ['data/*.graphql']);
    for (const folder of ['one', 'two']) {
      const told = changed();
      await symlink(folder, at('next'));
      await rename(at('next'), at('data'));
      await told;
    }
  });

  it('tells of no other file, and of nothing once it is closed', async () => {
    const folder = await writeFiles(cleanup, { 'a.graphql': 'a' });
    let changes = 0;
    const watching = new FileWatch({
      patterns: ['a.graphql'],
      folder,
      onChange: () => void changes++,
      intervalMs: 1,
    });
    await watching.start();
    await writeFile(join(folder, 'b.graphql'), 'b');
    await pause(30);
    watching.close();
    await writeFile(join(folder, 'a.graphql'), 'b');
    await pause(30);
    expect(changes).toBe(0);
  });
});
