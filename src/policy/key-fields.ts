import {
  getNullableType,
  isLeafType,
  isNonNullType,
  isRequiredArgument,
  Kind,
  parse,
  type ConstDirectiveNode,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
} from 'graphql';
import { argumentNamed, directivesNamed, nodesOfType } from '../schema/directives';

type TypeWithFields = GraphQLObjectType | GraphQLInterfaceType;

/** A set of fields that identifies an object. */
export interface Key {
  readonly fields: readonly string[];
  /** what it is an object of, where several types are of one: see `Rules.tagName` */
  readonly entity: string | undefined;
}

/**
 * The keys of a type, each a set of fields that identifies an object, the first of them the one that its tags are made of:
 * its own `@key`s, else those of an interface it implements, and an `id` that is never null. One that may be null is often
 * none: rows of a group-by or an aggregate have such a field, and asking for it changes what they are grouped by.
 *
 * An overlay's `@key` comes before that of the type it extends; of several on one definition the first counts. A key
 * that cannot be used (see {@link readKey}) is passed over.
 */
export function findKeys(type: TypeWithFields): readonly Key[] {
  const keys: Key[] = [];
  for (const declaring of [type, ...type.getInterfaces()]) {
    for (const node of nodesOfType(declaring).toReversed()) {
      for (const directive of directivesNamed('key', [node])) {
        const fields = readKey(directive);
        if (fields?.every((field) => canIdentify(type, field)))
          keys.push({ fields, entity: readEntity(directive) });
      }
    }
  }
  const id = type.getFields()['id'];
  if (id && isNonNullType(id.type) && canIdentify(type, 'id') && !countsFields(type))
    keys.push({ fields: ['id'], entity: undefined });
  return keys;
}

/** Each of its fields counts something: `{ id: Int!, title: Int!, _all: Int! }` has a number of ids, and no id. */
function countsFields(type: TypeWithFields): boolean {
  const fields = Object.values(type.getFields());
  const isNumber = ({ type: of }: { type: unknown }): boolean => /^\[?(?:Int|Float)!?\]?!?$/.test(String(of));
  return fields.length > 1 && fields.every(isNumber);
}

/**
 * The names in `@key(fields: "id region")`. Undefined for anything but a flat list of plain fields: nested keys
 * (`organization { id }`) cannot be told from an answer without asking upstream for more objects.
 */
export function readKey(directive: ConstDirectiveNode): readonly string[] | undefined {
  const text = argumentNamed('fields', directive);
  if (text?.kind !== Kind.STRING) return undefined;
  try {
    const definition = parse(`{ ${text.value} }`, { noLocation: true }).definitions[0];
    if (definition?.kind !== Kind.OPERATION_DEFINITION) return undefined;
    const names = definition.selectionSet.selections.map((selection) =>
      selection.kind === Kind.FIELD &&
      !selection.alias &&
      !selection.arguments?.length &&
      !selection.selectionSet
        ? selection.name.value
        : undefined,
    );
    return names.every((name) => name !== undefined) ? names : undefined;
  } catch {
    // Not a selection set. `lastmile check` says so; here the key is as good as absent.
    return undefined;
  }
}

/** The name in `@key(entity: "Book")`; undefined for what could be no name of a type. */
export function readEntity(directive: ConstDirectiveNode): string | undefined {
  const name = argumentNamed('entity', directive);
  return name?.kind === Kind.STRING && /^[_A-Za-z]\w*$/.test(name.value) ? name.value : undefined;
}

/** A field can be part of a key when it is a plain value that can be asked for without arguments. */
export function canIdentify(type: TypeWithFields, name: string): boolean {
  const field = type.getFields()[name];
  return (
    field !== undefined && isLeafType(getNullableType(field.type)) && !field.args.some(isRequiredArgument)
  );
}
