import { print } from 'graphql';
import { ask, keyOf, type Asked } from '../operation/asked';
import type { OperationLimits } from '../operation/limits';
import { compileOperation, type Knowledge, type Operation, type Refusal } from '../operation/operation';
import type { Policy } from '../policy/analyse';
import { answerTags } from './answer-tags';
import type { Explanation, KeyParts, MaxAge } from './explanation';
import { mutationPurges } from './mutation-purges';
import { findObstacles, type ObstacleSettings } from './obstacles';
import { fillMissing } from './placeholders';

export interface ExplainSettings extends ObstacleSettings {
  readonly limits: OperationLimits;
}

/**
 * What the gateway would do with an operation, and why. Pure: nobody is asked, so what depends on the request's headers
 * or on the answer is said with its condition.
 *
 * @param variables as a client would send them; what is missing is shown by placeholders
 * @returns a refusal when the text is no valid operation, or beyond a limit
 */
export function explain(
  knowledge: Knowledge,
  settings: ExplainSettings,
  text: string,
  variables: Readonly<Record<string, unknown>> = {},
  operationName?: string,
): Explanation | Refusal {
  const operation = compileOperation(knowledge, settings.limits, text, operationName);
  return 'errors' in operation ? operation : explainOperation(knowledge, settings, operation, variables);
}

/** The same for an operation that is known already. */
export function explainOperation(
  knowledge: Knowledge,
  settings: ObstacleSettings,
  operation: Operation,
  sent: Readonly<Record<string, unknown>>,
): Explanation {
  const { kind, name, policy, question } = operation;
  const asked = ask(operation, sent);
  const { variables, missing } = fillMissing(knowledge.schema, operation.definition, asked.variables);
  const obstacles = findObstacles(operation, settings);
  const common = {
    operation: { kind, ...(name !== undefined && { name }) },
    obstacles,
    missingVariables: missing,
    unknownVariables: Object.keys(sent).filter((sentName) => !operation.variableNames.includes(sentName)),
  };
  if (kind === 'mutation') return { ...common, kept: 'never', purges: mutationPurges(operation, variables) };
  if (kind !== 'query') return { ...common, kept: 'never' };
  const isKept = obstacles.every(({ when }) => when !== undefined);
  const isPrivate = policy.scope === 'PRIVATE';
  return {
    ...common,
    kept: isKept ? (isPrivate ? 'for one session' : 'for everybody') : 'never',
    scope: {
      is: policy.scope,
      ...(policy.decidedBy.scope !== undefined && { decidedBy: policy.decidedBy.scope }),
    },
    maxAge: maxAgeOf(policy),
    swr: policy.swr,
    ...(isKept && { key: keyParts(asked, isPrivate, settings, missing.length === 0) }),
    tags: answerTags(question, variables),
  };
}

function maxAgeOf({ maxAge, leastMaxAge, decidedBy }: Policy): MaxAge {
  return {
    most: maxAge,
    ...(decidedBy.maxAge !== undefined && { decidedBy: decidedBy.maxAge }),
    least: leastMaxAge,
    ...(decidedBy.leastMaxAge !== undefined && { leastDecidedBy: decidedBy.leastMaxAge }),
  };
}

function keyParts(
  asked: Asked,
  isPrivate: boolean,
  { session, vary }: ObstacleSettings,
  isComplete: boolean,
): KeyParts {
  const { operation, variables } = asked;
  return {
    schemaVersion: operation.schemaVersion,
    document: print(operation.document),
    variables: { ...variables },
    ...(isPrivate && session !== undefined && { session }),
    headers: vary,
    ...(!isPrivate && vary.length === 0 && isComplete && { value: keyOf(asked, undefined, []) }),
  };
}
