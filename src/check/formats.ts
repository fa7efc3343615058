import {
  getNamedType,
  getNullableType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isUnionType,
  Kind,
  type ASTNode,
  type ConstDirectiveNode,
  type GraphQLField,
  type GraphQLInputType,
} from 'graphql';
import { argumentNamed, directivesNamed, nodesOfField, nodesOfType } from '../schema/directives';
import { isTypeName } from '../policy/type-shape';
import { parseTagFormat, type FormatProblem, type Placeholder, type TagFormat } from '../policy/tag-format';
import {
  compositeTypes,
  definedFields,
  rootKind,
  type Subject,
  type TypeWithFields,
  tagKind,
} from './subject';

const PROBLEMS: Readonly<Record<FormatProblem, string>> = {
  empty: 'is empty',
  'not-a-format': 'has a brace that is no placeholder',
  'begins-with-placeholder': 'begins with a placeholder, so a value could name any tag',
  'adjacent-placeholders': 'has two placeholders with nothing between them',
  'percent-between-placeholders':
    'has a percent sign after a placeholder, where it would be read as part of a value',
};

/** `@cacheTag` formats: malformed, of unknown arguments or keys, posing as another kind of tag, or where none is read. */
export function checkFormats(subject: Subject): void {
  const { schema, findings } = subject;
  for (const { type, field, coordinate } of definedFields(schema)) {
    const uses = directivesNamed('cacheTag', nodesOfField(type, field));
    const root = rootKind(schema, type.name);
    if (uses.length > 0 && (root === 'mutation' || root === 'subscription')) {
      findings.add('unused-directive', coordinate, uses, `A ${root} is never cached, so it needs no tag.`);
      continue;
    }
    for (const use of uses) {
      checkCacheTag(subject, coordinate, use, {
        isField: true,
        faultOf: (one) => (one.from === 'key' ? keyFault(subject, type, one) : argumentFault(field, one)),
      });
    }
  }
  for (const type of compositeTypes(schema)) {
    if (isUnionType(type)) continue;
    for (const use of directivesNamed('cacheTag', nodesOfType(type))) {
      checkCacheTag(subject, type.name, use, {
        isField: false,
        faultOf: (one) => keyFault(subject, type, one),
      });
    }
  }
}

function checkCacheTag(
  subject: Subject,
  coordinate: string,
  use: ConstDirectiveNode,
  {
    isField,
    faultOf,
  }: {
    readonly isField: boolean;
    readonly faultOf: (placeholder: Placeholder) => string | undefined;
  },
): void {
  const { schema, rules, findings } = subject;
  const value = argumentNamed('format', use);
  if (value?.kind !== Kind.STRING) {
    findings.add(
      'unreadable-argument',
      coordinate,
      [use],
      `format of @cacheTag on ${coordinate} is not a text.`,
    );
    return;
  }
  const format = parseTagFormat(value.value);
  checkFormat(subject, coordinate, { nodes: [use], format, faultOf });
  const kind = tagKind(schema, rules, format);
  if (format.problem || kind.kind === 'declared') return;
  if (kind.kind === 'change' && isField) {
    if (isTypeName(schema, rules, kind.type)) return;
    const unknown = `${coordinate} depends on any change of ${kind.type}: no such type.`;
    findings.add('tag-format-unknown-type', coordinate, [use], unknown);
    return;
  }
  const message = `The tag "${format.text}" on ${coordinate} would be purged as ${PURGED_AS[kind.kind]}, not as declared here.`;
  findings.add('tag-format-of-another-kind', coordinate, [use], message);
}

const PURGED_AS = {
  entity: 'an entity',
  list: 'the lists of a type',
  type: 'a type',
  change: 'any change of a type',
};

/** A format, where it stands, and what is wrong with a placeholder of it. */
export interface CheckedFormat {
  readonly nodes: readonly ASTNode[];
  readonly format: TagFormat;
  readonly faultOf: (placeholder: Placeholder) => string | undefined;
}

/** What is wrong with one format. Shared with `@purges`. */
export function checkFormat(
  { findings }: Subject,
  coordinate: string,
  { nodes, format, faultOf }: CheckedFormat,
): void {
  if (format.problem) {
    const message = `The format "${format.text}" of ${coordinate} ${PROBLEMS[format.problem]}.`;
    findings.add('tag-format-malformed', coordinate, nodes, message);
  }
  for (const placeholder of format.placeholders) {
    const fault = faultOf(placeholder);
    if (fault === undefined) continue;
    const code = placeholder.from === 'args' ? 'tag-format-unknown-argument' : 'tag-format-unknown-key';
    findings.add(code, coordinate, nodes, `The format "${format.text}" of ${coordinate}: ${fault}.`);
  }
}

/** Why a placeholder cannot be filled in from a field's arguments; undefined when it can. */
export function argumentFault(
  field: GraphQLField<unknown, unknown>,
  { from, path }: Placeholder,
): string | undefined {
  if (from === 'key') return 'a mutation has arguments, not a key';
  const types = typesAlong(field, path);
  if (types.length === path.length) return undefined;
  const before = path.slice(0, types.length).join('.');
  return types.length === 0
    ? `there is no argument ${path[0]}`
    : `${before} has no field ${path[types.length]}`;
}

/** True when a client may leave the value out: some part on the way to it may be null and has no default. */
export function mayBeMissing(field: GraphQLField<unknown, unknown>, { path }: Placeholder): boolean {
  const argument = field.args.find(({ name }) => name === path[0]);
  return typesAlong(field, path).some(
    (type, index) => !isNonNullType(type) && !(index === 0 && argument?.defaultValue !== undefined),
  );
}

/** The types of an argument and of the input fields under it, as far as the path leads. */
function typesAlong(field: GraphQLField<unknown, unknown>, path: readonly string[]): GraphQLInputType[] {
  const types: GraphQLInputType[] = [];
  let type = field.args.find(({ name }) => name === path[0])?.type;
  for (let index = 1; type && index <= path.length; index++) {
    types.push(type);
    const named = getNamedType(type);
    const isObject = isInputObjectType(named) && !isListType(getNullableType(type));
    type = isObject ? named.getFields()[path[index] ?? '']?.type : undefined;
  }
  return types;
}

/**
 * Why a placeholder cannot be filled in from a type's key. A format on an interface is filled in from the objects behind
 * it, so each of them must have the key.
 */
function keyFault(
  { schema, rules }: Subject,
  type: TypeWithFields,
  { from, path }: Placeholder,
): string | undefined {
  if (from === 'args') return 'a type has a key, not arguments';
  const objects = isInterfaceType(type) ? schema.getPossibleTypes(type) : [type];
  const without = objects.find(({ name }) => path.length > 1 || !rules.keyFields(name)?.includes(path[0]!));
  return without && `${path.join('.')} is no key field of ${without.name}`;
}
