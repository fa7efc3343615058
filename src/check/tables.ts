import { isCompositeType, isObjectType, Kind } from 'graphql';
import { parseRowFormat, parseTagFormat } from '../policy/tag-format';
import { readTableRules, textsOf } from '../policy/table-rules';
import { argumentNamed, directivesNamed, nodesOfField, nodesOfType } from '../schema/directives';
import { checkFormat } from './formats';
import {
  compositeTypes,
  definedFields,
  exampleOf,
  patternOf,
  rootKind,
  tagKind,
  type Subject,
} from './subject';

/**
 * `@table` read by itself: what cannot be read, or names what the schema has not. What it says of the database only the database
 * knows: see `capture/`.
 */
export function checkTables(subject: Subject): void {
  const { schema, rules, findings } = subject;
  const cacheTags = definedFields(schema).flatMap(({ type, field }) =>
    directivesNamed('cacheTag', nodesOfField(type, field)).length === 0
      ? []
      : rules.fieldTags(type.name, field.name).map((text) => patternOf(parseTagFormat(text))),
  );
  for (const type of compositeTypes(schema)) {
    for (const use of directivesNamed('table', nodesOfType(type))) {
      const [rule] = readTableRules([use]);
      if (!isObjectType(type) || rootKind(schema, type.name)) {
        findings.add('unused-directive', type.name, [use], `${type.name} is no type that rows could be of.`);
        continue;
      }
      if (!rule) {
        const message = `name of @table on ${type.name} is no name of a table, such as "public.products".`;
        findings.add('unreadable-argument', type.name, [use], message);
        continue;
      }
      for (const name of ['lists', 'tags', 'parents', 'key'] as const) {
        const value = argumentNamed(name, use);
        const isRead = name === 'key' ? value?.kind === Kind.STRING : textsOf(value) !== undefined;
        if (!value || isRead) continue;
        const message = `${name} of @table on ${type.name} is ${name === 'key' ? 'not a text' : 'no list of texts'}.`;
        findings.add('unreadable-argument', type.name, [use], message);
      }
      for (const text of rule.tags) {
        const format = parseRowFormat(text);
        checkFormat(subject, type.name, { nodes: [use], format, faultOf: () => undefined });
        if (format.problem) continue;
        const kind = tagKind(schema, rules, format);
        if (kind.kind === 'declared') {
          if (cacheTags.some((pattern) => pattern.test(exampleOf(format)))) continue;
          const message = `No answer carries a tag like "${text}", which rows of ${rule.schema}.${rule.table} purge.`;
          findings.add('purges-unmatched-tag', type.name, [use], message);
        } else if (!isCompositeType(schema.getType(rules.typesTagged(kind.type)[0] ?? kind.type))) {
          const message = `Rows of ${rule.schema}.${rule.table} purge "${text}": no such type.`;
          findings.add('purges-unknown-type', type.name, [use], message);
        }
      }
    }
  }
}
