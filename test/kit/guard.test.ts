import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { Child, isAlive } from './child';
import { cleanupAfterEach } from './cleanup';
import { PATIENCE, until } from './until';

const cleanup = cleanupAfterEach();

/** Starts a process that has a child, one that is stopped, and one that is guarded only afterwards; and makes a folder. */
const PARENT = `
  const { spawn } = require('node:child_process');
  const { writeFileSync } = require('node:fs');
  const { Child } = require(${JSON.stringify(require.resolve('./child'))});
  const { temporaryFolder } = require(${JSON.stringify(require.resolve('./folder'))});
  const { watch } = require(${JSON.stringify(require.resolve('./guard'))});
  const start = (program, ...args) => new Child({ name: program, program, args });
  (async () => {
    const [kept, removed] = ['a', 'b'].map((name) => temporaryFolder(name));
    writeFileSync(kept.path + '/file', '');
    await removed.remove();
    const stopped = start('sleep', '60');
    await stopped.stop();
    const shell = start('sh', '-c', 'sleep 60 & echo $!; wait');
    const grandchild = Number(await shell.printed(/\\d/));
    const late = spawn('sleep', ['60'], { stdio: 'ignore' });
    watch(late.pid);
    const released = spawn('sleep', ['60'], { stdio: 'ignore' });
    watch(released.pid)();
    process.send({ guarded: [shell.pid, grandchild, late.pid], stopped: stopped.pid, released: released.pid });
  })();
`;

interface Started {
  readonly guarded: readonly number[];
  readonly stopped: number;
  readonly released: number;
}

function startParent(script: string, folder = cleanup.folder('guard')): Child {
  const parent = new Child({
    name: 'a parent',
    program: process.execPath,
    args: ['--require', require.resolve('./typescript-hook.cjs'), '-e', script],
    env: { ...process.env, TMPDIR: folder },
    talks: true,
  });
  return cleanup.add(parent);
}

describe('the guard', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('leaves nothing behind after %s', async (signal) => {
    const folder = cleanup.folder('guard');
    const parent = startParent(PARENT, folder);
    const { guarded, stopped, released } = await parent.message<Started>();
    cleanup.later(() => process.kill(released, 'SIGKILL'));
    expect(guarded.map(isAlive)).toEqual([true, true, true]);
    expect(isAlive(stopped)).toBe(false);
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^lastmile-a-/)]);
    parent.process.kill(signal);
    await once(parent.process, 'exit');
    await until('nothing is left', () => !guarded.some(isAlive));
    await until('its folder is gone', async () => (await readdir(folder)).length === 0);
    expect(isAlive(released)).toBe(true);
  });
});

/** Says which processes it has, with a child and after that has ended. */
const DISMISSING = `
  const { readFileSync } = require('node:fs');
  const { Child } = require(${JSON.stringify(require.resolve('./child'))});
  const own = () => readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8').split(' ').filter(Boolean).length;
  (async () => {
    const child = new Child({ name: 'sleep', program: 'sleep', args: ['60'] });
    const during = own();
    await child.kill();
    while (own() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    process.send({ during, after: own() });
  })();
`;

it('has no guard any more when nothing is left to guard', async () => {
  expect(await startParent(DISMISSING).message(undefined, PATIENCE)).toEqual({ during: 2, after: 0 });
});

describe('a child', () => {
  const sleeping = (script: string) =>
    cleanup.add(new Child({ name: 'a shell', program: 'sh', args: ['-c', script] }));

  it('says what it printed when it ends before it has printed what was awaited', async () => {
    const child = sleeping('echo one; echo two >&2; exit 3');
    await expect(child.printed(/three/)).rejects.toThrow(/^a shell ended:\n(one\ntwo|two\none)$/);
    expect(child.isLost).toBe(true);
  });

  it('says so when there is no such program', async () => {
    const child = cleanup.add(new Child({ name: 'it', program: '/no/such/program', args: [] }));
    await expect(child.printed(/./)).resolves.toMatch(/program.*not found/);
    await child.exited;
    expect(child.running).toBe(false);
  });

  it('ends with its own children when it is killed, and when it does not heed SIGTERM', async () => {
    for (const end of [(child: Child) => child.kill(), (child: Child) => child.stop(50)]) {
      const child = sleeping(`trap '' TERM; sh -c "trap '' TERM; sleep 60" & echo $!; wait; wait`);
      const own = Number(await child.printed(/\d/));
      await end(child);
      await until('both are gone', () => !isAlive(own) && !isAlive(child.pid));
      expect(child.isLost).toBe(false);
    }
  });
});
