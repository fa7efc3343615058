import { performance } from 'node:perf_hooks';
import { validate } from 'graphql';
import { analyse, type Policy } from '../../src/policy/analyse';
import { readRules } from '../../src/policy/rules';
import { generateOperations } from './generate-operations';
import { github } from './github';
import { readOperation } from './read-operation';

// The schema of GitHub takes seconds to build where other work goes on.
it('analyses a thousand operations over the schema of GitHub in under a millisecond each', () => {
  const schema = github();
  const started = performance.now();
  const rules = readRules(schema, { defaultMaxAge: 0 });
  const rulesTook = performance.now() - started;
  const texts = generateOperations(schema, { seed: 11, count: 1000, maxDepth: 6 });
  const times: number[] = [];
  const policies: Policy[] = [];
  for (const [index, text] of texts.entries()) {
    const { document, operation, fragments } = readOperation(text);
    // Validating takes far longer than analysing: a sample shows that the generator is right.
    if (index % 20 === 0) expect(validate(schema, document)).toEqual([]);
    const start = performance.now();
    policies.push(analyse(schema, rules, operation, fragments));
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const reasons = new Map<string, number>();
  for (const { reason } of policies) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  console.log(
    `rules of ${Object.keys(schema.getTypeMap()).length} types: ${rulesTook.toFixed(0)} ms; analysis of ` +
      `${texts.length} operations of ${Math.round(texts.join('').length / texts.length)} characters: ` +
      `median ${times[500]!.toFixed(3)} ms, p99 ${times[990]!.toFixed(3)} ms, longest ${times[999]!.toFixed(1)} ms`,
    Object.fromEntries(reasons),
  );
  expect(times[500]).toBeLessThan(1);
  expect(reasons.get('too-complex')).toBeUndefined();
  expect(reasons.get('cacheable')).toBeGreaterThan(10);
  expect(reasons.get('private')).toBeGreaterThan(10);
  // Every decision names its field.
  for (const { maxAge, scope, decidedBy, reason } of policies) {
    if (reason === 'introspection') continue;
    if (maxAge > 0) expect(decidedBy.maxAge).toMatch(/^[A-Za-z]+\.[A-Za-z]+/);
    if (maxAge > 0 && scope === 'PRIVATE') expect(decidedBy.scope).toMatch(/^[A-Za-z]+\.[A-Za-z]+/);
  }
});
