import { buildSchema, type GraphQLSchema } from 'graphql';
import { DIRECTIVES_SDL } from '../../../../src/schema/directives';
import { seededRandom, type Random } from '../../../kit/random';

/** A schema that was made up, of every shape that matters to how answers are put together. */
export interface OracleWorld {
  readonly schema: GraphQLSchema;
  readonly sdl: string;
  /** seconds, for what nobody declares */
  readonly defaultMaxAge: number;
  readonly seed: number;
  /** in 1000 */
  readonly failing: number;
}

/** Fields of an object type; those of its interfaces first. */
interface FieldText {
  readonly name: string;
  readonly args: string;
  readonly type: string;
  readonly hint: string;
}

const LEAVES = ['String', 'Int', 'Float', 'JSON', 'Colour', 'ID', 'Boolean', '[String]', '[[Int!]]'];
const HINTS: readonly (readonly [weight: number, text: string])[] = [
  [55, ''],
  [14, '@cacheControl(maxAge: 0)'],
  [14, '@cacheControl(maxAge: 40, scope: PRIVATE)'],
  [10, '@cacheControl(maxAge: 20)'],
  [4, '@cacheControl(inheritMaxAge: true)'],
  [3, '@cacheControl(maxAge: 0, scope: PRIVATE)'],
];

/** Interfaces: `Node`, of all types with a plain `id`; `Named`, `Owned`, of any. Unions: of any. Connections: of some. */
export function makeWorld(seed: number): OracleWorld {
  const random = seededRandom(seed);
  const count = 3 + random.below(4);
  const kinds = Array.from({ length: count }, () =>
    weighted(random, [
      [6, 'id'],
      [2, 'key'],
      [1, 'keys'],
      [3, 'none'],
    ] as const),
  );
  // A world of which nothing can be told from anything shows little.
  kinds[0] = 'id';
  const names = kinds.map((_, index) => `T${index}`);
  const connected = names.filter(() => random.chance(0.4));
  const leafField = (name: string): FieldText => ({ name, ...leafOf(random), hint: hintOf(random) });
  const interfaces = ['Named', 'Owned'].map((name) => ({
    name,
    members: names.filter(() => random.chance(0.6)),
    fields: [leafField('label'), leafField(`${name.toLowerCase()}By`)],
  }));
  for (const { name, fields } of interfaces)
    fields.push({
      name: `in${name}`,
      args: '',
      type: random.pick([...names, 'Owned', 'Node', 'Any']),
      hint: '',
    });
  // Two interfaces of one type must agree on a field of one name.
  interfaces[1]!.fields[0] = interfaces[0]!.fields[0]!;
  const composites = [
    ...names,
    'Named',
    'Owned',
    'Node',
    'Any',
    ...connected.map((name) => `${name}Connection`),
  ];
  const linkField = (name: string): FieldText => ({
    name,
    args: random.chance(0.3) ? '(n: Int = 2, of: [Int!])' : '',
    type: wrapped(random, random.pick(composites)),
    hint: random.chance(0.75) ? '' : hintOf(random),
  });
  const lines: string[] = [
    'scalar JSON',
    'enum Colour { RED GREEN }',
    'interface Node { id: ID! }',
    `union Any ${typeHint(random)} = ${names.filter((_, index) => index === 0 || random.chance(0.6)).join(' | ')}`,
    'type PageInfo { hasNextPage: Boolean! endCursor: String }',
  ];
  for (const { name, fields } of interfaces)
    lines.push(
      `interface ${name} ${typeHint(random)} { ${fields.map((field) => fieldText(field)).join(' ')} }`,
    );
  for (const [index, name] of names.entries()) {
    const kind = kinds[index]!;
    const implemented = interfaces.filter(({ members }) => members.includes(name));
    const fields = new Map<string, string>();
    if (kind === 'id') fields.set('id', 'id: ID!');
    if (kind === 'key') fields.set('sku', 'sku: Int!');
    if (kind === 'keys') fields.set('a', 'a: String!').set('b', `b: Int${random.chance(0.5) ? '!' : ''}`);
    for (const { fields: inherited } of implemented)
      for (const field of inherited)
        if (!fields.has(field.name))
          fields.set(
            field.name,
            fieldText({ ...field, hint: hintOf(random), type: covariant(random, field.type) }),
          );
    for (let leaf = 0; leaf < 4; leaf++) fields.set(`f${leaf}`, fieldText(leafField(`f${leaf}`)));
    for (let link = 0; link < 3; link++) fields.set(`o${link}`, fieldText(linkField(`o${link}`)));
    const parents = [...implemented.map((one) => one.name), ...(kind === 'id' ? ['Node'] : [])];
    const key = { id: '', none: '', key: '@key(fields: "sku")', keys: '@key(fields: "a b")' }[kind];
    lines.push(
      `type ${name} ${parents.length > 0 ? `implements ${parents.join(' & ')}` : ''} ${key} ${typeHint(random)} { ${[...fields.values()].join(' ')} }`,
    );
  }
  for (const name of connected) {
    const bang = random.chance(0.5) ? '!' : '';
    lines.push(
      `type ${name}Connection @cacheControl(maxAge: 80) { edges: [${name}Edge${bang}] nodes: [${name}] total: Int ${hintOf(random)} pageInfo: PageInfo! @cacheControl(inheritMaxAge: true) }`,
      `type ${name}Edge @cacheControl(inheritMaxAge: true) { node: ${name}${random.chance(0.5) ? '!' : ''} @cacheControl(inheritMaxAge: true) cursor: String ${hintOf(random)} }`,
    );
  }
  const roots = Array.from({ length: 5 }, (_, index) => fieldText(linkField(`r${index}`)));
  const leaves = Array.from({ length: 2 }, (_, index) => fieldText(leafField(`q${index}`)));
  lines.push(
    `type Query { ${[...roots, ...leaves].join(' ')} again: Query @cacheControl(inheritMaxAge: true) }`,
  );
  const sdl = lines.join('\n');
  return {
    schema: buildSchema(DIRECTIVES_SDL + sdl),
    sdl,
    defaultMaxAge: random.chance(0.5) ? 30 : 0,
    seed,
    failing: random.chance(0.5) ? 30 : 0,
  };
}

export function weighted<Item>(random: Random, items: readonly (readonly [number, Item])[]): Item {
  let left = random.below(items.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, item] of items) if ((left -= weight) < 0) return item;
  throw new Error('There is nothing to choose from.');
}

function hintOf(random: Random): string {
  return weighted(random, HINTS);
}

function typeHint(random: Random): string {
  return random.chance(0.85) ? `@cacheControl(maxAge: ${random.pick([60, 100])})` : '';
}

function leafOf(random: Random): { type: string; args: string } {
  const type = random.pick(LEAVES) + (random.chance(0.25) ? '!' : '');
  return { type, args: random.chance(0.25) ? '(n: Int = 1, s: String)' : '' };
}

function wrapped(random: Random, type: string): string {
  if (type.endsWith('Connection') && random.chance(0.9)) return type + (random.chance(0.4) ? '!' : '');
  const bang = (): string => (random.chance(0.35) ? '!' : '');
  return weighted(random, [
    [5, `${type}${bang()}`],
    [4, `[${type}${bang()}]${bang()}`],
    [1, `[[${type}${bang()}]${bang()}]${bang()}`],
  ]);
}

function covariant(random: Random, type: string): string {
  return random.chance(0.2) && !type.endsWith('!') ? `${type}!` : type;
}

function fieldText({ name, args, type, hint }: FieldText): string {
  return `${name}${args}: ${type} ${hint}`;
}
