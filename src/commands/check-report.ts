import { isCompositeType } from 'graphql';
import type { Config } from '../config/config';
import type { Problem } from '../config/problem';
import type { GatewayKnowledge } from '../explain/read-knowledge';
import { checkSchema, fieldTags, type FieldTags, type Finding, type Severity } from '../policy/check';
import { fieldLimit } from '../policy/field-limit';
import { isPrivateField, isPrivateType } from '../policy/field-scope';
import { findLifetimes } from '../policy/lifetimes';
import type { Rules, Scope } from '../policy/rules';
import { mutationsThatPurgeNothing } from '../policy/touched-types';
import { isReachable, possibleTypes } from '../policy/type-shape';
import type { GraphQLObjectType, GraphQLSchema } from 'graphql';

/** What `lastmile check` says. Plain data: it is printed, and sent as JSON. */
export interface CheckReport {
  /** the operator's files, as findings name them */
  readonly files: readonly string[];
  readonly cached: readonly CachedType[];
  readonly rootFields: readonly RootField[];
  readonly mutations: { readonly all: number; readonly purging: number };
  /** what answers carry for each field that is kept, and why */
  readonly fields: readonly FieldTags[];
  /** what the configuration allows, and probably does not mean */
  readonly configuration: readonly Problem[];
  readonly findings: readonly CheckFinding[];
  readonly counts: Readonly<Record<Severity, number>>;
}

/** A finding about directives, or, with the code `schema`, what keeps the schema from being read at all. */
export type CheckFinding = Omit<Finding, 'code' | 'coordinate'> & {
  readonly code: string;
  readonly coordinate?: string;
};

/** An object type that answers which are kept can hold. */
export interface CachedType {
  readonly type: string;
  /** seconds an answer with such an object is kept at most, by the longest way that leads to one */
  readonly maxAge: number;
  /** its key fields; undefined: its objects are purged all together only */
  readonly key: readonly string[] | undefined;
  readonly scope: Scope;
}

/** A field of the query type. */
export interface RootField {
  readonly field: string;
  /** seconds an answer is kept at most that asks for nothing else; 0: never */
  readonly maxAge: number;
  readonly scope: Scope;
  /** false: the maxAge is the default */
  readonly declared: boolean;
}

/** Puts together all that can be said of a schema before anything is asked of it. Pure. */
export function checkReport(
  { knowledge, sources }: GatewayKnowledge,
  { session, warnings }: Pick<Config, 'session' | 'warnings'>,
): CheckReport {
  const { schema, rules } = knowledge;
  const findings = checkSchema(schema, rules, sources);
  const ofRoot = rootFields(schema, rules);
  const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {}).length;
  return {
    files: sources.map(({ name }) => name),
    cached: cachedTypes(schema, rules),
    rootFields: ofRoot,
    fields: fieldTags(schema, rules, findLifetimes(schema, rules)),
    mutations: { all: mutations, purging: mutations - mutationsThatPurgeNothing(schema, rules).length },
    configuration: session ? warnings : [...warnings, ...sessionless(ofRoot)],
    findings,
    counts: countBySeverity(findings),
  };
}

export function countBySeverity(findings: readonly CheckFinding[]): Record<Severity, number> {
  const counts = { error: 0, warning: 0, note: 0 };
  for (const { severity } of findings) counts[severity]++;
  return counts;
}

function cachedTypes(schema: GraphQLSchema, rules: Rules): CachedType[] {
  const lifetimes = findLifetimes(schema, rules);
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    const maxAge = lifetimes.ofType(type.name);
    if (!isCompositeType(type) || type === schema.getQueryType() || !maxAge) return [];
    if (!isReachable(schema, rules, type.name)) return [];
    const scope = isPrivateType(rules, type) ? 'PRIVATE' : 'PUBLIC';
    return possibleTypes(schema, type).includes(type as GraphQLObjectType)
      ? [{ type: type.name, maxAge, key: rules.keyFields(type.name), scope }]
      : [];
  });
}

function rootFields(schema: GraphQLSchema, rules: Rules): RootField[] {
  const query = schema.getQueryType();
  return Object.values(query?.getFields() ?? {}).map((field) => {
    const limit = fieldLimit(schema, rules, query!.name, field);
    return {
      field: `${query!.name}.${field.name}`,
      maxAge: limit?.maxAge ?? 0,
      scope: isPrivateField(schema, rules, query!, field) ? 'PRIVATE' : 'PUBLIC',
      declared: limit?.declared ?? false,
    };
  });
}

/** Private answers are kept under a session, and nothing says what one is. */
function sessionless(fields: readonly RootField[]): Problem[] {
  const names = fields.filter(({ scope, maxAge }) => scope === 'PRIVATE' && maxAge > 0);
  if (names.length === 0) return [];
  return [
    {
      variable: 'SESSION',
      problem: `It is not set, so no answer with ${names.map(({ field }) => field).join(', ')} is kept: PRIVATE.`,
      remedy: 'Say what identifies a session, such as `header:authorization`.',
    },
  ];
}
