import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FINDINGS } from '../../src/check/finding';
import { COMMANDS } from '../../src/cli/commands';
import { VARIABLE_NAMES } from '../../src/config/variables';
import { API_CHECKS, DOCTOR_CHECKS } from '../../src/doctor/doctor';
import { DIRECTIVE_NAMES } from '../../src/schema/directives';
import { ERRORS } from '../../src/report/error';
import { REASONS } from '../../src/report/reason';
import { pages, ROOT } from '../docs/pages';
import { runCommand } from '../kit/command';

const docs = (...args: string[]) => runCommand(['docs', ...args]);

describe('lastmile docs', () => {
  it('names every page of the package', async () => {
    const { status, output } = await docs();
    expect(status).toBe(0);
    const shipped = pages().filter((path) => /^(?:src|schema)\/|^README|^SECURITY|^test\/README/.test(path));
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

  it('prints of every command what --help says, where no page has its name', async () => {
    for (const { name, usage } of COMMANDS) {
      expect((await docs('lastmile', name)).output).toBe(`${usage.trimEnd()}\n`);
      const { output } = await docs(name);
      expect([name, output === `${usage.trimEnd()}\n` || output.startsWith('# ')]).toEqual([name, true]);
    }
  });

  it("prints what each of doctor's checks asks", async () => {
    for (const { id, title } of [...DOCTOR_CHECKS, ...API_CHECKS]) {
      const { status, output } = await docs(id);
      expect([id, status]).toEqual([id, 0]);
      if (!output.startsWith('# ')) expect(output).toContain(`${id}: a check of lastmile doctor`);
      if (!output.startsWith('# ')) expect(output).toContain(title);
      expect(output).not.toContain('what it says beside');
    }
  });

  it('prints how each directive is defined, and what the pages say of it', async () => {
    for (const name of DIRECTIVE_NAMES) {
      const { output } = await docs(`@${name}`);
      expect(output).toMatch(new RegExp(`^directive @${name}\\(`));
      expect(output).toMatch(/^\[[\w/]+\.md/m);
    }
  });

  it.each([
    ['Lastmile-Token', 'src/http/README.md'],
    ['lastmile_answer_seconds', 'src/observe/README.md'],
    ['REGION_URLS', 'lastmile purge --help'],
    ['primary_reachable', undefined],
  ])('prints what the pages say of a word without a heading: %s', async (word, page) => {
    const { status, output } = await docs(word);
    expect(status).toBe(page === undefined ? 2 : 0);
    if (page !== undefined) expect(output).toContain(`[${page}`);
    const passages = output.split(/^(?=\[[^\]]+(?:\.md|--help))/m).filter((text) => text !== '');
    for (const passage of passages) expect(passage.toLowerCase()).toContain(word.toLowerCase());
  });

  it('lists the pages where no word is given, or an empty one', async () => {
    const { output } = await docs();
    expect((await docs('')).output).toBe(output);
    expect((await docs(' ')).output).toBe(output);
  });

  it('finds nothing under a word without end', async () => {
    const { status, errors } = await docs('x'.repeat(60_000));
    expect(status).toBe(2);
    expect(errors.length).toBeLessThan(1000);
  });

  it('says what may have been meant', async () => {
    const { status, errors } = await docs('unkeyed-haeder');
    expect(status).toBe(2);
    expect(errors).toContain('Did you mean unkeyed-header?');
  });

  it.each([
    ['detail=private', 'private: a reason of Cache-Status'],
    ['SESSION=header:authorization', 'SESSION: a setting'],
    ['unkeyed', 'unkeyed-header: a reason of Cache-Status'],
  ])('finds what is meant by %s', async (word, found) => {
    const { status, output } = await docs(word);
    expect([status, output]).toEqual([0, expect.stringContaining(found)]);
  });

  it.each(['Lastmile-Token', 'replication'])('prints no more of %s than can be read', async (word) => {
    const { output } = await docs(word);
    const lines = output.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(100);
    expect(output).toMatch(/^and \d+ (?:passages more$|sections more:$)/m);
  });
});

function containing(...parts: string[]): RegExp {
  return new RegExp(parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*'));
}
