import { performance } from 'node:perf_hooks';
import { extendSchema, parse, type DocumentNode, type GraphQLSchema } from 'graphql';
import { operationVersion } from '../../src/operation/operation-version';
import { readRules } from '../../src/policy/rules';
import { percentile } from '../kit/statistics';
import { generateOperations } from '../policy/generate-operations';
import { github } from '../policy/github';

/** The versions of operations under a schema, and the milliseconds that each took. */
function versionsOf(schema: GraphQLSchema, documents: readonly DocumentNode[]) {
  const knowledge = { schema, rules: readRules(schema, { defaultMaxAge: 0 }), configuration: '' };
  const times: number[] = [];
  const versions = documents.map((document) => {
    const began = performance.now();
    const version = operationVersion(knowledge, document);
    times.push(performance.now() - began);
    return version;
  });
  return { versions, times };
}

it('keeps the versions of operations over the schema of GitHub that a change does not reach', () => {
  const schema = github();
  const texts = generateOperations(schema, { seed: 11, count: 1000, maxDepth: 6 });
  const documents = texts.map((text) => parse(text, { noLocation: true }));
  const { versions, times } = versionsOf(schema, documents);
  const at = (part: number) => percentile(times, part).toFixed(3);
  console.log(
    `the version of ${texts.length} operations of ${Math.round(texts.join('').length / texts.length)} characters: ` +
      `median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`,
  );
  const extended = (sdl: string) => extendSchema(schema, parse(sdl), { assumeValidSDL: true });
  const deployed = extended(
    'extend type Query { weather: Weather } type Weather { degrees: Int } extend type User { mood: String }',
  );
  expect(versionsOf(deployed, documents).versions).toEqual(versions);
  const overlaid = versionsOf(
    extended('extend type ReactionGroup @cacheControl(maxAge: 1)'),
    documents,
  ).versions;
  const changed = overlaid.filter((version, index) => version !== versions[index]);
  expect(changed.length).toBeGreaterThan(0);
  expect(changed.length).toBeLessThan(texts.length / 2);
});
