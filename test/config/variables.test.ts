import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VARIABLE_NAMES, VARIABLE_ROWS, VARIABLES } from '../../src/config/variables';
import { VERSION } from '../../src/config/version';

it('has a default that its own reader takes, for every variable that has one', () => {
  for (const name of VARIABLE_NAMES) {
    const { fallback, reader } = VARIABLES[name];
    if (fallback === undefined) continue;
    expect({ name, success: reader.schema.safeParse(fallback).success }).toEqual({ name, success: true });
  }
});

it('documents every variable in one row, group by group', () => {
  expect(VARIABLE_ROWS.map(({ name }) => name).sort()).toEqual([...VARIABLE_NAMES].sort());
  for (const { name, default: text, meaning } of VARIABLE_ROWS) {
    expect({ name, text: text.length > 0, meaning: meaning.length > 0 }).toEqual({
      name,
      text: true,
      meaning: true,
    });
    // A bar or a new line would break the README's table.
    expect(`${text}${meaning}`).not.toMatch(/[|\n]/);
  }
  const groups = VARIABLE_ROWS.map(({ group }) => group);
  const runs = groups.filter((group, index) => group !== groups[index - 1]);
  expect(runs.join(' ')).toBe(
    'http admin upstream region redis policy session freshness warm limits log cdn capture fly',
  );
});

it('shows defaults as they are written', () => {
  const row = (name: string) => VARIABLE_ROWS.find((candidate) => candidate.name === name);
  expect(row('MEMORY_CACHE_BYTES')?.default).toBe('64MiB');
  expect(row('VARY')?.default).toBe('none');
  expect(row('PRIMARY_REGION')?.default).toBe('`REGION`');
});

it('is read in one place: only the entry looks at the environment, to hand it to readConfig', () => {
  const source = join(__dirname, '..', '..', 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  expect(files.length).toBeGreaterThan(20);
  const looking = files.filter((file) => readFileSync(join(source, file), 'utf8').includes('process.env'));
  expect(looking.filter((file) => file !== 'main.ts')).toEqual([]);
});

it('knows the version of the package', () => {
  const manifest = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8'));
  expect(VERSION).toBe(manifest.version);
});
