/** Generated APIs: which kinds of things they have, how those refer to each other, and how changes are reported. */
import * as fc from 'fast-check';

/** What identifies an object: `id`, a field called otherwise, two fields, a whole number, or nothing that says so. */
export type Key = 'id' | 'code' | 'pair' | 'number' | 'none';

/**
 * What a mutation returns: the thing itself, a payload that carries it, a payload with its edge, a union of a payload
 * and a problem, or a Boolean, beside `@purges`.
 */
export type Report = 'entity' | 'payload' | 'edge' | 'either' | 'flag';

export interface Kind {
  readonly name: string;
  readonly key: Key;
  /** the kind its `parent` field refers to */
  readonly parent: Kind | undefined;
  /** implements the interface Node */
  readonly isNode: boolean;
  /** implements the interface Named */
  readonly isNamed: boolean;
  /** a member of the union Thing */
  readonly isThing: boolean;
  readonly report: Report;
  /** its lists carry declared tags, by parent and by argument, and its changes purge those instead of all lists */
  readonly isScoped: boolean;
  /** its mutations say that they change nothing of what it belongs to: that shows no figure of it but lists and their totals */
  readonly isSparing: boolean;
}

export type Shape = readonly Kind[];

interface Draft extends Omit<Kind, 'name' | 'parent'> {
  /** in thousandths of the number of kinds; undefined: no parent */
  readonly parentAt: number | undefined;
}

const draft: fc.Arbitrary<Draft> = fc.record({
  key: fc.constantFrom<Key>('id', 'id', 'code', 'code', 'pair', 'pair', 'number', 'number', 'none'),
  parentAt: fc.option(fc.nat(999), { nil: undefined, freq: 4 }),
  isNode: fc.boolean(),
  isNamed: fc.boolean(),
  isThing: fc.boolean(),
  report: fc.constantFrom<Report>('entity', 'payload', 'edge', 'either', 'flag'),
  isScoped: fc.boolean(),
  isSparing: fc.boolean(),
});

export const shapes: fc.Arbitrary<Shape> = fc.array(draft, { minLength: 2, maxLength: 4 }).map(shapeOf);

function shapeOf(drafts: readonly Draft[]): Shape {
  const kinds = drafts.map((one, index) => ({
    ...one,
    name: `K${index}`,
    parent: undefined as Kind | undefined,
  }));
  for (const kind of kinds) {
    if (kind.parentAt !== undefined) kind.parent = kinds[Math.floor((kind.parentAt * kinds.length) / 1000)];
  }
  const isParent = (kind: Kind) => kinds.some(({ parent }) => parent === kind);
  for (const kind of kinds) {
    // Narrowing is true only where every list that can hold the kind has its tag, so it is in no list of another type.
    // A reference to it would change from null when it is created, which is no list either.
    const canScope = kind.parent !== undefined && kind.parent.key !== 'pair' && kind.parent.key !== 'none';
    kind.isScoped &&= canScope && kind.key !== 'none' && !isParent(kind);
    if (kind.isScoped) Object.assign(kind, { isNode: false, isNamed: false, isThing: false });
    // What has no key is purged as a type, which its mutations say.
    if (kind.key === 'none') kind.report = 'flag';
    // Node has an `id: ID!` of all its types.
    if (kind.key !== 'id' && kind.key !== 'code') kind.isNode = false;
  }
  return kinds;
}

export function childrenOf(shape: Shape, kind: Kind): Kind[] {
  return shape.filter(({ parent }) => parent === kind);
}

/** The names of a kind's key fields, which are those of the arguments that name one of it. */
export function keyNames({ key }: Kind): readonly string[] {
  return { id: ['id'], code: ['code'], pair: ['a', 'b'], number: ['id'], none: ['ref'] }[key];
}

/** Names of things of a kind, odd ones among them. Those of Node are unique among all kinds. */
export function refsOf({ name, key, isNode }: Kind): readonly string[] {
  if (key === 'number') return ['0', '1', '2', '7'];
  if (key === 'pair') return ['a:b|c', 'a|b:c', '1|%3A', '__proto__|x'];
  const refs = ['1', 'a:b', '__proto__', 'é %'];
  return isNode ? refs.map((ref) => `${name} ${ref}`) : refs;
}

/** The values of the key fields of a thing. */
export function keyValues(kind: Kind, ref: string): Readonly<Record<string, string | number>> {
  if (kind.key === 'number') return { id: Number(ref) };
  const values = kind.key === 'pair' ? ref.split('|') : [ref];
  return Object.fromEntries(keyNames(kind).map((name, index) => [name, values[index]!]));
}
