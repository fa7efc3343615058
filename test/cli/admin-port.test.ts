import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { complaint, readWithFile } from '../../src/cli/admin-port';
import { readCacheOptions } from '../../src/cli/cache';
import { readPurgeOptions } from '../../src/cli/purge';
import { cleanupAfterEach } from '../kit/cleanup';

const cleanup = cleanupAfterEach();

const SYD = ['--region', 'syd=http://10.0.0.7:4001'];
const IAD = ['--region', 'iad=http://10.0.0.8:4001'];

describe('the gateway that a command asks', () => {
  it.each<[string, string[], NodeJS.ProcessEnv, string]>([
    ['that of this machine', [], {}, 'http://127.0.0.1:4001'],
    ['at its port', [], { ADMIN_PORT: '5001' }, 'http://127.0.0.1:5001'],
    ['that of the first region named', [...SYD, ...IAD], { ADMIN_PORT: '5001' }, 'http://10.0.0.7:4001'],
    ['that of --url', [...SYD, '--url', 'http://10.0.0.9:4001'], {}, 'http://10.0.0.9:4001'],
    [
      'this machine, where the environment names regions',
      [],
      { REGION_URLS: 'syd=http://10.0.0.7:4001' },
      'http://127.0.0.1:4001',
    ],
  ])('is %s', (_, args, env, url) => {
    expect(readCacheOptions(['off', ...args], env)).toMatchObject({ url });
    expect(readPurgeOptions(['Product:1', ...args], env)).toMatchObject({ url });
  });
});

describe('an answer that is not to be understood', () => {
  it.each([
    [404, /does not know that.*earlier version.*--url.*upgrade/],
    [502, /status 502, and not as a gateway.*--url/],
  ])('with status %i is complained of with its likely causes', (status, sentence) =>
    expect(
      complaint('http://127.0.0.1:4001', { status, json: undefined, problem: undefined, at: 0 }),
    ).toMatch(sentence),
  );
});

describe('a file of settings', () => {
  const fileOf = async (settings: object): Promise<string> => {
    const path = join(cleanup.folder(), 'lastmile.config.json');
    await writeFile(path, JSON.stringify(settings));
    return path;
  };
  const read = async (settings: object, env: NodeJS.ProcessEnv) =>
    readWithFile(['off', '--config', await fileOf(settings)], env, readCacheOptions);

  it('says where the gateway is, and the token', async () =>
    expect(await read({ ADMIN_PORT: 5001, ADMIN_TOKEN: 'file' }, {})).toMatchObject({
      url: 'http://127.0.0.1:5001',
      token: 'file',
    }));

  it('stands behind the environment, but for what that leaves empty', async () =>
    expect(
      await read({ ADMIN_PORT: 5001, ADMIN_TOKEN: 'file' }, { ADMIN_PORT: '', ADMIN_TOKEN: 'environment' }),
    ).toMatchObject({ url: 'http://127.0.0.1:5001', token: 'environment' }));

  it('is complained of where it cannot be understood', async () =>
    expect(await read({ ADMIN_PORTS: 5001 }, {})).toMatch(/ADMIN_PORTS/));
});
