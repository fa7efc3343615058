/** What the pages tell a reader to type is there, and is typed by a test, or it is said why not. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../../src/cli/commands';
import { readOptions as readOracle } from '../oracle/options';
import { readOptions as readWorld } from '../world/options';
import { allCommands, KINDS } from './commands';
import { ROOT } from './pages';

const commands = allCommands();
const texts = [...new Set(commands.map(({ text }) => text))];
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

it('finds the commands of the pages', () => {
  expect(commands).toContainEqual({ page: 'README.md', text: 'npm ci && npm start' });
  expect(commands).toContainEqual({
    page: 'src/http/admin/README.md',
    text: "lastmile cache off 'Checkout*'",
  });
  expect(texts.length).toBeGreaterThan(50);
});

it.each(texts)('is of one kind: %s', (text) => {
  expect(KINDS.filter(({ kind }) => kind.test(text)).map(({ kind }) => String(kind))).toHaveLength(1);
});

it.each(KINDS)(
  'is a kind that a page has, and that is run or cannot be: $kind',
  ({ kind, runBy, notRunnable }) => {
    expect(texts.some((text) => kind.test(text))).toBe(true);
    if (runBy === undefined) expect(notRunnable).toBeDefined();
    else expect(existsSync(join(ROOT, runBy))).toBe(true);
  },
);

it.each(texts.filter((text) => /\blastmile [a-z]/.test(text)))(
  'names a command and options there are: %s',
  (text) => {
    const [, name, rest = ''] = /\blastmile ([a-z]+)(.*)$/.exec(text)!;
    const command = COMMANDS.find((one) => one.name === name);
    expect(command).toBeDefined();
    for (const [option] of rest.matchAll(/--[a-z-]+/g)) expect(command!.usage).toContain(option);
  },
);

it.each(texts.filter((text) => /\bnpm run /.test(text)))('names a script there is: %s', (text) => {
  for (const [, name] of text.matchAll(/\bnpm run (?:-s )?([\w-]+)/g)) expect(scripts).toHaveProperty(name!);
});

it.each(texts.filter((text) => /\b(?:test|src)\/[\w./-]+/.test(text)))(
  'names files there are: %s',
  (text) => {
    for (const [path] of text.matchAll(/\b(?:test|src)\/[\w./-]+/g))
      expect(existsSync(join(ROOT, path)) || existsSync(join(ROOT, `${path}.test.ts`))).toBe(true);
  },
);

it.each(texts.filter((text) => /^npm run (?:world|oracle) -- (?!--help)/.test(text)))(
  'takes these options: %s',
  (text) => {
    const [, program, rest = ''] = /^npm run (world|oracle) -- (.*)$/.exec(text)!;
    const args = [...rest.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
    expect(() => (program === 'world' ? readWorld(args) : readOracle(args))).not.toThrow();
  },
);
