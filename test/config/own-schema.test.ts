import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOfFolder, EXAMPLE_DIGEST } from '../../src/config/own-schema';
import { readConfig } from '../../src/config/read-config';
import { cleanupAfterEach } from '../kit/cleanup';

const ROOT = join(__dirname, '..', '..');
const UPSTREAM = { UPSTREAM_URL: 'http://127.0.0.1:1/graphql' };

const cleanup = cleanupAfterEach();

async function folderWith(sdl: string | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lastmile-own-schema-'));
  cleanup.later(() => rm(folder, { recursive: true }));
  if (sdl === undefined) return folder;
  await mkdir(join(folder, 'schema'));
  await writeFile(join(folder, 'schema', 'cache.graphql'), sdl);
  return folder;
}

async function folderOfExample(): Promise<string> {
  const folder = await folderWith(undefined);
  await cp(join(ROOT, 'schema'), join(folder, 'schema'), { recursive: true });
  return folder;
}

it('knows the example by its files: whoever changes them writes down their digest here', () => {
  expect(digestOfFolder(join(ROOT, 'schema'))).toBe(EXAMPLE_DIGEST);
});

describe('SDL in the folder `schema` where the gateway is started', () => {
  const OWN = 'extend type Product @cacheControl(maxAge: 60)';

  it('is taken in front of an API, where SCHEMA says nothing', async () => {
    const folder = await folderWith(OWN);
    expect(readConfig(UPSTREAM, folder).upstream.schema).toEqual(['schema/*.graphql']);
    expect(readConfig({ ...UPSTREAM, SCHEMA: 'a.graphql' }, folder).upstream.schema).toEqual(['a.graphql']);
    expect(readConfig({}, folder).upstream.schema).toBeUndefined();
    expect(readConfig(UPSTREAM, await folderWith(undefined)).upstream.schema).toBeUndefined();
  });

  it('is not taken where it is the example, which is no schema of anyone', async () => {
    const folder = await folderOfExample();
    const { upstream, warnings } = readConfig(UPSTREAM, folder);
    expect([upstream.schema, warnings]).toEqual([undefined, []]);
    await writeFile(join(folder, 'schema', 'cache.graphql'), OWN);
    expect(readConfig(UPSTREAM, folder).upstream.schema).toEqual(['schema/*.graphql']);
  });

  it.each(['schema', './schema', 'schema/', 'schema/*.graphql'])(
    'warns where SCHEMA names the example in front of an API: %s',
    async (pattern) => {
      const { warnings } = readConfig({ ...UPSTREAM, SCHEMA: pattern }, await folderOfExample());
      expect(warnings).toEqual([expect.objectContaining({ variable: 'SCHEMA' })]);
      expect(readConfig({ ...UPSTREAM, SCHEMA: pattern }, await folderWith(OWN)).warnings).toEqual([]);
    },
  );
});
