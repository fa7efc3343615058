import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(__dirname, '../../src');
const EXPORT =
  /^export (?:declare |default |abstract |async )*(?:function\*?|class|interface|type|const enum|enum|const|let) (\w+)/gm;

/** Names exported in more than one of these files, with the files. */
function findAlike(files: ReadonlyMap<string, string>): string[] {
  const places = new Map<string, Set<string>>();
  for (const [file, text] of files) {
    for (const [, name] of text.matchAll(EXPORT)) {
      places.set(name!, (places.get(name!) ?? new Set()).add(file));
    }
  }
  return [...places]
    .filter(([, where]) => where.size > 1)
    .map(([name, where]) => `${name}: ${[...where].join(', ')}`);
}

it('tells which exported names are alike', () => {
  const files = new Map([
    ['a.ts', 'export function one(a: string): void;\nexport function one(): void {}\nexport type Two = 1;'],
    ['b.ts', 'export abstract class Two {}\nfunction one() {}\nexport { one } from "./a";'],
    ['c.ts', 'export const three = 3;\nexport async function four() {}'],
    ['d.ts', 'export interface three {}\nexport enum four {}'],
  ]);
  expect(findAlike(files)).toEqual(['Two: a.ts, b.ts', 'three: c.ts, d.ts', 'four: c.ts, d.ts']);
});

it('no two exported names in src are alike', () => {
  const files = readdirSync(ROOT, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path): [string, string] => [relative(ROOT, path), readFileSync(path, 'utf8')]);
  expect(findAlike(new Map(files))).toEqual([]);
});
