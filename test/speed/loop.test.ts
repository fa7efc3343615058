import { buildSchema, parse, validate } from 'graphql';
import { compileOperation } from '../../src/operation/operation';
import { readRules } from '../../src/policy/rules';
import { readConfig } from '../../src/config/read-config';

/** Milliseconds, P47. Compiling is synchronous: what it takes is what it blocks. */
const LONGEST_BLOCK = 50;

const { limits } = readConfig({});
const schema = buildSchema(`
  type Query { node: Node  nodes: [Node!]! }
  type Node { id: ID!  a: String  b: String  next: Node  many: [Node!]! }
`);
const knowledge = { schema, rules: readRules(schema, { defaultMaxAge: 60 }), configuration: '1' };

/**
 * Milliseconds of processor time, the least of several: what the machine does beside it, and what the engine has yet to
 * compile, is not what is tested.
 */
function quickest(work: (round: number) => void): number {
  const times = Array.from({ length: 7 }, (_, round) => {
    const before = process.cpuUsage();
    work(round);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

const nested = (depth: number, leaf: string): string =>
  depth === 0 ? leaf : `next { ${nested(depth - 1, leaf)} }`;

/** Documents at the limits, each the worst of its kind; `n` makes each round's text new. */
const WORST: Record<string, (n: number) => string> = {
  'as many fields as allowed': (n) => `{ node { ${'a b id '.repeat(limits.maxFields / 3 - 2)} } } # ${n}`,
  'as many aliases as allowed': (n) =>
    `{ node { ${Array.from({ length: limits.maxAliases }, (_, i) => `x${i}: next { a b id }`).join(' ')} } } # ${n}`,
  'the deepest, many times over': (n) =>
    `{ node { ${`${nested(limits.maxDepth - 3, 'a id')} `.repeat(60)} } } # ${n}`,
  'fragments that are spread again and again': (n) =>
    `{ node { ${'...F '.repeat(150)} } } fragment F on Node { a b next { id a b } } # ${n}`,
  'as many tokens as allowed': (n) => `{ ${'node { id } '.repeat(limits.maxTokens / 4 - 10)} } # ${n}`,
  'overlapping fields that are alike': (n) =>
    `{ ${Array.from({ length: 240 }, () => 'node { next { id a } }').join(' ')} } # ${n}`,
};

describe('P47 no document within the limits blocks the event loop for more than 50 ms', () => {
  it.each(Object.entries(WORST))('%s', (_, text) => {
    expect(() => parse(text(0))).not.toThrow();
    const took = quickest((round) => compileOperation(knowledge, limits, text(round), undefined));
    expect(took).toBeLessThan(LONGEST_BLOCK);
  });

  it('is spared what the limit spares it: validating such a document costs many times as much', () => {
    const text = WORST['overlapping fields that are alike']!;
    const document = parse(text(0));
    const refusing = quickest((round) => compileOperation(knowledge, limits, text(round), undefined));
    expect(quickest(() => validate(schema, document))).toBeGreaterThan(5 * refusing);
  });

  it('refuses what has too many fields to compare, and not what merely repeats itself', () => {
    const copies = (count: number): string => `{ node { ${'a '.repeat(count)} } }`;
    expect(compileOperation(knowledge, limits, copies(100), undefined)).toHaveProperty('policy');
    expect(compileOperation(knowledge, limits, copies(300), undefined)).toMatchObject({
      errors: [{ extensions: { code: 'OPERATION_TOO_COMPLEX' } }],
    });
  });
});
