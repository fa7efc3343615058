/** The recipes of the page on regions and of the files it names, as far as the gateway: each ends with a request that hits. */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { startChangingOrigin } from '../kit/changing-origin';
import { startChild } from '../kit/child';
import { cleanupAfterEach } from '../kit/cleanup';
import { startServing } from '../kit/lastmile';

const ROOT = join(__dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const regions = read('src/redis/README.md');

const cleanup = cleanupAfterEach();

interface Recipe {
  /** path in the folder where the gateway is started -> SDL */
  readonly files: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** the body of the request it ends with */
  readonly body: string;
}

/** The body of the last request in a text, as curl is given it. */
function bodyIn(text: string): string {
  const bodies = [...text.matchAll(/for i in 1 2; do curl .*? -d '(\{.*?\})'(?: *;|$)/gm)];
  return bodies.at(-1)![1]!;
}

function section(title: string): string {
  const start = regions.indexOf(`### ${title}`);
  return regions.slice(start, regions.indexOf('\n### ', start + 1));
}

const RECIPES: Readonly<Record<string, () => Recipe>> = {
  Fly: () => {
    const text = section('Three regions on Fly');
    const [, sdl, path] = /^echo '(.*)' > (\S+)$/m.exec(text)!;
    const [, env] = /^\[env\]\n((?: .*\n)+)/m.exec(read('fly.toml'))!;
    const variables = [...env!.matchAll(/^ *([A-Z_]+) = "(.*)"$/gm)].map(([, name, value]) => [
      name!,
      value!,
    ]);
    return {
      files: { [path!]: sdl! },
      env: Object.fromEntries(variables) as Record<string, string>,
      body: bodyIn(text),
    };
  },
  compose: () => {
    const text = read('test/deploy/compose.yaml');
    const { 'x-environment': env } = parse(text, { merge: true }) as {
      'x-environment': Record<string, string>;
    };
    // The image has what the operator has put into the folder.
    const files = {
      'schema/cache.graphql':
        'extend type Product @cacheControl(maxAge: 60)\nextend type Query { products: [Product!]! @cacheControl(maxAge: 60) }',
    };
    return { files, env: { SCHEMA: env['SCHEMA']! }, body: bodyIn(text.replaceAll(/^# {3}/gm, '')) };
  },
  Kubernetes: () => {
    const text = read('test/deploy/kubernetes.yaml');
    const maps = parseAllDocuments(text)
      .map((document) => document.toJS() as { kind: string; data: Record<string, string> })
      .filter(({ kind }) => kind === 'ConfigMap');
    const files = Object.fromEntries(
      Object.entries(maps[1]!.data).map(([name, sdl]) => [`mounted/${name}`, sdl]),
    );
    const schema = maps[0]!.data['SCHEMA']!.replace(/^\/schema/, 'mounted');
    return { files, env: { SCHEMA: schema }, body: bodyIn(text.replaceAll(/^# {3}/gm, '')) };
  },
  'plain machines': () => {
    const text = section('Plain machines');
    const [, schema] = /SCHEMA='\/etc\/(.*?)'/.exec(text)!;
    const files = { 'lastmile/cache.graphql': 'extend type Product @cacheControl(maxAge: 60)' };
    return { files, env: { SCHEMA: schema! }, body: bodyIn(text) };
  },
  'nothing but a folder': () => ({
    files: { 'schema/cache.graphql': 'extend type Product @cacheControl(maxAge: 60)' },
    env: {},
    body: JSON.stringify({ query: '{ product(id: 7) { name } }' }),
  }),
};

it.each(Object.keys(RECIPES))('%s: ends with a request that hits the second time', async (name) => {
  const { files, env, body } = RECIPES[name]!();
  const origin = cleanup.add(
    await startChangingOrigin(
      'type Product { id: ID! name: String! } type Query { product(id: ID!): Product products: [Product!]! }',
      {
        Query: {
          product: (_: unknown, { id }: { id: string }) => ({ id, name: 'Chair' }),
          products: () => [{ id: '7', name: 'Chair' }],
        },
      },
    ),
  );
  const folder = await cleanup.folder();
  for (const [path, sdl] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), sdl);
  }
  const gateway = cleanup.add(
    await startServing(
      { ...env, NODE_ENV: 'production', UPSTREAM_URL: origin.url, LOG_LEVEL: 'error' },
      { start: (options) => startChild({ ...options, cwd: folder }) },
    ),
  );
  const ask = () =>
    fetch(gateway.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const first = await ask();
  expect([first.status, first.headers.get('cache-status')]).toEqual([200, expect.stringMatching(/stored$/)]);
  expect((await ask()).headers.get('cache-status')).toMatch(/; hit/);
});
