import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS } from '../../src/report/error';
import { readConfig } from '../../src/config/read-config';
import { VARIABLES } from '../../src/config/variables';
import { starterFiles } from '../../src/init/files';
import { CLUSTER_COMMANDS, GRANTS, type Role } from '../../src/redis/acl';
import { readRedisSettings } from '../../src/redis/read-settings';
import { REDIS_VARIABLES } from '../../src/redis/variables';

const ROOT = join(__dirname, '..', '..');

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

const compose = read('test/deploy/compose.yaml');
const fly = read('fly.toml');
const dockerfile = read('Dockerfile');
const regions = read('src/redis/README.md');
const text = regions.slice(regions.indexOf('## Deploying'), regions.indexOf('## Variables of'));

/** As init writes it. */
function starterFile(path: string): string {
  const upstream = 'http://127.0.0.1/graphql';
  const files = starterFiles({
    upstream,
    session: undefined,
    app: 'app',
    region: 'iad',
    wantsContainers: true,
  });
  return files.find((file) => file.path === path)!.text;
}

function isVariable(name: string): boolean {
  return Object.hasOwn(VARIABLES, name) || Object.hasOwn(REDIS_VARIABLES, name);
}

it('P59 documents exactly the rights that lastmile redis gives', () => {
  const rows = (['region', 'primary'] as const satisfies Role[]).flatMap((role) =>
    GRANTS[role].map(({ account, keys, commands }) => {
      const rights = commands.map((command) => `+${command.replace('|', String.raw`\|`)}`).join(' ');
      return `| ${role} | ${account} | ${keys.length > 0 ? `\`${keys.join(' ')}\`` : 'none'} | \`${rights}\` |`;
    }),
  );
  const documented = text.split('\n').filter((line) => /^\| (region|primary) \|/.test(line));
  expect(documented).toEqual(rows);
  for (const command of CLUSTER_COMMANDS)
    expect(text).toMatch(new RegExp(`cluster mode[^.]* needs \`\\+${command}\``));
});

it('builds on one image by its digest, and has init do the same', () => {
  const pinned = /\bnode:24[\w.-]*@sha256:[0-9a-f]{64}/g;
  const [image, ...others] = dockerfile.match(pinned) ?? [];
  expect(others).toEqual([]);
  expect(dockerfile.match(/^FROM .*/gm)).toEqual(['FROM ${NODE_IMAGE} AS build', 'FROM ${NODE_IMAGE}']);
  expect(starterFile('Dockerfile').match(/^FROM .*/gm)).toEqual([`FROM ${image}`]);
});

it.each([
  ['test/deploy/compose.yaml', compose],
  ['init', starterFile('compose.yaml')],
])('lets the containers of %s write to /data alone, without capabilities', (_, file) => {
  expect(file).toContain('read_only: true');
  expect(file).toMatch(/tmpfs: \['\/data:/);
  expect(file).toContain('cap_drop: [ALL]');
  expect(file).toContain("security_opt: ['no-new-privileges:true']");
});

it('sets variables that there are', () => {
  const inCompose = [...compose.matchAll(/\b([A-Z][A-Z0-9_]{3,}):/g)].map(([, name]) => name!);
  const inText = [...text.matchAll(/\b([A-Z]+_[A-Z_]+)\b/g)].map(([, name]) => name!);
  const inFly = [...fly.matchAll(/^\s+([A-Z][A-Z0-9_]+) = /gm)].map(([, name]) => name!);
  const inImage = [...dockerfile.matchAll(/^ENV .*$/gm)].flatMap(([line]) =>
    [...line.matchAll(/([A-Z_]+)=/g)].map(([, name]) => name!),
  );
  expect(inCompose.length).toBeGreaterThan(4);
  const all = [...inCompose, ...inText, ...inFly, ...inImage].filter(
    (name) => name !== 'NODE_ENV' && !(name in ERRORS),
  );
  expect(all.filter((name) => !isVariable(name))).toEqual([]);
});

it('agrees with the defaults on ports, and gives a gateway the time it takes to drain', () => {
  const { http, admin } = readConfig({});
  const { primaryPort, drainMs } = readRedisSettings({ REDIS_PASSWORD: 'sixteen characters' });
  expect(fly).toContain(`internal_port = ${http.port}`);
  expect([...fly.matchAll(/^\s*port = (\d+)/gm)].map(([, port]) => Number(port))).toEqual([
    admin.port,
    admin.port,
  ]);
  expect(dockerfile).toContain(`EXPOSE ${http.port} ${admin.port} ${primaryPort}`);
  const [, flySeconds] = /kill_timeout = (\d+)/.exec(fly)!;
  const [, composeSeconds] = /stop_grace_period: (\d+)s/.exec(compose)!;
  for (const seconds of [flySeconds, composeSeconds]) expect(Number(seconds) * 1000).toBeGreaterThan(drainMs);
});

it('copies into the image what the build and the example need, and lets nothing else near it', () => {
  const ignored = read('.dockerignore').split('\n');
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths]) =>
    paths!.split(' '),
  );
  expect(ignored[0]).toBe('*');
  expect(ignored.slice(1).filter(Boolean).sort()).toEqual(
    [...new Set(copied)].map((path) => `!${path}`).sort(),
  );
});
