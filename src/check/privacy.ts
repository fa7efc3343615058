import { getNamedType, isObjectType } from 'graphql';
import { directivesNamed, nodesOfField, nodesOfType } from '../schema/directives';
import { isPrivateType, privacyOf, privateTypesOf } from '../policy/field-limit';
import { printDirectives } from '../policy/print-directives';
import { holderOf, isOfViewer } from '../policy/viewer-names';
import { findLifetimes, type Lifetimes } from './lifetimes';
import {
  compositeTypes,
  definedFields,
  fieldsOf,
  listNames,
  rootKind,
  type DefinedField,
  type Subject,
  type TypeWithFields,
} from './subject';

/** What is declared private and where public says otherwise, or is made private without saying so. */
export function checkPrivacy(subject: Subject, lifetimes: Lifetimes): void {
  for (const type of compositeTypes(subject.schema).filter(isObjectType)) {
    const root = rootKind(subject.schema, type.name);
    if (root === 'mutation' || root === 'subscription') continue;
    const parent = type.getInterfaces().find(({ name }) => subject.rules.typeHint(name)?.scope === 'PRIVATE');
    if (parent && subject.rules.typeHint(type.name)?.scope === 'PUBLIC') {
      const message = `${type.name} is PUBLIC, and ${parent.name}, which it implements, is PRIVATE.`;
      const uses = directivesNamed('cacheControl', nodesOfType(type));
      subject.findings.add('public-against-interface', type.name, uses, message);
    }
    for (const defined of fieldsOf(type)) {
      checkAgainstInterfaces(subject, defined);
      checkReturned(subject, lifetimes, defined);
    }
  }
}

function checkAgainstInterfaces(
  { rules, findings }: Subject,
  { type, field, coordinate }: DefinedField,
): void {
  if (rules.fieldHint(type.name, field.name)?.scope !== 'PUBLIC') return;
  const parent = type
    .getInterfaces()
    .find(({ name }) => rules.fieldHint(name, field.name)?.scope === 'PRIVATE');
  if (!parent) return;
  const uses = directivesNamed('cacheControl', nodesOfField(type, field));
  const message = `${coordinate} is PUBLIC, and ${parent.name}.${field.name} is PRIVATE.`;
  findings.add('public-against-interface', coordinate, uses, message);
}

function checkReturned(
  { schema, rules, findings }: Subject,
  lifetimes: Lifetimes,
  { type, field, coordinate }: DefinedField,
): void {
  const named = getNamedType(field.type);
  const hint = rules.fieldHint(type.name, field.name);
  if (hint?.scope === 'PRIVATE') return;
  const nodes = nodesOfField(type, field);
  const uses = directivesNamed('cacheControl', nodes);
  const behind = privateTypesOf(schema, rules, named);
  const isPublic = hint?.scope === 'PUBLIC';
  if (behind.length > 0 && (isPublic || lifetimes.ofField(type.name, field))) {
    const members = listNames(behind.map(({ name }) => name));
    const isOpen = privacyOf(schema, rules, type, field) === 'open';
    const message = isOpen
      ? `Answers with ${coordinate} are private where a request carries credentials: it may return ${members}.`
      : `Answers with ${coordinate} are private: it may return ${members}.`;
    findings.add(
      isPublic ? 'public-without-effect' : 'private-by-type',
      coordinate,
      [...nodes, ...uses],
      message,
    );
  } else if (isPrivateType(rules, named) && isPublic) {
    const message = `${coordinate} is PUBLIC, and shares what ${named.name} declares PRIVATE.`;
    findings.add('public-field-of-private-type', coordinate, uses, message);
  } else if (isPrivateType(rules, named) && hint?.maxAge) {
    const message = `Answers with ${coordinate} are private, because ${named.name} is.`;
    findings.add('private-by-type', coordinate, uses, message);
  }
}

/**
 * Fields that by their names depend on who asks, and whose answers are kept for all clients: one finding for each type, or for
 * the interface that has them, where one line mends all types behind it.
 */
export function checkViewerFields({ schema, rules, findings }: Subject): void {
  const shared = findLifetimes(schema, rules, { isShared: true });
  const found = new Map<TypeWithFields, DefinedField[]>();
  for (const defined of definedFields(schema)) {
    const { type, field } = defined;
    if (!isObjectType(type) || !isOfViewer(field.name) || !shared.ofField(type.name, field)) continue;
    const saysSo = [type, ...type.getInterfaces()].some(
      ({ name }) => rules.fieldHint(name, field.name)?.scope === 'PUBLIC',
    );
    if (saysSo) continue;
    const holder = holderOf(schema, type, field.name);
    found.set(holder, [...(found.get(holder) ?? []), defined]);
  }
  for (const [holder, fields] of found) {
    const names = [...new Set(fields.map(({ field }) => field.name))];
    const [first, ...others] = fields.map(({ coordinate }) => coordinate);
    const [name, verb, it] = others.length === 0 ? ['name', 'depends', 'it'] : ['names', 'depend', 'them'];
    const message = `Judging by the ${name}, ${listNames([first!, ...others])} ${verb} on who asks, but answers with ${it} are kept for all clients.`;
    const mend = printDirectives(
      schema,
      names.map((name) => ({ coordinate: `${holder.name}.${name}`, hint: { scope: 'PRIVATE' } as const })),
      { inOneLine: true },
    );
    const nodes = fields.flatMap(({ type, field }) => nodesOfField(type, field)).toReversed();
    findings.add('viewer-field-shared', first!, nodes, message, { also: others, mend });
  }
}
