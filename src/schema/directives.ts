import {
  Kind,
  specifiedDirectives,
  type ConstDirectiveNode,
  type ConstValueNode,
  type FieldDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type TypeDefinitionNode,
  type TypeExtensionNode,
  parse,
} from 'graphql';

type TypeNode = TypeDefinitionNode | TypeExtensionNode;

/**
 * The SDL nodes that make up a type, the definition first, then its extensions in the order they were applied:
 * an overlay's `extend type` comes after what it extends.
 */
export function nodesOfType(type: GraphQLNamedType): readonly TypeNode[] {
  return [...(type.astNode ? [type.astNode] : []), ...type.extensionASTNodes];
}

/** The SDL nodes that define a field: its own, then re-declarations of it in extensions of its type. */
export function nodesOfField(
  type: GraphQLNamedType,
  field: GraphQLField<unknown, unknown>,
): readonly FieldDefinitionNode[] {
  const nodes = field.astNode ? [field.astNode] : [];
  for (const extension of type.extensionASTNodes) {
    if (!('fields' in extension)) continue;
    for (const node of extension.fields ?? []) {
      if (node.kind !== Kind.FIELD_DEFINITION || node.name.value !== field.name) continue;
      if (!nodes.includes(node)) nodes.push(node);
    }
  }
  return nodes;
}

/** Every use of a directive on the given nodes, in order. */
export function directivesNamed(
  name: string,
  nodes: readonly (TypeNode | FieldDefinitionNode)[],
): readonly ConstDirectiveNode[] {
  return nodes.flatMap((node) =>
    (node.directives ?? []).filter((directive) => directive.name.value === name),
  );
}

/**
 * Every use of a directive on the given nodes, in order, but for those whose meaning graphql-js keeps in the schema itself,
 * such as `@deprecated`.
 */
export function usesOn(
  nodes: readonly { readonly directives?: readonly ConstDirectiveNode[] | undefined }[],
): readonly ConstDirectiveNode[] {
  return nodes
    .flatMap(({ directives }) => directives ?? [])
    .filter((use) => specifiedDirectives.every(({ name }) => name !== use.name.value));
}

/** The value written for an argument. An explicit null is the same as saying nothing. */
export function argumentNamed(name: string, directive: ConstDirectiveNode): ConstValueNode | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.NULL ? undefined : value;
}

/**
 * The directives an operator writes. `@cacheControl` is Apollo Server's with `swr` added; `@cacheTag` is Apollo Router's
 * and `@key` Federation's with `entity` added, so that a schema annotated for either works as it is; `@purges` and `@table` are ours.
 */
export const DIRECTIVES_SDL = `
enum CacheControlScope {
  PUBLIC
  PRIVATE
}

directive @cacheControl(
  maxAge: Int
  scope: CacheControlScope
  inheritMaxAge: Boolean
  swr: Int
) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION

directive @cacheTag(format: String!) repeatable on FIELD_DEFINITION | OBJECT | INTERFACE

directive @key(fields: String!, resolvable: Boolean = true, entity: String) repeatable on OBJECT | INTERFACE

directive @purges(
  tags: [String!]! = []
  lists: Boolean! = true
  references: Boolean! = true
  session: Boolean! = true
) on FIELD_DEFINITION

directive @table(name: String!, key: String, lists: [String!], tags: [String!], parents: [String!]) repeatable on OBJECT
`;

export const DIRECTIVE_NAMES: readonly string[] = parse(DIRECTIVES_SDL).definitions.flatMap((node) =>
  node.kind === Kind.DIRECTIVE_DEFINITION ? [node.name.value] : [],
);
