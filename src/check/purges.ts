import {
  isCompositeType,
  isInterfaceType,
  isObjectType,
  type GraphQLField,
  type GraphQLObjectType,
} from 'graphql';
import { directivesNamed, nodesOfField, nodesOfType } from '../schema/directives';
import { changedType, parseRowFormat, parseTagFormat, type TagFormat } from '../policy/tag-format';
import { mutationsThatPurgeNothing, touchesOf } from '../policy/touched-types';
import { argumentFault, checkFormat, mayBeMissing } from './formats';
import { definedFields, fieldsOf, type Subject, exampleOf, patternOf, tagKind } from './subject';

/** `@purges` where it is not read, or naming what does not exist; and mutations that purge nothing (P21). */
export function checkPurges(subject: Subject): void {
  const { schema, rules, findings } = subject;
  const mutation = schema.getMutationType();
  const cacheTags: { format: TagFormat; coordinate: string; nodes: Parameters<typeof directivesNamed>[1] }[] =
    [];
  for (const { type, field, coordinate } of definedFields(schema)) {
    const nodes = nodesOfField(type, field);
    const uses = directivesNamed('purges', nodes);
    if (type !== mutation && uses.length > 0) {
      findings.add(
        'purges-not-on-mutation',
        coordinate,
        uses,
        `${coordinate} is no mutation: it purges nothing.`,
      );
    }
    for (const text of rules.fieldTags(type.name, field.name)) {
      cacheTags.push({ format: parseTagFormat(text), coordinate, nodes });
    }
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const text of rules.typeTags(type.name))
      cacheTags.push({ format: parseTagFormat(text), coordinate: type.name, nodes: nodesOfType(type) });
  }
  if (!mutation) return;

  const purged: TagFormat[] = rules.tables.flatMap(({ rule }) => rule.tags.map(parseRowFormat));
  const patterns = cacheTags.map(({ format }) => patternOf(format));
  for (const { field, coordinate } of fieldsOf(mutation)) {
    if (rules.purgeRule(field.name)?.references === false && !returnsSomething(subject, field)) {
      const uses = directivesNamed('purges', nodesOfField(mutation, field));
      const message = `${coordinate} returns nothing of what it changes, so that references: false keeps nothing.`;
      findings.add('references-without-effect', coordinate, uses, message);
    }
    for (const text of rules.purgeRule(field.name)?.tags ?? []) {
      const format = parseTagFormat(text);
      purged.push(format);
      checkPurge(subject, { mutation, field, format, cacheTags: patterns });
    }
  }
  const reported = new Set<string>();
  for (const { format, coordinate, nodes } of cacheTags) {
    if (format.problem || reported.has(format.text) || changedType(format) !== undefined) continue;
    const pattern = patternOf(format);
    if (purged.some((one) => pattern.test(exampleOf(one)) || patternOf(one).test(exampleOf(format))))
      continue;
    reported.add(format.text);
    const uses = directivesNamed('cacheTag', nodes);
    findings.add(
      'tag-never-purged',
      coordinate,
      uses,
      `No mutation purges the tag "${format.text}" of ${coordinate}.`,
    );
  }
  for (const { type, field } of mutationsThatPurgeNothing(schema, rules)) {
    const coordinate = `${type.name}.${field.name}`;
    const message = `${coordinate} purges nothing: neither its name, its arguments nor what it returns tell what it changes.`;
    findings.add('mutation-purges-nothing', coordinate, nodesOfField(type, field), message);
  }
}

function returnsSomething({ schema, rules }: Subject, field: GraphQLField<unknown, unknown>): boolean {
  return touchesOf(schema, rules).of(field).carried.length > 0;
}

/** One format of one mutation, beside the formats that answers are tagged with. */
interface CheckedPurge {
  readonly mutation: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly format: TagFormat;
  readonly cacheTags: readonly RegExp[];
}

function checkPurge(subject: Subject, { mutation, field, format, cacheTags }: CheckedPurge): void {
  const { schema, rules, findings } = subject;
  const coordinate = `${mutation.name}.${field.name}`;
  const uses = directivesNamed('purges', nodesOfField(mutation, field));
  checkFormat(subject, coordinate, {
    nodes: uses,
    format,
    faultOf: (placeholder) => argumentFault(field, placeholder),
  });
  if (format.problem) return;
  if (format.placeholders.some((placeholder) => mayBeMissing(field, placeholder))) {
    const message = `${coordinate} purges "${format.text}" only when the client sends every value in it.`;
    findings.add('purges-optional-argument', coordinate, uses, message);
  }
  const kind = tagKind(schema, rules, format);
  if (kind.kind === 'declared') {
    if (cacheTags.some((pattern) => pattern.test(exampleOf(format)))) return;
    const message = `No answer carries a tag like "${format.text}", which ${coordinate} purges.`;
    findings.add('purges-unmatched-tag', coordinate, uses, message);
    return;
  }
  const [named = kind.type] = rules.typesTagged(kind.type);
  const type = schema.getType(named);
  if (!isCompositeType(type)) {
    findings.add(
      'purges-unknown-type',
      coordinate,
      uses,
      `${coordinate} purges "${format.text}": no such type.`,
    );
  } else if (kind.kind === 'entity' && isObjectType(type)) {
    const key = rules.keyFields(type.name);
    // Without a key there are no entities; a key of one part may hold colons of its own.
    if (key?.length === 1 || key?.length === kind.rest.split(':').length) return;
    const needed = key ? `${type.name} is identified by ${key.join(', ')}` : `${type.name} has no key`;
    findings.add(
      'purges-wrong-key',
      coordinate,
      uses,
      `${coordinate} purges "${format.text}", but ${needed}.`,
    );
  } else if (kind.kind === 'entity') {
    const message = `${coordinate} purges "${format.text}", but objects are tagged by their own type, not ${type.name}.`;
    findings.add('purges-wrong-key', coordinate, uses, message);
  }
}
