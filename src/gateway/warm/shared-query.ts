import { print } from 'graphql';
import type { CacheKey } from '../../cache/entry';
import { bind, type BoundOperation } from '../../operation/bound-operation';
import type { Catalogue } from '../../operation/catalogue';
import { saysWho, type Client } from '../client';
import { decide, type RuleSettings } from '../rules';

/**
 * A query whose answer is shared with all, as anyone may ask it again: without credentials, and with none of its client's
 * headers but those that are part of the key. In texts, so that it outlives the schema it was first asked under.
 */
export interface SharedQuery {
  readonly text: string;
  readonly operationName: string | undefined;
  /** those that the operation declares */
  readonly variables: Readonly<Record<string, unknown>>;
  /** see {@link BoundOperation} */
  readonly parameters: string;
  /** of VARY, as far as its client sent them */
  readonly headers: Readonly<Record<string, string>>;
}

/** Longer ones are not remembered: a few of them would take the room of all others. Characters. */
const LONGEST = 16_384;

/** @returns undefined for one that is too long, or whose key contains what may be credentials */
export function sharedQueryOf(bound: BoundOperation, client: Client): SharedQuery | undefined {
  const headers = client.keyedHeaders;
  if (!headers) return undefined;
  const { operation, variables, parameters } = bound;
  const text = operation.text ?? print(operation.document);
  if (text.length + bound.text.length > LONGEST) return undefined;
  return { text, operationName: operation.name, variables, parameters, headers };
}

/** Whether something that was written down has the form of a query. */
export function isSharedQuery(value: unknown): value is SharedQuery {
  if (!isRecord(value)) return false;
  const { text, operationName, variables, parameters, headers } = value;
  return (
    typeof text === 'string' &&
    text.length <= LONGEST &&
    (operationName === undefined || typeof operationName === 'string') &&
    isRecord(variables) &&
    typeof parameters === 'string' &&
    isRecord(headers) &&
    Object.values(headers).every((header) => typeof header === 'string')
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a query asks under the schema in use, and where its answer is kept. */
export interface PlacedQuery {
  /** what upstream is sent of its headers */
  readonly headers: Readonly<Record<string, string>>;
  readonly bound: BoundOperation;
  readonly key: CacheKey;
}

/**
 * Finds out what a query asks now.
 * @param now monotonic milliseconds
 * @returns undefined where it is not valid any more, or the rules do not let its answer be looked up and shared with all
 */
export function placeQuery(
  query: SharedQuery,
  catalogue: Catalogue,
  rules: RuleSettings,
  now: number,
): PlacedQuery | undefined {
  // There is but one operation in it, so that both name the same: that which clients use is known already.
  const name = catalogue.knows(query.text, undefined) ? undefined : query.operationName;
  const operation = catalogue.find(query.text, name);
  if ('errors' in operation) return undefined;
  const bound = bind(operation, query.variables, query.parameters);
  const names = Object.keys(query.headers);
  // VARY is another than it was.
  if (!names.every((each) => rules.vary.includes(each)) || names.some((each) => saysWho(each, rules)))
    return undefined;
  const varying = rules.vary.map((each) =>
    Object.hasOwn(query.headers, each) ? `+${query.headers[each]}` : '-',
  );
  const facts = { hasCredentials: false, hasUnkeyedHeader: false, hasSecondCredential: false, varying };
  const decision = decide(bound, { facts, session: undefined, isMember: false, now }, rules);
  return decision.kind === 'lookup' && decision.scope === 'shared'
    ? { headers: query.headers, bound, key: decision.key }
    : undefined;
}
