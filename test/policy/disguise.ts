import {
  isAbstractType,
  isCompositeType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { seededRandom, type Random } from '../kit/random';

export type Disguise = 'aliases' | 'fragments' | 'directives';

/**
 * The same document, looking different: fields under aliases, selections wrapped in fragments that apply to all types
 * they stood on before, or @skip and @include strewn over fields and fragments.
 */
export function disguise(
  schema: GraphQLSchema,
  document: DocumentNode,
  kinds: readonly Disguise[],
  seed: number,
): DocumentNode {
  const random = seededRandom(seed);
  const added: FragmentDefinitionNode[] = [];
  let aliases = 0;
  const info = new TypeInfo(schema);
  const disguised = visit(
    document,
    visitWithTypeInfo(info, {
      Field: (node): FieldNode => {
        const isAliased = kinds.includes('aliases') && random.chance(0.5);
        const alias = isAliased
          ? { kind: Kind.NAME as const, value: `disguised${(aliases += 1)}` }
          : node.alias;
        return { ...withDirective(node, kinds, random), ...(alias && { alias }) };
      },
      InlineFragment: (node) => withDirective(node, kinds, random),
      FragmentSpread: (node) => withDirective(node, kinds, random),
      SelectionSet: {
        leave: (node): SelectionSetNode => {
          const type = info.getParentType();
          if (!kinds.includes('fragments') || !isCompositeType(type) || random.chance(0.5)) return node;
          return { ...node, selections: wrap(schema, type, node.selections, random, added) };
        },
      },
    }),
  );
  return { ...disguised, definitions: [...disguised.definitions, ...added] };
}

function wrap(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  selections: readonly SelectionNode[],
  random: Random,
  added: FragmentDefinitionNode[],
): SelectionNode[] {
  const set: SelectionSetNode = { kind: Kind.SELECTION_SET, selections };
  switch (random.below(4)) {
    case 0:
      return [{ kind: Kind.INLINE_FRAGMENT, selectionSet: set }];
    case 1:
      return [inlineOn(type, set)];
    case 2: {
      const wider = random.pick(typesThatHold(schema, type));
      return [inlineOn(wider, { kind: Kind.SELECTION_SET, selections: [inlineOn(type, set)] })];
    }
    default: {
      const name = { kind: Kind.NAME as const, value: `Disguise${added.length}` };
      const typeCondition = {
        kind: Kind.NAMED_TYPE as const,
        name: { kind: Kind.NAME as const, value: type.name },
      };
      added.push({ kind: Kind.FRAGMENT_DEFINITION, name, typeCondition, selectionSet: set });
      return [{ kind: Kind.FRAGMENT_SPREAD, name }];
    }
  }
}

function inlineOn(type: GraphQLCompositeType, selectionSet: SelectionSetNode): InlineFragmentNode {
  const typeCondition = {
    kind: Kind.NAMED_TYPE as const,
    name: { kind: Kind.NAME as const, value: type.name },
  };
  return { kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet };
}

/** The type itself and every interface and union that every object of it belongs to. */
function typesThatHold(schema: GraphQLSchema, type: GraphQLCompositeType): GraphQLCompositeType[] {
  const members = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
  const holding = Object.values(schema.getTypeMap()).filter(
    (other): other is GraphQLCompositeType =>
      isAbstractType(other) && members.every((member) => schema.isSubType(other, member)),
  );
  return [type, ...holding];
}

function withDirective<Node extends { readonly directives?: readonly DirectiveNode[] }>(
  node: Node,
  kinds: readonly Disguise[],
  random: Random,
): Node {
  if (!kinds.includes('directives') || node.directives?.length || !random.chance(0.3)) return node;
  const directive: DirectiveNode = {
    kind: Kind.DIRECTIVE,
    name: { kind: Kind.NAME, value: random.pick(['skip', 'include']) },
    arguments: [
      {
        kind: Kind.ARGUMENT,
        name: { kind: Kind.NAME, value: 'if' },
        value: { kind: Kind.BOOLEAN, value: random.chance(0.5) },
      },
    ],
  };
  return { ...node, directives: [directive] };
}
