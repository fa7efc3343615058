import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSettings } from '../../src/cli/settings';
import { ConfigError } from '../../src/config/problem';
import { cleanupAfterEach } from '../kit/cleanup';
import { runCommand } from '../kit/command';
import { runProcess } from '../kit/lastmile';

const cleanup = cleanupAfterEach();

async function fileWith(name: string, text: string): Promise<string> {
  const file = join(cleanup.folder('settings'), name);
  await writeFile(file, text);
  return file;
}

const TYPED = `import { defineConfig } from 'lastmile-gateway';
const host: string = 'api.example.com';
export default defineConfig({ UPSTREAM_URL: \`https://\${host}/graphql\`, SCHEMA: ['a.graphql', 'b.graphql'], PORT: 4100,
  GRAPHIQL: false, MEMORY_CACHE_BYTES: '8MiB', UPSTREAM_HEADERS: { 'x-key': 'k' }, SCHEMA_HEADERS: { authorization: 's' }, VARY: undefined });`;

describe('the settings of a gateway', () => {
  it.each([
    ['settings.ts', TYPED],
    ['settings.mts', TYPED],
    [
      'settings.mjs',
      `export default { UPSTREAM_URL: 'https://api.example.com/graphql', SCHEMA: 'a.graphql,b.graphql', PORT: '4100', GRAPHIQL: '0', MEMORY_CACHE_BYTES: ${8 * 2 ** 20}, UPSTREAM_HEADERS: 'x-key: k', SCHEMA_HEADERS: 'authorization: s' };`,
    ],
    [
      'settings.json',
      `{"UPSTREAM_URL":"https://api.example.com/graphql","SCHEMA":["a.graphql","b.graphql"],"PORT":4100,"GRAPHIQL":false,"MEMORY_CACHE_BYTES":"8MiB","UPSTREAM_HEADERS":{"x-key":"k"},"SCHEMA_HEADERS":{"authorization":"s"}}`,
    ],
  ])('may stand in %s', async (name, text) => {
    const config = await readSettings({ config: await fileWith(name, text) }, {});
    expect(config).toMatchObject({
      upstream: {
        url: 'https://api.example.com/graphql',
        schema: ['a.graphql', 'b.graphql'],
        headers: { 'x-key': 'k' },
        schemaHeaders: { authorization: 's' },
      },
      http: { port: 4100, graphiql: false },
      limits: { memoryCacheBytes: 8 * 2 ** 20 },
      policy: { vary: [] },
    });
  });

  it('are those of an option before the environment, and of that before the file', async () => {
    const config = await fileWith('a.json', '{"PORT":1,"ADMIN_PORT":2,"MAX_DEPTH":3}');
    const env = { PORT: '11', ADMIN_PORT: '12', MAX_DEPTH: '' };
    expect(await readSettings({ config, port: '111' }, env)).toMatchObject({
      http: { port: 111 },
      admin: { port: 12 },
      limits: { maxDepth: 3 },
    });
  });

  it.each([
    [
      '{"UPSTREAM":"http://a","POTR":1,"PORT":{},"nothingLikeIt":1}',
      [
        ['UPSTREAM', /did you mean UPSTREAM_URL\?/],
        ['POTR', /no such setting\./],
        ['PORT', /of a type that no setting has/],
        ['nothingLikeIt', /no such setting\./],
      ],
    ],
    ['[]', [['--config', /does not hold an object/]]],
    ['{', [['--config', /cannot be read/]]],
  ] as const)('are refused, all at once, where the file says %s', async (text, wanted) => {
    const problem = await readSettings({ config: await fileWith('a.json', text) }, {}).catch(
      (error: unknown) => error,
    );
    expect(problem).toBeInstanceOf(ConfigError);
    const { problems } = problem as ConfigError;
    expect(problems.map(({ variable }) => variable)).toEqual(wanted.map(([variable]) => variable));
    for (const [at, [, pattern]] of wanted.entries()) expect(problems[at]!.problem).toMatch(pattern);
  });

  it('are refused by every command with 2, where the file is not there', async () => {
    for (const args of [
      ['check'],
      ['explain', '{ a }'],
      ['documents', 'a'],
      ['suggest', 'a'],
      ['doctor'],
      ['serve'],
    ]) {
      const { status, errors } = await runCommand([...args, '--config', '/nowhere/a.ts']);
      expect([args[0], status, errors]).toEqual([
        args[0],
        2,
        expect.stringMatching(/--config\n.*cannot be read/),
      ]);
    }
  });

  it.each([['check'], ['explain', '{ a }'], ['documents', 'a'], ['suggest', 'a']])(
    'may be given to %s as options',
    async (...args) => {
      const { status, errors } = await runCommand([
        ...args,
        '--upstream',
        'nowhere',
        '--default-max-age',
        'soon',
      ]);
      expect(status).toBe(2);
      expect(errors).toMatch(/UPSTREAM_URL\n/);
      expect(errors).toMatch(/DEFAULT_MAX_AGE\n/);
    },
  );

  it('may stand in .env where a command is started, and the environment goes before it', async () => {
    const cwd = cleanup.folder('settings');
    await writeFile(join(cwd, '.env'), '# a comment\nPORT="many"\nADMIN_PORT=none\n');
    const { status, errors } = await runProcess(['serve'], { ADMIN_PORT: 'few' }, { cwd });
    expect(status).toBe(2);
    expect(errors).toMatch(/"many" is not/);
    expect(errors).toMatch(/"few" is not/);
  });

  it('are refused in .env where a name is nearly one, with all else, and warned of elsewhere', async () => {
    const cwd = cleanup.folder('settings');
    await writeFile(join(cwd, '.env'), 'SESION=cookie:a\nJWKS_URI=http://a\nJWKS_URL=\nPGPASSWORD=a\n');
    await writeFile(join(cwd, 'a.json'), '{"POTR":1,"MAX_DEPTH":"deep"}');
    const args = ['check', '--config', 'a.json', '--upstream', 'nowhere'];
    const { status, errors } = await runProcess(args, { REDIS_URI: 'x' }, { cwd });
    expect(status).toBe(2);
    expect([...errors.matchAll(/^ {2}(\S+)$/gm)].map(([, variable]) => variable)).toEqual([
      'POTR',
      'SESION',
      'MAX_DEPTH',
      'UPSTREAM_URL',
      'REDIS_URI',
    ]);
    expect(errors).toContain('did you mean SESSION? It stands in .env.');
  });
});
