import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FINDINGS } from '../../src/check/finding';
import { VARIABLE_NAMES } from '../../src/config/variables';
import { ERRORS } from '../../src/report/error';
import { REASONS } from '../../src/report/reason';
import { pages, ROOT } from '../docs/pages';
import { runCommand } from '../kit/command';

const docs = (...args: string[]) => runCommand(['docs', ...args]);

describe('lastmile docs', () => {
  it('names every page of the package', async () => {
    const { status, output } = await docs();
    expect(status).toBe(0);
    const shipped = pages().filter((path) => /^(?:src|schema)\/|^README|^test\/README/.test(path));
    for (const path of shipped) {
      const [, title = ''] = /^# (.*)$/m.exec(readFileSync(join(ROOT, path), 'utf8')) ?? [];
      expect(output).toContain(title);
    }
  });

  it('prints a page under the word that it is listed by', async () => {
    const { output } = await docs();
    const rows = [...output.matchAll(/^ {2}(\S+) +(.+)$/gm)];
    expect(rows.length).toBeGreaterThan(20);
    for (const [, word = '', title = ''] of rows)
      expect([word, (await docs(word)).output.split('\n', 1)[0]]).toEqual([word, `# ${title}`]);
  });

  it('prints every reason, error, finding and setting under its own word', async () => {
    for (const [reason, [meaning, remedy]] of Object.entries(REASONS))
      expect((await docs(reason)).output).toMatch(containing(meaning, remedy));
    for (const [code, [status, sentence, remedy]] of Object.entries(ERRORS))
      expect((await docs(code)).output).toMatch(containing(String(status), sentence, remedy));
    for (const [code, [severity, meaning, remedy]] of Object.entries(FINDINGS))
      expect((await docs(code)).output).toMatch(containing(`${code}: a finding`, severity, meaning, remedy));
    for (const name of VARIABLE_NAMES) expect((await docs(name)).output).toContain(`${name}: a setting`);
  });

  it.each(['redis', 'src/redis/README.md', 'REDIS', 'regions'])('prints the page %s', async (word) => {
    const { status, output } = await docs(word);
    expect(status).toBe(0);
    expect(output).toBe(readFileSync(join(ROOT, 'src/redis/README.md'), 'utf8'));
  });

  it('prints the sections that a word stands above, whole and no more', async () => {
    const { output } = await docs('accounts');
    expect(output).toMatch(/^\[src\/redis\/README\.md\]\n\n## Accounts\n/);
    expect(output).toContain('| region | gateway |');
    expect(output).not.toContain('## Variables of');
  });

  it('says what may have been meant', async () => {
    const { status, errors } = await docs('unkeyed-haeder');
    expect(status).toBe(2);
    expect(errors).toContain('Did you mean unkeyed-header?');
  });
});

function containing(...parts: string[]): RegExp {
  return new RegExp(parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*'));
}
