import {
  GraphQLError,
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { hasDeepLiteral } from './literal-depth';
import { countFieldPairs } from './repeated-fields';

/** What one operation may cost before anyone works for it. The defaults are in `config/variables.ts`. */
export interface OperationLimits {
  readonly maxTokens: number;
  readonly maxDepth: number;
  /** fields, each counted wherever a fragment brings it */
  readonly maxFields: number;
  readonly maxAliases: number;
  readonly maxDirectives: number;
}

/** Pairs of fields with one name in one place. 100 copies of a field are as many; a client's own query has a few. */
const MOST_FIELD_PAIRS = 5000;

/** Levels of selections for each level of fields: what fragments may nest beyond the fields in them. */
const LEVELS_PER_FIELD = 3;

/** Fields, inline fragments and spreads for each field: fragments that bring nothing are counted as well. */
const SELECTIONS_PER_FIELD = 4;

/** The validation looks at each fragment by itself, and at all it spreads for each operation anew. */
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
  const weigher = new Weigher(fragments);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION)
      continue;
    const weight = weigher.weigh(definition.selectionSet);
    const problem =
      weigher.problem ??
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

class Weigher {
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
