import * as fc from 'fast-check';
import { print, validate } from 'graphql';
import { analyse, type Policy } from '../../src/policy/analyse';
import { readRules } from '../../src/policy/rules';
import { disguise, type Disguise } from './disguise';
import { generateOperations } from './generate-operations';
import { readOperation } from './read-operation';
import { createSharedSchema } from './shared-schema';

const schema = createSharedSchema(1, 0);
const rules = readRules(schema, { defaultMaxAge: 0 });

function policyOf(text: string): Policy {
  const { operation, fragments } = readOperation(text);
  return analyse(schema, rules, operation, fragments);
}

describe.each<{ kinds: Disguise[] }>([
  { kinds: ['aliases'] },
  { kinds: ['fragments'] },
  { kinds: ['directives'] },
  { kinds: ['aliases', 'fragments', 'directives'] },
])('an operation disguised by $kinds', ({ kinds }) => {
  it('P31 keeps its scope, and all else that is decided by what it selects', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 4 }), (seed, disguiseSeed, breadth) => {
        const [text] = generateOperations(schema, { seed, count: 1, breadth }) as [string];
        const disguised = disguise(schema, readOperation(text).document, kinds, disguiseSeed);
        expect(validate(schema, disguised)).toEqual([]);
        const before = policyOf(text);
        const after = policyOf(print(disguised));
        expect(after).toMatchObject({
          scope: before.scope,
          declared: before.declared,
          leastMaxAge: before.leastMaxAge,
          staleUntil: before.staleUntil,
        });
        // Only a field that is always in the answer bounds it, so a directive may raise the bound, never lower it.
        if (kinds.includes('directives')) expect(after.maxAge).toBeGreaterThanOrEqual(before.maxAge);
        else expect(after.maxAge).toBe(before.maxAge);
        seen.set(before.scope, (seen.get(before.scope) ?? 0) + 1);
      }),
      { numRuns: 300 },
    );
    expect(seen.get('PUBLIC')).toBeGreaterThan(30);
    expect(seen.get('PRIVATE')).toBeGreaterThan(30);
  });
});
