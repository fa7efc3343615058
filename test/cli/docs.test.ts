import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { docsCommand } from '../../src/cli/docs';
import { VARIABLE_NAMES } from '../../src/config/variables';
import { ERRORS } from '../../src/report/error';
import { REASONS } from '../../src/report/reason';
import { pages, ROOT } from '../docs/pages';

interface Printed {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function docs(...args: string[]): Promise<Printed> {
  const written = { out: '', err: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    jest.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name === 'stdout' ? 'out' : 'err'] += String(text);
      return true;
    }),
  );
  try {
    return { status: await docsCommand.run(args, {}), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe('lastmile docs', () => {
  it('names every page of the package', async () => {
    const { status, out } = await docs();
    expect(status).toBe(0);
    const shipped = pages().filter((path) => /^(?:src|schema)\/|^README|^test\/README/.test(path));
    for (const path of shipped) {
      const [, title = ''] = /^# (.*)$/m.exec(readFileSync(join(ROOT, path), 'utf8')) ?? [];
      expect(out).toContain(title);
    }
  });

  it('prints every reason, every error and every setting under its own word', async () => {
    for (const [reason, [meaning, remedy]] of Object.entries(REASONS))
      expect((await docs(reason)).out).toMatch(containing(meaning, remedy));
    for (const [code, [status, sentence, remedy]] of Object.entries(ERRORS))
      expect((await docs(code)).out).toMatch(containing(String(status), sentence, remedy));
    for (const name of VARIABLE_NAMES) expect((await docs(name)).out).toContain(`${name}: a setting`);
  });

  it.each(['redis', 'src/redis/README.md', 'REDIS'])('prints the page %s', async (word) => {
    const { status, out } = await docs(word);
    expect(status).toBe(0);
    expect(out).toBe(readFileSync(join(ROOT, 'src/redis/README.md'), 'utf8'));
  });

  it('prints the sections that a word stands above, whole and no more', async () => {
    const { out } = await docs('accounts');
    expect(out).toMatch(/^\[src\/redis\/README\.md\]\n\n## Accounts\n/);
    expect(out).toContain('| region | gateway |');
    expect(out).not.toContain('## Variables of');
  });

  it('says what may have been meant', async () => {
    const { status, err } = await docs('unkeyed-haeder');
    expect(status).toBe(2);
    expect(err).toContain('Did you mean unkeyed-header?');
  });
});

function containing(...parts: string[]): RegExp {
  return new RegExp(parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*'));
}
