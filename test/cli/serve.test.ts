import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { cleanupAfterEach } from '../kit/cleanup';
import { runCommand } from '../kit/command';
import { startChild, typescriptArgs } from '../kit/child';
import { runProcess } from '../kit/lastmile';
import { ended } from '../kit/until';

const cleanup = cleanupAfterEach();

describe('lastmile serve', () => {
  it.each([
    [['--upstream', 'nowhere'], 'UPSTREAM_URL'],
    [['--redis', 'nowhere'], 'REDIS_URL'],
    [['--port', 'many'], 'PORT'],
    [['--default-max-age', 'soon'], 'DEFAULT_MAX_AGE'],
  ])('takes an option for its variable: %j', async (options, variable) => {
    const { status, errors } = await runCommand(['serve', ...options]);
    expect([status, errors]).toEqual([2, expect.stringContaining(variable)]);
  });

  it('puts an option before its variable', async () => {
    const { errors } = await runCommand(['serve', '--port', 'many'], { PORT: 'none' });
    expect(errors).toMatch(/"many" is not/);
  });

  it('refuses what is no option of it, and says where they stand', async () => {
    for (const args of [['--ports', '1'], ['now']]) {
      const { status, errors } = await runCommand(['serve', ...args]);
      expect([status, errors]).toEqual([2, expect.stringContaining('See lastmile serve --help')]);
    }
  });

  it('is meant by options alone', async () => {
    const { status, errors } = await runProcess(['--port', 'many']);
    expect([status, errors]).toEqual([2, expect.stringContaining('PORT')]);
  });

  it.each([
    [[], true],
    [['--config', 'lastmile.config.json'], false],
  ])('says of a file of settings beside it whether it is not read: %j', async (options, isSaid) => {
    const cwd = cleanup.folder();
    await writeFile(join(cwd, 'lastmile.config.json'), '{}');
    const taken = createServer().listen(0, '127.0.0.1');
    cleanup.later(() => void taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    // It ends by itself where its port is taken.
    const env = { HOST: '127.0.0.1', PORT: String(port), ADMIN_PORT: '0' };
    const { output } = await runProcess(['serve', ...options], env, { cwd });
    expect(output.includes('lastmile.config.json is here, and is not read')).toBe(isSaid);
  });

  it('ends with npx, which ends a shell and not what that has started', async () => {
    const { PATH, HOME } = process.env;
    const npx = { PATH, HOME, npm_lifecycle_event: 'npx', HOST: '127.0.0.1', PORT: '0', ADMIN_PORT: '0' };
    const script = [process.execPath, ...typescriptArgs(join(__dirname, '../../src/main.ts')), 'serve'];
    const shell = cleanup.add(
      // With something to do after it, a shell does not become its command.
      startChild({ name: 'npx', program: 'sh', args: ['-c', '"$@"; true', 'sh', ...script], env: npx }),
    );
    await shell.printed(/"serving GraphQL/);
    shell.process.kill('SIGTERM');
    // Whoever still holds its output is still there.
    await ended('the gateway', shell.exited);
    expect(shell.lines.at(-1)).toContain('"stopping"');
  });
});
