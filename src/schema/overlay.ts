import {
  isInterfaceType,
  isObjectType,
  isUnionType,
  Kind,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  type InterfaceTypeExtensionNode,
  type ObjectTypeExtensionNode,
  type TypeNode,
  type UnionTypeExtensionNode,
} from 'graphql';
import { didYouMean } from 'graphql/jsutils/didYouMean';
import { suggestionList } from 'graphql/jsutils/suggestionList';
import { isOurDirective } from './directive-definitions';
import { placeOf, type SchemaFinding, findSdlProblems, findWrongArguments } from './schema-error';

// Not in the package's front door; `Did you mean` as graphql-js itself says it.

type Extension = ObjectTypeExtensionNode | InterfaceTypeExtensionNode | UnionTypeExtensionNode;

/** `type Product @cacheControl(...)` in an overlay means what `extend type Product @cacheControl(...)` says. */
const AS_EXTENSION: Readonly<Record<string, Extension['kind']>> = {
  [Kind.OBJECT_TYPE_DEFINITION]: Kind.OBJECT_TYPE_EXTENSION,
  [Kind.INTERFACE_TYPE_DEFINITION]: Kind.INTERFACE_TYPE_EXTENSION,
  [Kind.UNION_TYPE_DEFINITION]: Kind.UNION_TYPE_EXTENSION,
};

/**
 * Lays an overlay over a schema: directives on types, and on fields by declaring them again. Nothing else of the schema
 * changes, and the nodes keep their places. The schema must not be shared: its types get the nodes of the overlay.
 * @returns what is wrong with the overlay; then the schema is as it was
 */
export function applyOverlay(schema: GraphQLSchema, overlay: DocumentNode): SchemaFinding[] {
  const definitions = overlay.definitions.filter((node) => !isOurDirective(node)).map(asExtension);
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions };
  const findings = [
    ...findSdlProblems(document, schema, {
      // Declaring a field again is the very purpose, and its type is compared below with the one it has.
      without: ['UniqueFieldDefinitionNamesRule', 'UniqueTypeNamesRule', 'KnownTypeNamesRule'],
    }),
    ...findWrongArguments(document, schema),
    ...definitions.flatMap((node) => (isExtension(node) ? checkMembers(schema, node) : refuse(node))),
  ];
  if (findings.length > 0) return findings;
  for (const node of definitions.filter(isExtension)) {
    const type = schema.getType(node.name.value)!;
    type.extensionASTNodes = [...type.extensionASTNodes, node] as never[];
  }
  return [];
}

function asExtension(node: DefinitionNode): DefinitionNode {
  const kind = AS_EXTENSION[node.kind];
  return kind ? ({ ...node, kind } as Extension) : node;
}

function isExtension(node: DefinitionNode): node is Extension {
  return Object.values(AS_EXTENSION).includes(node.kind as Extension['kind']);
}

function refuse(node: DefinitionNode): SchemaFinding[] {
  if (node.kind === Kind.DIRECTIVE_DEFINITION) return [];
  const what = 'An overlay holds types, interfaces and unions of the schema, and nothing else.';
  return [{ place: placeOf(node), what, remedy: 'Remove this definition.' }];
}

/** Fields must be there already, with the type they are given; nothing may be implemented or united that is not. */
function checkMembers(schema: GraphQLSchema, node: Extension): SchemaFinding[] {
  const type = schema.getType(node.name.value);
  // What is unknown or of another kind has been found before.
  if (isUnionType(type) && node.kind === Kind.UNION_TYPE_EXTENSION) {
    const members = new Set(type.getTypes().map((member) => member.name));
    return (node.types ?? [])
      .filter((member) => !members.has(member.name.value))
      .map((member) => ({
        place: placeOf(member),
        what: `${type.name} does not include ${member.name.value} in the schema.`,
        remedy: 'Remove the member: an overlay adds directives only.',
      }));
  }
  if (!(isObjectType(type) || isInterfaceType(type)) || node.kind === Kind.UNION_TYPE_EXTENSION) return [];
  const implemented = new Set(type.getInterfaces().map((parent) => parent.name));
  const parents = (node.interfaces ?? []).filter((parent) => !implemented.has(parent.name.value));
  return [
    ...parents.map((parent) => ({
      place: placeOf(parent),
      what: `${type.name} does not implement ${parent.name.value} in the schema.`,
      remedy: 'Remove it: an overlay adds directives only.',
    })),
    ...(node.fields ?? []).flatMap((field) => {
      const found = type.getFields()[field.name.value];
      if (!found) return [unknownField(type.name, Object.keys(type.getFields()), field)];
      if (withoutNonNull(String(found.type)) === withoutNonNull(printType(field.type))) return [];
      return [
        {
          place: placeOf(field.type),
          what: `${type.name}.${field.name.value} is ${String(found.type)} in the schema, not ${printType(field.type)}.`,
          remedy: `Write ${String(found.type)}.`,
        },
      ];
    }),
  ];
}

function unknownField(type: string, names: readonly string[], field: FieldDefinitionNode): SchemaFinding {
  const name = field.name.value;
  const hint = didYouMean(suggestionList(name, names));
  return {
    place: placeOf(field.name),
    what: `${type} has no field ${name} in the schema.${hint}`,
    remedy: 'Correct the name, or remove the field: an overlay adds directives only.',
  };
}

function printType(node: TypeNode): string {
  if (node.kind === Kind.NAMED_TYPE) return node.name.value;
  return node.kind === Kind.LIST_TYPE ? `[${printType(node.type)}]` : `${printType(node.type)}!`;
}

/** Whether something may be null is nothing to caching: an upstream may promise more without breaking an overlay. */
function withoutNonNull(type: string): string {
  return type.replaceAll('!', '');
}
