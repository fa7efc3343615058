import { makeExecutableSchema } from '@graphql-tools/schema';
import { createExampleSchema } from '../../src/example/schema';
import { explain, type ExplainSettings } from '../../src/explain/explain';
import type { Explanation } from '../../src/explain/explanation';
import type { Knowledge } from '../../src/operation/operation';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { readRules } from '../../src/policy/rules';
import { WIDE } from '../answer/harness';

export const SETTINGS: ExplainSettings = {
  limits: WIDE,
  logged: 0,
  serve: true,
  without: [],
  vary: [],
  forward: [],
  session: undefined,
  sessionHeader: undefined,
  sharesAmongSessions: false,
};
export const SIGNED_IN = { session: 'cookie:sid', sessionHeader: 'cookie' };

const schema = createExampleSchema();
export const example: Knowledge = {
  schema,
  rules: readRules(schema, { defaultMaxAge: 0 }),
  configuration: 'v1',
};

export function explained(
  text: string,
  variables: Record<string, unknown> = {},
  settings: Partial<ExplainSettings> = {},
  knowledge = example,
): Explanation {
  const explanation = explain(knowledge, { ...SETTINGS, ...settings }, { text, variables });
  if ('errors' in explanation) throw explanation.errors[0]!;
  return explanation;
}

export function knowledgeWith(sdl: string, defaultMaxAge = 0): Knowledge {
  const made = makeExecutableSchema({ typeDefs: [DIRECTIVES_SDL, sdl] });
  return { schema: made, rules: readRules(made, { defaultMaxAge }), configuration: 'test' };
}
