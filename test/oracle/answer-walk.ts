/** Answers read by the operation that asked for them: which field of the schema stands where. */
import {
  getNamedType,
  isCompositeType,
  isUnionType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { isList, isMembers, type Lossless, type Path } from './lossless';

/** What was asked for at a place of the answer: a type, and all that was selected of it. */
interface Place {
  readonly type: GraphQLCompositeType;
  readonly selections: readonly SelectionSetNode[];
}

interface AskedField {
  readonly parent: GraphQLCompositeType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly nodes: readonly FieldNode[];
}

export class AnswerWalk {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #root: Place;

  /** @param document one operation and its fragments, valid for this schema */
  constructor(
    readonly schema: GraphQLSchema,
    document: DocumentNode,
  ) {
    const fragments = document.definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
    this.#fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
    const operation = document.definitions.find(
      (one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION,
    )!;
    this.#root = { type: schema.getRootType(operation.operation)!, selections: [operation.selectionSet] };
  }

  /** The coordinates (`Type.field`) of the fields on the way to a place of the answer's data, from the root on. */
  coordinates(path: Path): string[] {
    const coordinates: string[] = [];
    let place: Place | undefined = this.#root;
    for (const key of path) {
      if (typeof key === 'number') continue;
      const asked: AskedField | undefined = place && this.#fields(place).get(key);
      if (!asked) break;
      coordinates.push(`${asked.parent.name}.${asked.field.name}`);
      place = below(asked);
    }
    return coordinates;
  }

  /** Calls back for each plain value in the answer's data. */
  leaves(data: Lossless | undefined, visit: (coordinate: string, value: Lossless) => void): void {
    const walk = (value: Lossless | undefined, asked: AskedField): void => {
      if (value === undefined || value === null) return;
      if (isList(value)) return value.forEach((element) => walk(element, asked));
      const place = below(asked);
      if (place && isMembers(value)) members(value, place);
      else if (!place) visit(`${asked.parent.name}.${asked.field.name}`, value);
    };
    const members = (object: ReadonlyMap<string, Lossless>, place: Place): void => {
      const typename = object.get('__typename');
      const type = typeof typename === 'string' ? this.schema.getType(typename) : undefined;
      const fields = this.#fields({ ...place, type: isCompositeType(type) ? type : place.type });
      for (const [key, value] of object) {
        const asked = fields.get(key);
        if (asked) walk(value, asked);
      }
    };
    if (isMembers(data)) members(data, this.#root);
  }

  /** Response key -> field. Of fields that fragments on different types call alike, the first. */
  #fields({ type, selections }: Place): Map<string, AskedField> {
    const fields = new Map<string, AskedField>();
    const collect = (parent: GraphQLCompositeType, set: SelectionSetNode): void => {
      for (const selection of set.selections) {
        if (selection.kind === Kind.FIELD) {
          const key = selection.alias?.value ?? selection.name.value;
          const field = isUnionType(parent) ? undefined : parent.getFields()[selection.name.value];
          const known = fields.get(key);
          if (known) fields.set(key, { ...known, nodes: [...known.nodes, selection] });
          else if (field) fields.set(key, { parent, field, nodes: [selection] });
          continue;
        }
        const fragment =
          selection.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(selection.name.value) : selection;
        const condition = fragment?.typeCondition && this.schema.getType(fragment.typeCondition.name.value);
        if (fragment) collect(isCompositeType(condition) ? condition : parent, fragment.selectionSet);
      }
    };
    for (const set of selections) collect(type, set);
    return fields;
  }
}

/** undefined for plain values */
function below({ field, nodes }: AskedField): Place | undefined {
  const type = getNamedType(field.type);
  if (!isCompositeType(type)) return undefined;
  return { type, selections: nodes.flatMap(({ selectionSet }) => selectionSet ?? []) };
}
