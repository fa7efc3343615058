import {
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
  type ArgumentNode,
  type DirectiveNode,
  type TypeNode,
  type VariableDefinitionNode,
  GraphQLError,
} from 'graphql';
import { fragmentsOf } from '../answer/internal-fields';

type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;

/** So many characters of arguments cost as much to compare as two fields do. */
const CHARACTERS_PER_PAIR = 30;

/**
 * How many pairs of fields the validation has to compare: whether fields that answer under one name can be merged is
 * asked of every two of them (GraphQL 5.3.2), so that 240 copies of a small selection take longer than 50 ms (P47).
 * Arguments are written out for it, so long ones count as further pairs.
 * @param document within the other limits: no circle of fragments, and so few fields that each can be visited
 *   wherever a fragment brings it
 */
export function countFieldPairs(document: DocumentNode): number {
  const fragments = fragmentsOf(document);
  let pairs = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION)
      continue;
    pairs += pairsBelow([definition.selectionSet], fragments);
  }
  return pairs;
}

/** @param sets selection sets that answer with one and the same object */
function pairsBelow(sets: readonly SelectionSetNode[], fragments: Fragments): number {
  const byName = new Map<string, FieldNode[]>();
  for (const set of sets) gather(set, fragments, byName);
  let pairs = 0;
  for (const fields of byName.values()) {
    if (fields.length > 1) {
      const written = fields.reduce((sum, field) => sum + argumentLength(field), 0);
      pairs += (fields.length - 1) * (fields.length / 2 + written / CHARACTERS_PER_PAIR);
    }
    const below = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (below.length > 0) pairs += pairsBelow(below, fragments);
  }
  return pairs;
}

function gather(set: SelectionSetNode, fragments: Fragments, byName: Map<string, FieldNode[]>): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      const name = selection.alias?.value ?? selection.name.value;
      const fields = byName.get(name);
      if (fields) fields.push(selection);
      else byName.set(name, [selection]);
    } else {
      const below = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments[selection.name.value];
      if (below) gather(below.selectionSet, fragments, byName);
    }
  }
}

/** Characters of a field's arguments, about as many as they would be written out with. */
function argumentLength({ arguments: list }: FieldNode): number {
  return list?.reduce((sum, { name, value }) => sum + name.value.length + valueLength(value), 0) ?? 0;
}

function valueLength(value: ValueNode): number {
  if (value.kind === Kind.LIST) return value.values.reduce((sum, item) => sum + 2 + valueLength(item), 2);
  if (value.kind === Kind.OBJECT)
    return value.fields.reduce(
      (sum, field) => sum + 4 + field.name.value.length + valueLength(field.value),
      2,
    );
  if (value.kind === Kind.VARIABLE) return value.name.value.length;
  return 'value' in value ? String(value.value).length : 4;
}

/**
 * Whether a value or a type in a document has more levels of lists and objects than so many: the parser follows them
 * without a bound, and so does all that reads them later. It looks at operations and fragments: nothing else is valid.
 * @param document whose selections are within their own limit of depth
 */
export function hasDeepLiteral(document: DocumentNode, levels: number): boolean {
  return document.definitions.some((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION)
      return false;
    const { variableDefinitions, directives, selectionSet } = definition;
    return (
      isInDirectives(directives, levels) ||
      variableDefinitions?.some((variable) => isInVariable(variable, levels)) ||
      isInSelections(selectionSet, levels)
    );
  });
}

function isInVariable({ type, defaultValue, directives }: VariableDefinitionNode, levels: number): boolean {
  return (
    isDeepType(type, levels) ||
    (defaultValue !== undefined && isDeepValue(defaultValue, levels)) ||
    isInDirectives(directives, levels)
  );
}

function isInSelections({ selections }: SelectionSetNode, levels: number): boolean {
  return selections.some((selection) => {
    if (isInDirectives(selection.directives, levels)) return true;
    if (selection.kind === Kind.FRAGMENT_SPREAD) return false;
    if (selection.kind === Kind.FIELD && isInArguments(selection.arguments, levels)) return true;
    return selection.selectionSet !== undefined && isInSelections(selection.selectionSet, levels);
  });
}

function isInDirectives(directives: readonly DirectiveNode[] | undefined, levels: number): boolean {
  return directives?.some((directive) => isInArguments(directive.arguments, levels)) === true;
}

function isInArguments(list: readonly ArgumentNode[] | undefined, levels: number): boolean {
  return list?.some(({ value }) => isDeepValue(value, levels)) === true;
}

function isDeepValue(value: ValueNode, levels: number): boolean {
  if (value.kind !== Kind.LIST && value.kind !== Kind.OBJECT) return false;
  if (levels === 0) return true;
  return value.kind === Kind.LIST
    ? value.values.some((item) => isDeepValue(item, levels - 1))
    : value.fields.some((field) => isDeepValue(field.value, levels - 1));
}

function isDeepType(type: TypeNode, levels: number): boolean {
  if (type.kind === Kind.NAMED_TYPE) return false;
  if (type.kind === Kind.NON_NULL_TYPE) return isDeepType(type.type, levels);
  return levels === 0 || isDeepType(type.type, levels - 1);
}

/** What one operation may cost before anyone works for it. The defaults are in `config/variables.ts`. */
export interface OperationLimits {
  readonly maxTokens: number;
  readonly maxDepth: number;
  /** fields, each counted wherever a fragment brings it */
  readonly maxFields: number;
  readonly maxAliases: number;
  readonly maxDirectives: number;
  /** whether clients may ask for the schema; default true */
  readonly introspection?: boolean;
}

/** Pairs of fields with one name in one place. 100 copies of a field are as many; a client's own query has a few. */
const MOST_FIELD_PAIRS = 5000;

/** Levels of selections for each level of fields: what fragments may nest beyond the fields in them. */
const LEVELS_PER_FIELD = 3;

/** Fields, inline fragments and spreads for each field: fragments that bring nothing are counted as well. */
const SELECTIONS_PER_FIELD = 4;

/** The validation looks at each fragment by itself, and at all that it spreads again for each operation. */
const MOST_OPERATIONS = 50;
const MOST_FRAGMENTS = 300;

/** Levels of lists and objects in a value, or of lists in a type: as many as a variable may have. */
const MOST_LITERAL_LEVELS = 100;

interface Weight {
  readonly depth: number;
  /** levels of selections, fragments included */
  readonly levels: number;
  readonly fields: number;
  /** fields, inline fragments and spreads */
  readonly selections: number;
  readonly aliases: number;
  readonly directives: number;
}

const NOTHING: Weight = { depth: 0, levels: 0, fields: 0, selections: 0, aliases: 0, directives: 0 };

/**
 * Weighs a parsed document in time linear in its size: each fragment is weighed once and counted where it is spread,
 * so a nest of fragments that would unfold to millions of fields is refused without unfolding it.
 * @returns the first limit that is exceeded, else undefined
 */
export function exceededLimit(document: DocumentNode, limits: OperationLimits): GraphQLError | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length;
  if (operations > MOST_OPERATIONS || fragments.size > MOST_FRAGMENTS)
    return refusal(`A document has at most ${MOST_OPERATIONS} operations and ${MOST_FRAGMENTS} fragments.`);
  const cost = new OperationCost(fragments);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION)
      continue;
    const weight = cost.weigh(definition.selectionSet);
    const problem =
      cost.problem ??
      beyond('deep', weight.depth, limits.maxDepth) ??
      beyond('deep', weight.levels, limits.maxDepth * LEVELS_PER_FIELD) ??
      beyond('fields', weight.fields, limits.maxFields) ??
      beyond('selections', weight.selections, limits.maxFields * SELECTIONS_PER_FIELD) ??
      beyond('aliases', weight.aliases, limits.maxAliases) ??
      beyond('directives', weight.directives + (definition.directives?.length ?? 0), limits.maxDirectives);
    if (problem !== undefined) return refusal(problem);
  }
  if (hasDeepLiteral(document, MOST_LITERAL_LEVELS))
    return refusal(`A value or a type is more than ${MOST_LITERAL_LEVELS} levels deep.`);
  return countFieldPairs(document) > MOST_FIELD_PAIRS
    ? refusal('The operation asks for the same fields too many times over.')
    : undefined;
}

/** An error with the registry's code, as GraphQL wants it. */
function refusal(message: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'OPERATION_TOO_COMPLEX', http: { status: 400, spec: true } },
  });
}

function beyond(what: string, count: number, limit: number): string | undefined {
  if (count <= limit) return undefined;
  return what === 'deep'
    ? `The operation is more than ${limit} levels deep.`
    : `The operation has more than ${limit} ${what}.`;
}

class OperationCost {
  problem: string | undefined;
  readonly #known = new Map<string, Weight>();
  readonly #open = new Set<string>();

  constructor(readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>) {}

  weigh(selectionSet: SelectionSetNode): Weight {
    let sum = NOTHING;
    for (const selection of selectionSet.selections) {
      const directives = selection.directives?.length ?? 0;
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        sum = add(sum, within(this.#weighFragment(selection.name.value)), directives);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        sum = add(sum, within(this.weigh(selection.selectionSet)), directives);
      } else {
        if (selection.alias?.value.startsWith('__'))
          this.problem = 'Aliases that begin with `__` are reserved.';
        const below = within(selection.selectionSet ? this.weigh(selection.selectionSet) : NOTHING);
        const field = { ...below, depth: below.depth + 1, fields: below.fields + 1 };
        sum = add(sum, selection.alias ? { ...field, aliases: field.aliases + 1 } : field, directives);
      }
    }
    return sum;
  }

  #weighFragment(name: string): Weight {
    const known = this.#known.get(name);
    if (known) return known;
    const fragment = this.fragments.get(name);
    // An unknown fragment is for the validation to name; a circle would never end.
    if (!fragment) return NOTHING;
    if (this.#open.has(name)) {
      this.problem = 'The operation has fragments that spread themselves.';
      return NOTHING;
    }
    this.#open.add(name);
    const weight = this.weigh(fragment.selectionSet);
    this.#open.delete(name);
    this.#known.set(name, weight);
    return weight;
  }
}

/** One selection with what is beneath it. */
function within(below: Weight): Weight {
  return { ...below, levels: below.levels + 1, selections: below.selections + 1 };
}

function add(a: Weight, b: Weight, directives: number): Weight {
  return {
    depth: Math.max(a.depth, b.depth),
    levels: Math.max(a.levels, b.levels),
    fields: a.fields + b.fields,
    selections: a.selections + b.selections,
    aliases: a.aliases + b.aliases,
    directives: a.directives + b.directives + directives,
  };
}
