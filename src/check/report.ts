import type { DatabaseAdvice } from '../capture/advice';
import type { Problem } from '../config/problem';
import { type FieldTags, checkSchema, fieldTags, type Finding, type Severity } from './check-schema';
import {
  getNamedType,
  isCompositeType,
  isObjectType,
  isUnionType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  type Source,
} from 'graphql';
import type { Config } from '../config/config';
import type { Knowledge } from '../operation/operation';
import { readTrustedDocuments } from '../operation/persisted-documents';
import { upstreamDocuments } from '../operation/upstream-documents';
import { fieldLimit, privacyOf, isPrivateType } from '../policy/field-limit';
import { findLifetimes, type Lifetimes } from './lifetimes';
import { referredByMutations, type ReferredType } from './referred';
import { listNames } from './subject';
import { withoutMaxAge, type FieldWithoutMaxAge } from '../policy/without-max-age';
import type { Rules, Scope } from '../policy/rules';
import { describeTouch } from '../policy/describe-touch';
import { touchesOf } from '../policy/touched-types';
import { isReachable, possibleTypes } from '../policy/type-shape';

/** What `lastmile check` says. Plain data: it is printed, and sent as JSON. */
export interface CheckReport {
  /** false: the schema could not be read, and the findings say why; all else is empty then */
  readonly isRead: boolean;
  /** the operator's files, as findings name them */
  readonly files: readonly string[];
  readonly cached: readonly CachedType[];
  readonly rootFields: readonly RootField[];
  /** fields below the root whose answers are kept for one session each */
  readonly privateFields: readonly string[];
  /** fields below those that keep answers out which would be kept without them */
  readonly withoutMaxAge: readonly FieldWithoutMaxAge[];
  /** what each field of the mutation type purges */
  readonly mutations: readonly MutationReport[];
  /** what mutations purge only because something refers to it, the types first that most fields show */
  readonly referred: readonly ReferredType[];
  /** what answers carry for each field that is kept, and why */
  readonly fields: readonly FieldTags[];
  /** what the configuration allows, and probably does not mean */
  readonly configuration: readonly Problem[];
  readonly findings: readonly CheckFinding[];
  /** of the database of CAPTURE_URL, where it is set and could be looked at */
  readonly database?: DatabaseAdvice;
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
  /** PRIVATE: it is shown for one session only, since it or all that leads to it is PRIVATE */
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

/** A field of the mutation type. */
export interface MutationReport {
  readonly field: string;
  /** in words, as in `lastmile explain` */
  readonly purges: readonly string[];
}

/**
 * Puts together all that can be said of a schema before anything is asked of it. Pure.
 * @param sources the operator's files
 */
export function checkReport(
  { knowledge, sources }: { readonly knowledge: Knowledge; readonly sources: readonly Source[] },
  config: Pick<Config, 'session' | 'warnings' | 'documents' | 'upstream' | 'limits'>,
): CheckReport {
  const { schema, rules } = knowledge;
  const { session, warnings } = config;
  const findings = checkSchema(schema, rules, sources);
  const ofRoot = rootFields(schema, rules);
  const lifetimes = findLifetimes(schema, rules);
  const ofOneSession = belowRoot(schema, lifetimes)
    .filter(
      ({ type, field }) =>
        lifetimes.ofField(type.name, field) && privacyOf(schema, rules, type, field) === 'private',
    )
    .map(({ type, field }) => `${type.name}.${field.name}`);
  return {
    isRead: true,
    files: sources.map(({ name }) => name),
    cached: cachedTypes(schema, rules, lifetimes),
    rootFields: ofRoot,
    privateFields: ofOneSession,
    withoutMaxAge: belowRoot(schema, lifetimes).flatMap(
      ({ type, field }) => withoutMaxAge(schema, rules, type.name, field) ?? [],
    ),
    fields: fieldTags(schema, rules, lifetimes),
    mutations: mutationReports(schema, rules),
    referred: referredByMutations(schema, rules, lifetimes),
    configuration: [
      ...warnings,
      ...(session ? [] : sessionless([...privateRootFields(ofRoot), ...ofOneSession])),
      ...knownDocuments(knowledge, config),
    ],
    findings,
    counts: countBySeverity(findings),
  };
}

/** Of a schema that cannot be read. @param findings what is wrong with it */
export function unreadReport(
  findings: readonly CheckFinding[],
  { warnings }: Pick<Config, 'warnings'>,
): CheckReport {
  return {
    isRead: false,
    files: [],
    cached: [],
    rootFields: [],
    privateFields: [],
    withoutMaxAge: [],
    fields: [],
    mutations: [],
    referred: [],
    configuration: warnings,
    findings,
    counts: countBySeverity(findings),
  };
}

/** An upstream that takes known documents only does not know what is added to them. */
function knownDocuments(
  knowledge: Knowledge,
  { documents: { trusted }, upstream, limits }: Pick<Config, 'documents' | 'upstream' | 'limits'>,
): Config['warnings'] {
  if (trusted === undefined || upstream.url === undefined) return [];
  const texts = readTrustedDocuments(trusted);
  const { added } = upstreamDocuments(knowledge, limits, texts);
  if (added === 0) return [];
  return [
    {
      variable: 'TRUSTED_DOCUMENTS',
      problem: `Upstream is asked for types and keys as well by ${added} of the operations in it.`,
      remedy:
        'If upstream takes known documents only, register there what `lastmile documents` prints: else it is asked as clients wrote them, and the answers are not kept.',
    },
  ];
}

export function countBySeverity(findings: readonly CheckFinding[]): Record<Severity, number> {
  const counts = { error: 0, warning: 0, note: 0 };
  for (const { severity } of findings) counts[severity]++;
  return counts;
}

interface FieldOfType {
  readonly type: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
}

/** The fields of the types that answers which are kept can hold, but for the query type. */
function belowRoot(schema: GraphQLSchema, lifetimes: Lifetimes): FieldOfType[] {
  return Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) && type !== schema.getQueryType() && lifetimes.ofType(type.name)
      ? Object.values(type.getFields()).map((field) => ({ type, field }))
      : [],
  );
}

/** The types that an answer for all clients can show: those that some way leads to without a PRIVATE field on it. */
function shownToAll(schema: GraphQLSchema, rules: Rules): ReadonlySet<string> {
  const names = new Set<string>();
  const query = schema.getQueryType();
  const open: GraphQLCompositeType[] = query ? [query] : [];
  for (let type = open.pop(); type; type = open.pop()) {
    if (names.has(type.name) || (type !== query && isPrivateType(rules, type))) continue;
    names.add(type.name);
    open.push(...possibleTypes(schema, type));
    if (isUnionType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const named = getNamedType(field.type);
      if (isCompositeType(named) && privacyOf(schema, rules, type, field) !== 'private') open.push(named);
    }
  }
  return names;
}

function cachedTypes(schema: GraphQLSchema, rules: Rules, lifetimes: Lifetimes): CachedType[] {
  const all = shownToAll(schema, rules);
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    const maxAge = lifetimes.ofType(type.name);
    if (!isCompositeType(type) || type === schema.getQueryType() || !maxAge) return [];
    if (!isReachable(schema, rules, type.name)) return [];
    const alike = [type.name, ...rules.typesTagged(rules.tagName(type.name))];
    const isShared = !isPrivateType(rules, type) && alike.some((name) => all.has(name));
    const scope = isShared ? 'PUBLIC' : 'PRIVATE';
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
      scope: privacyOf(schema, rules, query!, field) === 'public' ? 'PUBLIC' : 'PRIVATE',
      declared: limit?.declared ?? false,
    };
  });
}

function mutationReports(schema: GraphQLSchema, rules: Rules): MutationReport[] {
  return Array.from(touchesOf(schema, rules).all, ({ type, field }) => ({
    field: `${type.name}.${field.name}`,
    purges: describeTouch(schema, rules, field),
  }));
}

/** Those whose answers are kept for one session each. */
export function privateRootFields(fields: readonly RootField[]): string[] {
  return fields.filter(({ scope, maxAge }) => scope === 'PRIVATE' && maxAge > 0).map(({ field }) => field);
}

/** Private answers are kept under a session, and nothing says what one is. */
function sessionless(names: readonly string[]): Problem[] {
  if (names.length === 0) return [];
  return [
    {
      variable: 'SESSION',
      problem: `It is not set, and answers with ${listNames(names)} are PRIVATE: they are not kept, as nothing says whose they are.`,
      remedy: 'Say what identifies a session, such as `header:authorization`.',
    },
  ];
}
