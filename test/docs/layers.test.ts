import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

const ROOT = join(__dirname, '../../src');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

interface Stratum {
  readonly name: string;
  readonly rooms: readonly string[];
  readonly invariant: string;
  /** packages that would break the invariant */
  readonly never: readonly string[];
}

/** The table of src/README.md, the lowest stratum first. */
const STRATA: readonly Stratum[] = [
  ...README.matchAll(/^\| (\w+) +\| (`[^|]*`) *\| ([^|]*?) *\| ([^|]*?) *\|$/gm),
].map(([, name, rooms, invariant, never]) => ({
  name: name!,
  rooms: quoted(rooms!),
  invariant: invariant!,
  never: quoted(never!),
}));

function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);
}

interface Import {
  readonly file: string;
  /** the room of `src` that the file is in; of a file in `src` itself its name */
  readonly from: string;
  /** a room, or a package */
  readonly to: string;
  readonly isPackage: boolean;
}

const roomOf = (file: string): string => relative(ROOT, file).split(sep)[0]!;

/** Every import of every file, of types as well; not those within a room. */
function readImports(): Import[] {
  const imports: Import[] = [];
  for (const entry of readdirSync(ROOT, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith('.ts')) continue;
    const path = join(entry.parentPath, entry.name);
    const [file, from] = [relative(ROOT, path), roomOf(path)];
    for (const [, name] of readFileSync(path, 'utf8').matchAll(
      /(?:\bfrom|\bimport|\brequire)[ (]+'([^']+)'/g,
    )) {
      const isPackage = !name!.startsWith('.');
      const to = isPackage ? name! : roomOf(`${join(dirname(path), name!)}.ts`);
      if (to !== from) imports.push({ file, from, to, isPackage });
    }
  }
  return imports;
}

/** A way from a room back to itself; undefined when there is none. */
function findCircle(arrows: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const done = new Set<string>();
  const visit = (room: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(room)) return [...way.slice(way.indexOf(room)), room];
    if (done.has(room)) return undefined;
    for (const next of arrows.get(room) ?? []) {
      const circle = visit(next, [...way, room]);
      if (circle) return circle;
    }
    done.add(room);
    return undefined;
  };
  for (const room of arrows.keys()) {
    const circle = visit(room, []);
    if (circle) return circle;
  }
  return undefined;
}

const imports = readImports();
const stratumOf = new Map(STRATA.flatMap(({ rooms }, at) => rooms.map((room) => [room, at])));

it('finds a way back to where it began, and only if there is one', () => {
  const arrows = (...pairs: [string, string[]][]) => new Map(pairs.map(([from, to]) => [from, new Set(to)]));
  expect(findCircle(arrows(['a', ['b', 'c']], ['b', ['c']], ['c', []]))).toBeUndefined();
  expect(findCircle(arrows(['a', ['b']], ['b', ['c']], ['c', ['b']]))).toEqual(['b', 'c', 'b']);
});

describe('the strata of src/README.md', () => {
  it('are seven, each with an invariant', () => {
    expect(STRATA.map(({ name }) => name)).toEqual([
      'words',
      'truth',
      'memory',
      'sources',
      'meaning',
      'journey',
      'edges',
    ]);
    expect(STRATA.filter(({ invariant }) => invariant === '')).toEqual([]);
  });

  it('have every room once, and no other', () => {
    const rooms = STRATA.flatMap((stratum) => stratum.rooms);
    const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    const present = new Set(files.map((file) => file.split(sep)[0]!));
    expect(rooms.toSorted()).toEqual([...present].toSorted());
  });

  it('import downwards', () => {
    const upward = imports.filter(
      ({ from, to, isPackage }) => !isPackage && stratumOf.get(to)! > stratumOf.get(from)!,
    );
    expect(upward.map(({ file, to }) => `${file} imports ${to}`)).toEqual([]);
  });

  it('import no package that their invariant forbids', () => {
    const forbidden = imports.filter(
      ({ from, to, isPackage }) => isPackage && STRATA[stratumOf.get(from)!]!.never.includes(to),
    );
    expect(forbidden.map(({ file, to }) => `${file} imports ${to}`)).toEqual([]);
  });

  it('have no rooms that import each other, however far round', () => {
    const arrows = new Map<string, Set<string>>();
    for (const { from, to, isPackage } of imports) {
      if (!isPackage) arrows.set(from, (arrows.get(from) ?? new Set()).add(to));
    }
    expect(findCircle(arrows)).toBeUndefined();
  });
});

it.each([
  ['src/README.md', README, 30],
  ['CONTRIBUTING.md', readFileSync(join(ROOT, '../CONTRIBUTING.md'), 'utf8'), 20],
])('%s names files and rooms that exist', (_, page, least) => {
  const named = quoted(page.replaceAll(/```[^]*?```/g, '')).filter((text) => /^[\w-]+\/[\w./-]*$/.test(text));
  expect(named.length).toBeGreaterThan(least);
  const missing = named.filter(
    (text) => !existsSync(join(ROOT, text)) && !existsSync(join(ROOT, '..', text)),
  );
  expect(missing).toEqual([]);
});

it('CONTRIBUTING.md names, behind a file, what stands in it', () => {
  const page = readFileSync(join(ROOT, '../CONTRIBUTING.md'), 'utf8');
  const rows = [...page.matchAll(/`([\w/-]+\.ts)` \(([^)]+)\)/g)];
  expect(rows.length).toBeGreaterThan(15);
  const missing = rows.flatMap(([, file, names]) => {
    const text = readFileSync(join(ROOT, file!), 'utf8');
    return quoted(names!)
      .filter((name) => !new RegExp(`(?<![\\w#])${name}\\b`).test(text))
      .map((name) => `${name} in ${file}`);
  });
  expect(missing).toEqual([]);
});
