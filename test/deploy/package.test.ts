/** The package as it would be published: packed from a clean clone, and used from a project of its own. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startChild } from '../kit/child';
import { Cleanup } from '../kit/cleanup';
import { ended } from '../kit/until';

const ROOT = join(__dirname, '..', '..');
const run = promisify(execFile);

const cleanup = new Cleanup();
afterAll(() => cleanup.run());

/** A clean clone of the project. */
let clone: string;
/** Where the package is unpacked, as an install would do it. */
let installed: string;
/** The project that uses it. */
let project: string;
let tarball: string;
let files: string[];

beforeAll(async () => {
  const folder = cleanup.folder('package');
  clone = join(folder, 'clone');
  await run('git', ['clone', '--quiet', ROOT, clone]);
  await symlink(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: clone,
    maxBuffer: 2 ** 24,
  });
  const [packed] = JSON.parse(stdout.slice(stdout.search(/^\[/m))) as [
    { filename: string; files: { path: string }[] },
  ];
  files = packed.files.map(({ path }) => path);
  tarball = join(folder, packed.filename);
  // Inside the clone, so that its dependencies are found.
  project = join(clone, 'project');
  installed = join(project, 'node_modules', 'lastmile-gateway');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
});

interface Manifest {
  readonly bin: Record<string, string>;
  readonly main: string;
  readonly exports: Record<string, { types: string; default: string }>;
}

it('holds what its manifest names, and the pages', () => {
  const { bin, main, exports } = JSON.parse(
    readFileSync(join(installed, 'package.json'), 'utf8'),
  ) as Manifest;
  const named = [main, ...Object.values(bin), ...Object.values(exports).flatMap(Object.values<string>)];
  expect(named.filter((path) => !existsSync(join(installed, path)))).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining([
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'SECURITY.md',
      'schema/query.graphql',
      'schema/README.md',
      'src/README.md',
      'src/purge/PROTOCOL.md',
      'src/http/admin/README.md',
      'test/README.md',
      ...['graphiql.js', 'graphiql.css', 'graphql.worker.js', 'strip.js'].map(
        (name) => `dist/graphiql/files/${name}.gz`,
      ),
    ]),
  );
});

it('holds nothing of the tests, and no source twice', () => {
  expect(
    files.filter(
      (path) =>
        !/^(?:dist\/.+\.(?:js|js\.map|d\.ts)|dist\/dashboard\/page\/.+\.(?:html|css)|dist\/graphiql\/files\/.+\.gz|schema\/.+\.graphql|src\/observe\/[\w-]+\.(?:json|yml)|fly\.toml|(?:src\/.+\/|schema\/|src\/|test\/)?[A-Z]+\.md|LICENSE|package\.json)$/.test(
          path,
        ),
    ),
  ).toEqual([]);
});

it('has the sources in its source maps', () => {
  const maps = files.filter((path) => path.endsWith('.map'));
  expect(maps).toContain('dist/main.js.map');
  const empty = maps.filter((path) => {
    const { sources, sourcesContent } = JSON.parse(readFileSync(join(installed, path), 'utf8')) as {
      sources: string[];
      sourcesContent?: (string | null)[];
    };
    return sources.some((_, index) => !sourcesContent?.[index]);
  });
  expect(empty).toEqual([]);
});

it('answers a command, and is found by require and by import', async () => {
  const { stdout } = await run(process.execPath, [join(installed, 'dist/main.js'), '--version'], {
    cwd: project,
  });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  await writeFile(
    join(project, 'a.mjs'),
    `import { useLastmile } from 'lastmile-gateway'; import { lastmileLink } from 'lastmile-gateway/apollo';
import { lastmileExchange } from 'lastmile-gateway/urql'; console.log(typeof useLastmile, typeof lastmileLink, typeof lastmileExchange);`,
  );
  await writeFile(
    join(project, 'b.cjs'),
    `console.log(['', '/apollo', '/urql'].map((path) => Object.keys(require('lastmile-gateway' + path)).length > 0).join());`,
  );
  expect((await run(process.execPath, ['a.mjs'], { cwd: project })).stdout).toBe(
    'function function function\n',
  );
  expect((await run(process.execPath, ['b.cjs'], { cwd: project })).stdout).toBe('true,true,true\n');
});

it('ends its gateway where `npm start` is told to end', async () => {
  // It was built when it was packed.
  await run('npm', ['pkg', 'set', 'scripts.build=true'], { cwd: clone });
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, HOST: '127.0.0.1', PORT: '0', ADMIN_PORT: '0' };
  const npm = cleanup.add(
    startChild({ name: 'npm start', program: 'npm', args: ['start'], cwd: clone, env }),
  );
  await npm.printed(/"serving GraphQL/);
  npm.process.kill('SIGTERM');
  // Whoever still holds its output is still there.
  await ended('npm start', npm.exited).catch((error: unknown) => {
    process.kill(-npm.pid, 'SIGKILL');
    throw error;
  });
  expect(npm.lines.at(-1)).toContain('"stopping"');
});

it('installs on Node 20 without warnings: overrides do not travel with a package', () => {
  const { overrides } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    overrides: Record<string, string>;
  };
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<
      string,
      { dev?: boolean; dependencies?: Record<string, string>; engines?: { node?: string } }
    >;
  };
  const shipped = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
  expect(shipped.length).toBeGreaterThan(50);
  // Of 0.0.6 and of 1.3.2 no other major or, below 1, no other version will do.
  const series = (version: string) =>
    version
      .replace('^', '')
      .split('.')
      .slice(0, version.includes('0.0.') ? 3 : 1)
      .join('.');
  const beyond = shipped.flatMap(([path, { dependencies = {} }]) =>
    Object.entries(dependencies)
      .filter(([name, range]) => overrides[name] && series(range) !== series(overrides[name]))
      .map(([name, range]) => `${path}: ${name} ${range}`),
  );
  expect(beyond).toEqual([]);
  const newer = shipped.filter(([, { engines }]) => /^>= ?2[2-9]/.test(engines?.node ?? ''));
  expect(newer.map(([path]) => path)).toEqual([]);
});

it('has no fault that publint or arethetypeswrong knows of', async () => {
  const bin = (name: string) => join(ROOT, 'node_modules', '.bin', name);
  // Either ends with 1 where it finds one, and run rejects with what it printed.
  await run(bin('publint'), ['--strict', tarball]);
  await run(bin('attw'), ['--profile', 'node16', tarball]);
});

it('has types without faults of their own, for modules of both kinds', async () => {
  const use = `import { createRegionalCache, DIRECTIVES_SDL, openRegion, REASONS, useLastmile } from 'lastmile-gateway';
import { lastmileLink } from 'lastmile-gateway/apollo';
import { lastmileExchange } from 'lastmile-gateway/urql';
const region = openRegion({ redisUrl: 'redis://127.0.0.1:6379' });
export const all = [useLastmile<{ user?: { id: string } }>({ region, session: ({ user }) => user?.id }), createRegionalCache({ region }),
  DIRECTIVES_SDL, REASONS, lastmileLink(), lastmileExchange()];
`;
  await writeFile(join(project, 'use.mts'), use);
  await writeFile(join(project, 'use.cts'), use);
  await writeFile(
    join(project, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        module: 'node20',
        target: 'es2024',
        lib: ['es2024', 'dom', 'esnext.disposable'],
        types: ['node'],
        strict: true,
        skipLibCheck: false,
        exactOptionalPropertyTypes: true,
        noEmit: true,
      },
      files: ['use.mts', 'use.cts'],
    }),
  );
  const output = await run(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', project, '--pretty', 'false'], {
    cwd: project,
  }).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
  // What the types of its dependencies lack is not in its hands.
  const lines = output.split('\n').filter((line) => /^\S/.test(line));
  expect(lines.filter((line) => !/^\S*node_modules\/(?!lastmile-gateway)/.test(line))).toEqual([]);
});
