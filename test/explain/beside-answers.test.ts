import { execute } from 'graphql';
import { collect } from '../../src/answer/collect';
import { createExampleSchema } from '../../src/example/schema';
import { explainOperation } from '../../src/explain/explain';
import type { AnswerTags } from '../../src/explain/explanation';
import { formatExplanation } from '../../src/explain/format-explanation';
import { decide } from '../../src/gateway/rules';
import { bind } from '../../src/operation/bound-operation';
import { compileOperation, type Knowledge } from '../../src/operation/operation';
import { readRules } from '../../src/policy/rules';
import { formatTag, type Tag } from '../../src/purge/tag';
import { WIDE } from '../answer/harness';
import { generateOperations } from '../policy/generate-operations';

const schema = createExampleSchema();
const knowledge: Knowledge = {
  schema,
  rules: readRules(schema, { defaultMaxAge: 0 }),
  configuration: 'test',
};
const SETTINGS = {
  serve: true,
  without: [],
  vary: [],
  forward: [],
  session: undefined,
  sessionHeader: undefined,
  sharesAmongSessions: false,
};

/** Whether an explanation names a tag that an answer was found to carry. */
function isNamed(tags: AnswerTags, tag: Tag): boolean {
  const text = formatTag(tag);
  if (tag.startsWith('#')) return tags.declared.includes(text);
  if (tag.startsWith('[')) return tags.lists.includes(text) || tags.ifMissing.includes(text);
  if (tag.startsWith('~')) return tags.changes.includes(text) || tags.ifMissing.includes(text);
  const [type = '', key] = text.split(':');
  const isEntity = tags.entities.some((entity) => entity.startsWith(`${type}:`));
  return key === undefined
    ? isEntity || tags.types.includes(type)
    : isEntity || tags.ifMissing.includes(text);
}

describe('an explanation, beside what happens', () => {
  const texts = generateOperations(schema, { seed: 7, count: 150, maxDepth: 4, breadth: 3 });

  it('names every tag that the answer carries, and decides as the gateway does', async () => {
    const kept = new Set<string>();
    let tagged = 0;
    for (const text of texts) {
      const operation = compileOperation(knowledge, WIDE, text, undefined);
      if ('errors' in operation) throw operation.errors[0]!;
      const explanation = explainOperation(knowledge, SETTINGS, operation, {
        variables: {},
        isLogged: false,
      });
      const bound = bind(operation, {});
      const facts = {
        hasCredentials: false,
        hasUnkeyedHeader: false,
        hasSecondCredential: false,
        varying: [],
      };
      const decision = decide(bound, { facts, session: undefined, isMember: false, now: 0 }, SETTINGS);
      kept.add(explanation.kept);
      if (decision.kind === 'lookup') {
        expect({ text, key: explanation.key?.value }).toEqual({ text, key: decision.key });
      } else {
        const always = explanation.obstacles.filter(({ when }) => when === undefined);
        expect({ text, reason: always[0]?.reason }).toEqual({ text, reason: decision.why });
      }
      const { data } = await execute({ schema, document: operation.question.document, contextValue: {} });
      if (!data) continue;
      const { tags } = collect(operation.question, data as Record<string, unknown>, bound.variables);
      const unnamed = [...tags].filter((tag) => !isNamed(explanation.tags!, tag));
      expect({ text, unnamed }).toEqual({ text, unnamed: [] });
      tagged += tags.size;
      expect(formatExplanation(explanation)).toMatch(/^query Generated: (never kept: |kept for )/);
    }
    // The comparison is worth something only where there is something to compare.
    expect(kept).toEqual(new Set(['for all clients', 'never']));
    expect(tagged).toBeGreaterThan(1000);
  });
});
