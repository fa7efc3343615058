import {
  getNamedType,
  isLeafType,
  getNullableType,
  Kind,
  type ConstDirectiveNode,
  type ConstValueNode,
} from 'graphql';
import { nodesOfField, argumentNamed, directivesNamed, nodesOfType } from '../schema/directives';
import type { Lifetimes } from './lifetimes';
import { fieldsOf, type Subject, compositeTypes, definedFields, rootKind } from './subject';
import type { CacheHint } from '../policy/rules';

/**
 * Cached plain values at the root, such as a count: no entity and no list is in such an answer, so without a declared tag
 * nothing can purge it but a purge of everything.
 */
export function checkValues({ schema, rules, findings }: Subject, lifetimes: Lifetimes): void {
  const query = schema.getQueryType();
  for (const { type, field, coordinate } of query ? fieldsOf(query) : []) {
    if (!isLeafType(getNamedType(field.type)) || !lifetimes.ofField(type.name, field)) continue;
    if (rules.fieldTags(type.name, field.name).length > 0) continue;
    const message = `${coordinate} is a plain value: its answers carry no tag, and no purge reaches them.`;
    findings.add('value-nobody-purges', coordinate, nodesOfField(type, field), message);
  }
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
    if (root === 'mutation' || root === 'subscription') {
      findings.add('unused-directive', coordinate, uses, `A ${root} is never cached.`);
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
