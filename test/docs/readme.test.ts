import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TABLES, withTables } from './tables';

const README = join(__dirname, '..', '..', 'README.md');
const text = readFileSync(README, 'utf8');

describe('the README', () => {
  it('has its tables from the code (UPDATE_README=1 npx jest test/docs writes them)', () => {
    const fresh = withTables(text);
    if (process.env['UPDATE_README'] === '1') writeFileSync(README, fresh);
    else expect(text).toBe(fresh);
  });

  it.each(Object.keys(TABLES))('has the table of %s', (name) => {
    expect(text).toContain(`<!-- table: ${name} -->`);
  });

  it('names the two commands', () => {
    expect(text).toContain('npm ci && npm start');
    expect(text).toContain('npm ci && npm test');
  });
});
