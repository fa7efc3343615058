/** Small changes of a schema, such as a deploy or an operator makes, chosen at random. */
import {
  Kind,
  parse,
  visit,
  type ASTNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type TypeNode,
} from 'graphql';
import type { Random } from '../kit/random';

type Edit = (node: ASTNode, random: Random) => ASTNode | null | undefined;

/** Each changes a node it is for, removes it (null), or has nothing to do with it (undefined). */
const EDITS: readonly Edit[] = [
  // Members that go.
  (node) => (isMember(node) ? null : undefined),
  // Members that come.
  (node, random) =>
    node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION
      ? {
          ...node,
          fields: [
            ...(node.fields ?? []),
            ...fieldsOf(
              random.pick(['added: Int', 'id: ID!', 'nodes: [Author!]', 'note: Note', 'many: [Book!]']),
            ),
          ],
        }
      : undefined,
  (node, random) =>
    node.kind === Kind.FIELD_DEFINITION
      ? {
          ...node,
          arguments: [...(node.arguments ?? []), ...argumentsOf(random.pick(['id: ID', 'added: Int = 1']))],
        }
      : undefined,
  (node) =>
    node.kind === Kind.ENUM_TYPE_DEFINITION
      ? {
          ...node,
          values: [...(node.values ?? []), { kind: Kind.ENUM_VALUE_DEFINITION, name: named('ADDED') }],
        }
      : undefined,
  (node) =>
    node.kind === Kind.UNION_TYPE_DEFINITION
      ? { ...node, types: [...(node.types ?? []), { kind: Kind.NAMED_TYPE, name: named('Shelf') }] }
      : undefined,
  (node, random) =>
    node.kind === Kind.OBJECT_TYPE_DEFINITION && random.chance(0.3)
      ? { ...node, interfaces: [...(node.interfaces ?? []), { kind: Kind.NAMED_TYPE, name: named('Named') }] }
      : undefined,
  // Types that change.
  (node) => (hasType(node) ? ({ ...node, type: nullability(node.type) } as ASTNode) : undefined),
  (node) => (node.kind === Kind.FIELD_DEFINITION ? { ...node, type: listness(node.type) } : undefined),
  (node, random) =>
    node.kind === Kind.INPUT_VALUE_DEFINITION &&
    node.type.kind === Kind.NAMED_TYPE &&
    node.type.name.value === 'Int'
      ? { ...node, defaultValue: { kind: Kind.INT, value: String(random.below(3)) } }
      : undefined,
  // What operators say.
  (node) => ('directives' in node && node.directives?.length ? { ...node, directives: [] } : undefined),
  (node, random) =>
    isDescribed(node)
      ? {
          ...node,
          directives: [
            ...(node.directives ?? []).filter(({ name }) => name.value !== 'cacheControl'),
            ...directivesOf(
              random.pick([
                '@cacheControl(maxAge: 7)',
                '@cacheControl(scope: PRIVATE)',
                '@cacheControl(inheritMaxAge: true)',
              ]),
            ),
          ],
        }
      : undefined,
  (node, random) =>
    node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION
      ? {
          ...node,
          directives: [
            ...(node.directives ?? []),
            ...directivesOf(
              random.pick(['@key(fields: "name")', '@key(fields: "id")', '@cacheTag(format: "all")']),
            ),
          ],
        }
      : undefined,
  (node) =>
    node.kind === Kind.FIELD_DEFINITION
      ? {
          ...node,
          directives: [...(node.directives ?? []), ...directivesOf('@cacheTag(format: "of-{$args.id}")')],
        }
      : undefined,
];

/** One change somewhere. The result may be no valid schema. */
export function editSchema(document: DocumentNode, random: Random): DocumentNode {
  const edit = random.pick(EDITS);
  const places: ASTNode[] = [];
  visit(document, {
    enter(node) {
      if (edit(node, random) !== undefined) places.push(node);
    },
  });
  if (places.length === 0) return document;
  const place = random.pick(places);
  return visit(document, {
    enter(node) {
      return node === place ? edit(node, random) : undefined;
    },
  });
}

function isMember({ kind }: ASTNode): boolean {
  return (
    kind === Kind.FIELD_DEFINITION ||
    kind === Kind.INPUT_VALUE_DEFINITION ||
    kind === Kind.ENUM_VALUE_DEFINITION
  );
}

function hasType(node: ASTNode): node is ASTNode & { readonly type: TypeNode } {
  return node.kind === Kind.FIELD_DEFINITION || node.kind === Kind.INPUT_VALUE_DEFINITION;
}

function isDescribed(
  node: ASTNode,
): node is ASTNode & { readonly directives?: readonly ConstDirectiveNode[] } {
  const { kind } = node;
  return (
    kind === Kind.FIELD_DEFINITION ||
    kind === Kind.OBJECT_TYPE_DEFINITION ||
    kind === Kind.INTERFACE_TYPE_DEFINITION
  );
}

function nullability(type: TypeNode): TypeNode {
  return type.kind === Kind.NON_NULL_TYPE ? type.type : { kind: Kind.NON_NULL_TYPE, type };
}

function listness(type: TypeNode): TypeNode {
  if (type.kind === Kind.NON_NULL_TYPE) return listness(type.type);
  return type.kind === Kind.LIST_TYPE ? type.type : { kind: Kind.LIST_TYPE, type };
}

function named(value: string) {
  return { kind: Kind.NAME, value } as const;
}

function fieldsOf(text: string) {
  const [definition] = parse(`type T { ${text} }`, { noLocation: true }).definitions;
  return definition?.kind === Kind.OBJECT_TYPE_DEFINITION ? (definition.fields ?? []) : [];
}

function argumentsOf(text: string) {
  return fieldsOf(`f(${text}): Int`)[0]?.arguments ?? [];
}

function directivesOf(text: string) {
  return fieldsOf(`f: Int ${text}`)[0]?.directives ?? [];
}
