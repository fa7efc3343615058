import { parse } from 'graphql';
import { operationVersion } from '../../src/operation/operation-version';
import { warmUp } from '../../src/operation/warm-up';
import { fieldShapes } from '../../src/policy/field-shapes';
import { readRules } from '../../src/policy/rules';
import { mutationsThatPurgeNothing } from '../../src/policy/touched-types';
import { generateOperations } from '../policy/generate-operations';
import { github } from '../policy/github';

it('leaves nothing of a schema to look through for the first operations', () => {
  const schema = github();
  const knowledgeOf = () => ({ schema, rules: readRules(schema, { defaultMaxAge: 0 }), configuration: '' });
  const [warm, cold] = [knowledgeOf(), knowledgeOf()];
  // The snapshot of a schema looks through its mutations.
  mutationsThatPurgeNothing(schema, warm.rules);
  const longest = [...stepTimes(warmUp(warm))].sort((a, b) => b - a).slice(0, 3);
  console.log(`the longest steps: ${longest.map((ms) => ms.toFixed(1)).join(', ')} ms`);
  const { leading } = fieldShapes(schema, warm.rules);
  const known = leading.size;
  const documents = generateOperations(schema, { seed: 5, count: 60, maxDepth: 6 }).map((text) =>
    parse(text, { noLocation: true }),
  );
  const versions = documents.map((document) => operationVersion(warm, document));
  expect(leading.size).toBe(known);
  expect(versions).toEqual(documents.map((document) => operationVersion(cold, document)));
  // They do look at arguments.
  expect(fieldShapes(schema, cold.rules).leading.size).toBeGreaterThan(20);
});

function* stepTimes(steps: Iterable<void>): Generator<number> {
  let began = performance.now();
  for (const _ of steps) {
    yield performance.now() - began;
    began = performance.now();
  }
}
