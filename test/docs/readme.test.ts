import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pages, ROOT } from './pages';
import { TABLES, withTables } from './tables';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('a page', () => {
  const withAny = [...new Set(Object.values(TABLES).map(({ page }) => page))];

  it.each(withAny)('has its tables from the code: %s (UPDATE_README=1 npx jest test/docs)', (page) => {
    const text = read(page);
    const fresh = withTables(text);
    if (process.env['UPDATE_README'] === '1') writeFileSync(join(ROOT, page), fresh);
    else expect(text).toBe(fresh);
  });

  it.each(Object.entries(TABLES))('is there for the table of %s', (name, { page }) => {
    expect(read(page)).toContain(`<!-- table: ${name} -->`);
  });

  it.each(pages())('links to what there is: %s', (page) => {
    const broken = linksOf(read(page)).filter(([path, anchor]) => {
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !headingsOf(read(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

describe('the README', () => {
  const text = read('README.md');

  it('names the two commands', () => {
    expect(text).toContain('npm ci && npm start');
    expect(text).toContain('npm ci && npm test');
  });

  it('is no book: at most 15.5 KB', () => {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(15.5 * 1024);
  });

  it('leads to every page that is shipped', () => {
    const linked = new Set(linksOf(text).map(([path]) => path));
    const shipped = pages().filter((path) => /^(?:src|schema)\/|^test\/README/.test(path));
    expect(shipped.filter((path) => !linked.has(path))).toEqual([]);
  });

  it('says of each dependency why it is there', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const [, section = ''] = read('src/README.md').split('## Dependencies, and why each');
    const named = new Set(
      [...section.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = '']) =>
        cell.split(',').map((one) => one.trim()),
      ),
    );
    expect(Object.keys(dependencies).filter((name) => !named.has(name))).toEqual([]);
  });
});

/** Those to other pages: path and heading, as they are written. */
function linksOf(text: string): (readonly [path: string, anchor: string | undefined])[] {
  const prose = text.replace(/^```[^]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [path = '', anchor] = target.split('#');
    return [[path, anchor] as const];
  });
}

/** As GitHub makes names of them. */
function headingsOf(text: string): string[] {
  return [...text.replace(/^```[^]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replace(/ /g, '-'),
  );
}
