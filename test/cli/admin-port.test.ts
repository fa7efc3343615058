import { readCacheOptions } from '../../src/cli/cache';
import { readPurgeOptions } from '../../src/cli/purge';

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
