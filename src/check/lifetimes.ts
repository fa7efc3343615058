import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { fieldLimit, privacyOf } from '../policy/field-limit';
import type { Rules } from '../policy/rules';
import { directivesNamed, nodesOfField, nodesOfType } from '../schema/directives';
import { compositeTypes, definedFields, rootKind, type DefinedField, type Subject } from './subject';

/** How long answers can live at best, wherever in the schema they lead. */
export interface Lifetimes {
  /** seconds an answer can live that has an object of this type; undefined when no query can return one */
  ofType(type: string): number | undefined;
  /** seconds an answer can live that has this field; undefined when no query can reach it */
  ofField(type: string, field: GraphQLField<unknown, unknown>): number | undefined;
}

/**
 * Follows every way from the query type. An answer lives as long as its shortest-lived field, and the longest-lived way
 * to a type is what counts for it: the widest path of a graph, found by raising types until none rises any more.
 * @param options.isShared of answers that are kept for all clients: one with a private field is none
 */
export function findLifetimes(
  schema: GraphQLSchema,
  rules: Rules,
  { isShared = false }: { readonly isShared?: boolean } = {},
): Lifetimes {
  const best = new Map<string, number>();
  const limited = (type: string, field: GraphQLField<unknown, unknown>): number | undefined => {
    const above = best.get(type);
    if (above === undefined) return undefined;
    const holder = schema.getType(type);
    if (isShared && isObjectType(holder) && privacyOf(schema, rules, holder, field) === 'private') return 0;
    return Math.min(above, fieldLimit(schema, rules, type, field)?.maxAge ?? above);
  };
  const raised: GraphQLObjectType[] = [];
  const raise = (type: GraphQLObjectType, seconds: number): void => {
    if ((best.get(type.name) ?? -1) >= seconds) return;
    best.set(type.name, seconds);
    raised.push(type);
  };
  const query = schema.getQueryType();
  if (query) raise(query, Infinity);
  for (let type = raised.pop(); type; type = raised.pop()) {
    for (const field of Object.values(type.getFields())) {
      const named = getNamedType(field.type);
      if (!isCompositeType(named)) continue;
      const seconds = limited(type.name, field) ?? 0;
      for (const one of isAbstractType(named) ? schema.getPossibleTypes(named) : [named]) raise(one, seconds);
    }
  }
  return { ofType: (type) => best.get(type), ofField: limited };
}

/** A maxAge that no answer can ever have, because of what leads to it or of what stands in its way. */
export function checkLifetimes(subject: Subject, lifetimes: Lifetimes): void {
  const readers = new Map<string, DefinedField[]>();
  for (const defined of definedFields(subject.schema)) {
    checkField(subject, lifetimes, defined);
    const named = getNamedType(defined.field.type);
    if (!isCompositeType(named) || lifetimes.ofType(defined.type.name) === undefined) continue;
    readers.set(named.name, [...(readers.get(named.name) ?? []), defined]);
  }
  for (const type of compositeTypes(subject.schema))
    checkType(subject, lifetimes, type, readers.get(type.name) ?? []);
}

function checkField({ schema, rules, findings }: Subject, lifetimes: Lifetimes, defined: DefinedField): void {
  const { type, field, coordinate } = defined;
  const maxAge = rules.fieldHint(type.name, field.name)?.maxAge;
  const root = rootKind(schema, type.name);
  if (maxAge === undefined || root === 'mutation' || root === 'subscription') return;
  const uses = directivesNamed('cacheControl', nodesOfField(type, field));
  const found = (code: Parameters<typeof findings.add>[0], message: string): void =>
    findings.add(code, coordinate, uses, message);
  if (isInterfaceType(type)) {
    found(
      'max-age-never-applies',
      `An answer has objects, so the fields of ${type.name}'s types are asked instead.`,
    );
    return;
  }
  const above = lifetimes.ofType(type.name);
  if (above === undefined) {
    found('unreachable-type', `No query can return ${type.name}.`);
  } else if (above === 0 && maxAge > 0) {
    found('max-age-never-applies', `Everything that leads to ${type.name} has a maxAge of 0.`);
  } else if (maxAge >= above && !isCompositeType(getNamedType(field.type))) {
    found('max-age-without-effect', `No answer with ${type.name} lives longer than ${above} s anyway.`);
  }
}

/** @param readers the fields, reachable or of interfaces, that name the type as what they return */
function checkType(
  { schema, rules, findings }: Subject,
  lifetimes: Lifetimes,
  type: ReturnType<typeof compositeTypes>[number],
  readers: readonly DefinedField[],
): void {
  const hint = rules.typeHint(type.name);
  if (hint?.maxAge === undefined && !hint?.inheritMaxAge) return;
  const uses = directivesNamed('cacheControl', nodesOfType(type));
  if (rootKind(schema, type.name) && readers.length === 0) {
    const message = `${type.name} is where operations begin: give the maxAge to its fields, or to what they return.`;
    findings.add('max-age-never-applies', type.name, uses, message);
    return;
  }
  const reading = readers.filter(({ type }) => !isInterfaceType(type) && !isChange(schema, type.name));
  if (reading.length === 0) {
    const isBehind = lifetimes.ofType(type.name) !== undefined;
    const message = isBehind
      ? `${type.name} is only returned as an interface or union, whose own maxAge counts.`
      : `No query can return ${type.name}.`;
    findings.add(isBehind ? 'max-age-never-applies' : 'unreachable-type', type.name, uses, message);
    return;
  }
  if (!hint.maxAge) return;
  const leading = reading.filter(
    ({ type, field }) => rules.fieldHint(type.name, field.name)?.maxAge === undefined,
  );
  if (leading.length === 0) {
    findings.add(
      'max-age-never-applies',
      type.name,
      uses,
      `Every field that returns ${type.name} has its own.`,
    );
  } else if (leading.every(({ type, field }) => lifetimes.ofField(type.name, field) === 0)) {
    const message = `Every field that takes its maxAge from ${type.name} is below a maxAge of 0.`;
    findings.add('max-age-never-applies', type.name, uses, message);
  }
}

function isChange(schema: Subject['schema'], type: string): boolean {
  const root = rootKind(schema, type);
  return root === 'mutation' || root === 'subscription';
}
