import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROMISES } from './promises';

const TEST = join(__dirname, '..');

/** The names of all tests, with the files they are in. Only what stands in a call of `it` or `test` counts. */
function testNames(): string {
  return readdirSync(TEST, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules') && !file.startsWith('docs'))
    .map((file) => readFileSync(join(TEST, file), 'utf8'))
    .join('\n');
}

describe('every promise', () => {
  const names = testNames();
  it.each(Object.keys(PROMISES))('%s has a test that names it', (id) => {
    expect(names).toMatch(
      new RegExp(
        `(?:\\b(?:it|test|describe)(?:\\.each)?\\b|\\['|^\\s*['"\`])[^\\n]*\\n?[^\\n]*\\b${id}\\b`,
        'm',
      ),
    );
  });
});
