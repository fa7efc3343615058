import {
  getNamedType,
  isLeafType,
  isObjectType,
  type GraphQLObjectType,
  getNullableType,
  Kind,
  type ConstDirectiveNode,
  type ConstValueNode,
} from 'graphql';
import { nodesOfField, argumentNamed, directivesNamed, nodesOfType } from '../schema/directives';
import { fieldShapes } from '../policy/field-shapes';
import type { Lifetimes } from './lifetimes';
import { hasList, isKeyless } from '../policy/type-shape';
import { whatMutationsPurge } from './lists';
import {
  fieldsOf,
  listNames,
  type DefinedField,
  type Subject,
  compositeTypes,
  definedFields,
  rootKind,
} from './subject';
import type { CacheHint } from '../policy/rules';

/**
 * What is cached at the root and changes without anything purging it: plain values, such as a count, and objects without a
 * key that no mutation returns, where neither a list in them, nor their filter, nor their name tells what they are about. And
 * figures in rows.
 */
export function checkValues(subject: Subject, lifetimes: Lifetimes): void {
  checkRows(subject, lifetimes);
  const { rules, findings } = subject;
  const unpurged = objectsNothingPurges(subject);
  for (const { type, field, coordinate } of fieldsAtRoot(subject)) {
    if (!lifetimes.ofField(type.name, field) || rules.fieldTags(type.name, field.name).length > 0) continue;
    const named = getNamedType(field.type);
    const nodes = nodesOfField(type, field);
    const shapes = fieldShapes(subject.schema, rules);
    if (shapes.of(type, field).about.length > 0) continue;
    const measured = isObjectType(type) && isLeafType(named) ? shapes.countedBy(type, field) : [];
    if (measured.length > 0) {
      const message = `${coordinate} is called like a value of ${listNames(measured.map(({ name }) => name))}: changes of anything else do not purge it.`;
      findings.add('value-nobody-purges', coordinate, nodes, message);
    } else if (isLeafType(named)) {
      const message = `${coordinate} is a plain value: its answers carry no tag, and no purge reaches them.`;
      findings.add('value-nobody-purges', coordinate, nodes, message);
    } else if (isObjectType(named) && unpurged.has(named)) {
      const message = `${coordinate} returns ${named.name}, an object without a key, and no mutation purges it.`;
      findings.add('object-nobody-purges', coordinate, nodes, message);
    }
  }
}

/** Lists of rows without a key whose figures are purged by what their names speak of, and by nothing else. */
function checkRows({ schema, rules, findings }: Subject, lifetimes: Lifetimes): void {
  const shapes = fieldShapes(schema, rules);
  const query = schema.getQueryType();
  for (const { type, field, coordinate } of query ? fieldsOf(query) : []) {
    if (!lifetimes.ofField(type.name, field) || rules.fieldTags(type.name, field.name).length > 0) continue;
    const { elements, listed } = shapes.of(type, field);
    const rows = elements.filter((one) => isKeyless(schema, one, rules)) as GraphQLObjectType[];
    const figures = rows.flatMap((row) => fieldsOf(row).filter((one) => shapes.mayCount(row, one.field)));
    const known = new Set(
      [...listed, ...shapes.countedInRows(elements)].filter(
        (one) => !rows.includes(one as GraphQLObjectType),
      ),
    );
    if (figures.length === 0 || known.size === 0) continue;
    const names = figures.map((one) => one.coordinate);
    const message = `${coordinate} shows ${listNames(names)}, figures in rows without a key: changes of anything but ${listNames([...known].map(({ name }) => name))} do not purge them.`;
    findings.add('value-nobody-purges', coordinate, nodesOfField(type, field), message, { also: names });
  }
}

/** The fields of the query type, and of objects without a key and without lists that it leads to one by one. */
function fieldsAtRoot({ schema, rules }: Subject): readonly DefinedField[] {
  const query = schema.getQueryType();
  const holders = new Set<GraphQLObjectType>(query ? [query] : []);
  // A set may grow while it is gone through.
  for (const holder of holders) {
    for (const field of Object.values(holder.getFields())) {
      const named = getNamedType(field.type);
      const { elements, about } = fieldShapes(schema, rules).of(holder, field);
      if (hasList(field.type) || elements.length > 0 || about.length > 0) continue;
      if (isObjectType(named) && isKeyless(schema, named, rules)) holders.add(named);
    }
  }
  // The plain values of those are their objects' own.
  return [...holders].flatMap((holder) =>
    fieldsOf(holder).filter(({ field }) => holder === query || !isLeafType(getNamedType(field.type))),
  );
}

/** Objects that are met one by one, hold no list, and are returned by no mutation. */
export function objectsNothingPurges(subject: Subject): ReadonlySet<GraphQLObjectType> {
  const { schema, rules } = subject;
  const { touched } = whatMutationsPurge(subject);
  const found = new Set<GraphQLObjectType>();
  for (const { type, field } of fieldsAtRoot(subject)) {
    const named = getNamedType(field.type);
    if (hasList(field.type) || !isObjectType(named) || !isKeyless(schema, named, rules)) continue;
    const { elements, about } = fieldShapes(schema, rules).of(type, field);
    const shapes = fieldShapes(schema, rules);
    const hasValues = Object.values(named.getFields()).some(
      (one) => isLeafType(getNamedType(one.type)) && shapes.countedBy(named, one).length === 0,
    );
    if (hasValues && elements.length === 0 && about.length === 0 && !touched.has(named.name))
      found.add(named);
  }
  return found;
}

const KINDS: Readonly<Record<string, Kind>> = {
  maxAge: Kind.INT,
  scope: Kind.ENUM,
  inheritMaxAge: Kind.BOOLEAN,
  swr: Kind.INT,
};

/** `@cacheControl` read by itself: arguments that cannot be read, contradict each other, or say nothing. */
export function checkHints(subject: Subject): void {
  const { schema, rules, findings } = subject;
  for (const type of compositeTypes(schema)) {
    for (const node of nodesOfType(type))
      checkUses(subject, type.name, directivesNamed('cacheControl', [node]));
    const uses = directivesNamed('cacheControl', nodesOfType(type));
    const hint = rules.typeHint(type.name);
    if (hint?.swr && !hint.maxAge) {
      findings.add('swr-without-max-age', type.name, uses, `swr of ${type.name} has no maxAge to follow.`);
    }
  }
  for (const { type, field, coordinate } of definedFields(schema)) {
    const nodes = nodesOfField(type, field);
    for (const node of nodes) checkUses(subject, coordinate, directivesNamed('cacheControl', [node]));
    const uses = directivesNamed('cacheControl', nodes);
    if (uses.length === 0) continue;
    const root = rootKind(schema, type.name);
    const hint = rules.fieldHint(type.name, field.name);
    if (root === 'mutation') {
      findings.add('unused-directive', coordinate, uses, 'A mutation is never cached.');
    } else if (root === 'subscription' && !hint?.maxAge) {
      findings.add(
        'unused-directive',
        coordinate,
        uses,
        'Equal subscriptions share one where it says a maxAge.',
      );
    } else if (hint?.inheritMaxAge && root === 'query') {
      findings.add(
        'inherit-at-root',
        coordinate,
        uses,
        `${coordinate} takes the default: nothing is above it.`,
      );
    } else if (hint?.inheritMaxAge && isLeafType(getNullableType(field.type))) {
      findings.add(
        'unused-directive',
        coordinate,
        uses,
        `${coordinate} is a plain value, and these inherit anyway.`,
      );
    }
    if (hint?.swr && !hasMaxAge(subject, hint, String(field.type).replace(/[[\]!]/g, ''))) {
      findings.add('swr-without-max-age', coordinate, uses, `swr of ${coordinate} has no maxAge to follow.`);
    }
  }
}

/** A field's swr may stand beside the maxAge of the type it returns. */
function hasMaxAge({ rules }: Subject, hint: CacheHint, returned: string): boolean {
  return (hint.maxAge ?? (hint.inheritMaxAge ? 0 : rules.typeHint(returned)?.maxAge) ?? 0) > 0;
}

/** The uses on one definition or one extension. */
function checkUses(subject: Subject, coordinate: string, uses: readonly ConstDirectiveNode[]): void {
  const { findings } = subject;
  if (uses.length > 1) {
    findings.add(
      'repeated-directive',
      coordinate,
      uses,
      `${coordinate} has @cacheControl ${uses.length} times.`,
    );
  }
  for (const use of uses) {
    const values = Object.entries(KINDS).flatMap(([name, kind]) => {
      const value = argumentNamed(name, use);
      return value ? [{ name, kind, value }] : [];
    });
    if (values.length === 0) {
      findings.add('unused-directive', coordinate, [use], `@cacheControl on ${coordinate} says nothing.`);
    }
    for (const { name, kind, value } of values) checkValue(subject, coordinate, { name, kind, value });
    const inherits = argumentNamed('inheritMaxAge', use);
    if (argumentNamed('maxAge', use) && inherits?.kind === Kind.BOOLEAN && inherits.value) {
      findings.add('contradictory-max-age', coordinate, [use], `${coordinate} has maxAge and inheritMaxAge.`);
    }
  }
}

function checkValue(
  { findings }: Subject,
  coordinate: string,
  { name, kind, value }: { readonly name: string; readonly kind: Kind; readonly value: ConstValueNode },
): void {
  const isScope = value.kind === Kind.ENUM && (value.value === 'PUBLIC' || value.value === 'PRIVATE');
  if (value.kind !== kind || (name === 'scope' && !isScope)) {
    const taken = { maxAge: '0', swr: '0', scope: 'PRIVATE' }[name] ?? 'false';
    findings.add(
      'unreadable-argument',
      coordinate,
      [value],
      `${name} of ${coordinate} cannot be read; it is taken as ${taken}.`,
    );
  } else if (value.kind === Kind.INT && Number(value.value) < 0) {
    findings.add('negative-seconds', coordinate, [value], `${name} of ${coordinate} is ${value.value}.`);
  }
}
