import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

const ROOT = join(__dirname, '../../src');

/**
 * What each folder, and each file beside them, may import: of those before it in this list only, so that imports point
 * one way.
 */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  report: [],
  config: [],
  clients: [],
  purge: ['report'],
  cache: ['purge', 'report'],
  compress: ['cache'],
  policy: ['purge', 'report'],
  answer: ['policy', 'purge'],
  operation: ['answer', 'cache', 'policy'],
  session: ['config', 'operation'],
  persisted: ['config', 'report'],
  upstream: ['policy', 'report'],
  engine: ['answer', 'operation', 'policy', 'purge', 'upstream'],
  journey: [
    'answer',
    'cache',
    'compress',
    'engine',
    'operation',
    'persisted',
    'policy',
    'purge',
    'report',
    'session',
    'upstream',
  ],
  'gateway.ts': ['cache', 'engine', 'journey', 'operation', 'session'],
  http: ['config', 'journey', 'policy', 'purge', 'report'],
  redis: ['config', 'purge', 'report'],
  example: ['policy'],
  explain: ['answer', 'config', 'example', 'journey', 'operation', 'policy', 'purge', 'report', 'upstream'],
  suggest: ['answer', 'explain', 'journey', 'operation', 'policy', 'purge'],
  plugin: ['answer', 'cache', 'engine', 'journey', 'operation', 'policy', 'purge', 'report', 'upstream'],
  'index.ts': ['journey', 'plugin', 'policy', 'report'],
  assembly: ['config', 'example', 'explain', 'journey', 'policy', 'purge', 'report', 'suggest', 'upstream'],
  'assemble.ts': [
    'assembly',
    'cache',
    'compress',
    'config',
    'engine',
    'explain',
    'gateway.ts',
    'journey',
    'operation',
    'persisted',
    'policy',
    'purge',
    'report',
    'session',
    'upstream',
  ],
  'serve.ts': ['assemble.ts', 'assembly', 'config', 'http', 'journey', 'report'],
  workers: ['assemble.ts', 'config', 'http', 'report', 'serve.ts'],
  commands: ['config', 'explain', 'policy', 'redis', 'report', 'serve.ts', 'suggest', 'upstream', 'workers'],
  'main.ts': ['commands', 'config'],
};

/** The folder of `src` that a file is in; of a file in `src` itself its name. */
const layerOf = (file: string): string => relative(ROOT, file).split(sep)[0]!;

/** What each layer imports -> one of the imports that do. */
function readImports(): Map<string, Map<string, string>> {
  const imports = new Map<string, Map<string, string>>();
  for (const entry of readdirSync(ROOT, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith('.ts')) continue;
    const file = join(entry.parentPath, entry.name);
    const from = layerOf(file);
    const known = imports.get(from) ?? new Map<string, string>();
    imports.set(from, known);
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from|import|require)[ (]+'(\.[^']*)'/g)) {
      const to = layerOf(`${join(dirname(file), path!)}.ts`);
      if (to !== from) known.set(to, `${relative(ROOT, file)} imports ${path}`);
    }
  }
  return imports;
}

describe('imports point one way', () => {
  const imports = readImports();

  it('in the list itself', () => {
    const names = Object.keys(LAYERS);
    for (const [name, below] of Object.entries(LAYERS)) {
      for (const one of below)
        expect({ name, one, at: names.indexOf(one) < names.indexOf(name) }).toMatchObject({ at: true });
    }
  });

  it('for every folder, which is in the list', () => {
    const forbidden = [...imports].flatMap(([from, known]) =>
      [...known].flatMap(([to, example]) =>
        LAYERS[from]?.includes(to) ? [] : [`${example}: ${from} may not know ${to}`],
      ),
    );
    expect(forbidden).toEqual([]);
    expect([...imports.keys()].sort()).toEqual(Object.keys(LAYERS).sort());
  });
});
