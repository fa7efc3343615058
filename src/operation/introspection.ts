import {
  getIntrospectionQuery,
  GraphQLError,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from '../answer/internal-fields';

/** The largest question that tools send. */
const WHOLE = parse(
  getIntrospectionQuery({
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  }),
  { noLocation: true },
);

/** How much more than the whole schema, asked for once, an operation may ask for. */
const MOST_OF_WHOLE = 1.25;
/** Values that are answered in a few milliseconds: of a small schema as many copies are allowed. */
const LEAST_LIMIT = 50_000;

/** How many values a list of the introspection types holds: on average over all types, and at most. */
interface ListSize {
  readonly average: number;
  readonly most: number;
}

interface Sizes {
  readonly lists: ReadonlyMap<string, ListSize>;
  /** the weight of {@link WHOLE} */
  readonly whole: number;
}

const known = new WeakMap<GraphQLSchema, Sizes>();

/**
 * Whether a document may ask of the schema what it asks. The thread that serves all clients describes the schema, so the
 * number of values that would be in the answer is bounded: 48 copies of the usual question stopped a process for seconds.
 * @param isAllowed false: no client may ask for the schema at all
 * @returns why not
 */
export function introspectionProblem(
  document: DocumentNode,
  schema: GraphQLSchema,
  isAllowed: boolean,
): GraphQLError | undefined {
  const fragments = fragmentsOf(document);
  if (!asksForSchema(document)) return undefined;
  if (!isAllowed)
    return refusal(
      'INTROSPECTION_IS_OFF',
      'Introspection is off here. Set INTROSPECTION=1, or read GET /schema.graphql on the admin port.',
    );
  const sizes = sizesOf(schema);
  const limit = Math.max(LEAST_LIMIT, sizes.whole * MOST_OF_WHOLE);
  return weigh(document, fragments, sizes.lists, limit) > limit
    ? refusal(
        'OPERATION_TOO_COMPLEX',
        'The operation asks for more of the schema than there is: ask for it once.',
      )
    : undefined;
}

/** A field of either name counts wherever it stands: only the query type has them. */
function asksForSchema(document: DocumentNode): boolean {
  const asks = (set: SelectionSetNode): boolean =>
    set.selections.some((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return false;
      if (selection.kind === Kind.INLINE_FRAGMENT) return asks(selection.selectionSet);
      return isMeta(selection.name.value);
    });
  return document.definitions.some((each) => 'selectionSet' in each && asks(each.selectionSet));
}

function isMeta(name: string): boolean {
  return name === '__schema' || name === '__type';
}

function weigh(
  document: DocumentNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
  lists: ReadonlyMap<string, ListSize>,
  limit: number,
): number {
  let total = 0;
  const sizeOf = (name: string, parent: string): number => {
    const size = lists.get(name);
    // What a type is reached by says which types are reached: the large ones, more often than not.
    return size ? (parent === 'types' || name === 'args' ? size.average : size.most) : 1;
  };
  const below = (set: SelectionSetNode, copies: number, parent: string | undefined): void => {
    for (const selection of set.selections) {
      if (total > limit) return;
      if (selection.kind === Kind.FIELD) {
        const { name, selectionSet } = selection;
        if (parent === undefined && !isMeta(name.value)) continue;
        const values = parent === undefined ? copies : copies * sizeOf(name.value, parent);
        total += values;
        if (selectionSet) below(selectionSet, values, name.value);
      } else {
        const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments[selection.name.value];
        if (inner) below(inner.selectionSet, copies, parent);
      }
    }
  };
  for (const each of document.definitions)
    if (each.kind === Kind.OPERATION_DEFINITION) below(each.selectionSet, 1, undefined);
  return total;
}

function sizesOf(schema: GraphQLSchema): Sizes {
  let sizes = known.get(schema);
  if (!sizes) {
    const lists = listSizes(schema);
    sizes = { lists, whole: weigh(WHOLE, fragmentsOf(WHOLE), lists, Infinity) };
    known.set(schema, sizes);
  }
  return sizes;
}

function listSizes(schema: GraphQLSchema): ReadonlyMap<string, ListSize> {
  const types = Object.values(schema.getTypeMap());
  const fieldsOf = types.flatMap((type) =>
    isObjectType(type) || isInterfaceType(type) ? [Object.values(type.getFields())] : [],
  );
  const size = (counts: readonly number[], of = types.length): ListSize => ({
    average: counts.reduce((sum, count) => sum + count, 0) / Math.max(1, of),
    most: Math.max(1, ...counts),
  });
  const whole = (count: number): ListSize => ({ average: count, most: count });
  const args = fieldsOf.flat().map((field) => field.args.length);
  return new Map([
    ['types', whole(types.length)],
    ['directives', whole(schema.getDirectives().length)],
    ['fields', size(fieldsOf.map((fields) => fields.length))],
    ['args', size(args, args.length)],
    [
      'inputFields',
      size(types.map((type) => (isInputObjectType(type) ? Object.keys(type.getFields()).length : 0))),
    ],
    ['enumValues', size(types.map((type) => (isEnumType(type) ? type.getValues().length : 0)))],
    [
      'interfaces',
      size(
        types.map((type) => (isObjectType(type) || isInterfaceType(type) ? type.getInterfaces().length : 0)),
      ),
    ],
    [
      'possibleTypes',
      size(types.map((type) => (isAbstractType(type) ? schema.getPossibleTypes(type).length : 0))),
    ],
  ]);
}

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status: 400, spec: true } } });
}
