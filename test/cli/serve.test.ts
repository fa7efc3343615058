import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { cleanupAfterEach } from '../kit/cleanup';
import { runCommand } from '../kit/command';
import { runProcess } from '../kit/lastmile';

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
});
