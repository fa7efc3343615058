import { createHash } from 'node:crypto';
import { isInterfaceType, isObjectType, print, printType } from 'graphql';
import type { ConstDirectiveNode, GraphQLNamedType, GraphQLSchema } from 'graphql';
import { nodesOfField, nodesOfType } from '../policy/directive-nodes';

/**
 * A name for a schema and everything said about it: types, directives in use, and configuration. Entries made under
 * another version are never served. The same in every process and after every restart; the order in which an
 * upstream lists its types does not matter.
 * @param extra the configuration that answers or their policy depend on
 * @returns 22 characters of base64url
 */
export function schemaVersion(schema: GraphQLSchema, extra: string): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(extra));
  const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__'));
  types.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const type of types) hash.update(`\n${printType(type)}\n${printUses(type).join('\n')}`);
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  hash.update(JSON.stringify(roots.map((type) => type?.name)));
  return hash.digest('base64url').slice(0, 22);
}

/** Every directive on a type or its fields: graphql-js does not print them. */
function printUses(type: GraphQLNamedType): string[] {
  const uses = printAll(type.name, nodesOfType(type));
  if (!isObjectType(type) && !isInterfaceType(type)) return uses;
  for (const field of Object.values(type.getFields())) {
    uses.push(...printAll(`${type.name}.${field.name}`, nodesOfField(type, field)));
  }
  return uses;
}

function printAll(
  where: string,
  nodes: readonly { readonly directives?: readonly ConstDirectiveNode[] }[],
): string[] {
  return nodes.flatMap((node) => (node.directives ?? []).map((directive) => `${where} ${print(directive)}`));
}
