import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isScalarType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { beginsWithVerb, hasVerb } from './mutation-name';
import { indexOfWords, wordsOf } from './name-words';
import { isNoFilter } from './paging';
import { typeNames } from './type-names';
import type { Rules } from './rules';
import { connectionNode, edgeNode, hasList, isReachable, isRootType, possibleTypes } from './type-shape';

/**
 * What an object of a type is in a mutation's answer:
 * - `entity`: queries can show it, and it has a key;
 * - `shown`: queries can show it, and it has no key: it is purged with all others of its type;
 * - `page`: a connection, whose lists it stands for;
 * - `payload`: made for the answer alone, or an edge. What it carries is what was touched;
 * - `namespace`: what holds mutations: `mutation { post { delete(id: 7) } }`. Each of its fields is one, so none is ever added;
 * - `root`: a root type, which says nothing of what was touched.
 */
export type MutationRole = 'entity' | 'shown' | 'page' | 'payload' | 'namespace' | 'root';

/** Where a mutation's answer has objects of a type. */
export interface KeyPlace {
  readonly type: GraphQLObjectType;
  /** of the field that leads there; empty for what the mutation itself returns */
  readonly name: string;
}

/** How types are called that hold mutations, and those that hold what one has changed. */
const NAMESPACE = /(?:mutations?|ops|operations?|actions?|commands?|namespace|api)$/i;
const PAYLOAD = /(?:payload|result|response|output|return|reply)$/i;
/** How fields of payloads are called that say whether it was done. */
const OUTCOME = /^(?:ok|success(?:ful)?|succeeded|errors?|[a-z]+Errors|clientMutationId)$/;
/** References asked for, of one object. */
const MOST_REFERENCES = 32;
/** Plain fields that two types have to have in common to be taken for the same rows. */
const LEAST_SHARED = 2;
/** An interface or union of more types than these is not asked for the key of each. */
const MOST_TYPES = 16;

/** What the types of one schema are in the answers of mutations, worked out when first asked for and then kept. */
export class MutationShapes {
  protected readonly schema: GraphQLSchema;
  protected readonly rules: Rules;
  readonly #roles = new Map<string, MutationRole>();
  readonly #carried = new Map<string, readonly GraphQLField<unknown, unknown>[]>();
  readonly #references = new Map<string, readonly GraphQLField<unknown, unknown>[]>();
  readonly #keyless = new Map<string, readonly GraphQLObjectType[]>();
  readonly #viewed = new Map<string, readonly GraphQLObjectType[]>();
  readonly #figures = new Map<string, boolean>();
  #doubtful: ReadonlySet<string> | undefined;
  readonly #targets = new Map<GraphQLField<unknown, unknown>, readonly GraphQLObjectType[]>();

  constructor(schema: GraphQLSchema, rules: Rules) {
    this.schema = schema;
    this.rules = rules;
  }

  roleOf(type: GraphQLObjectType): MutationRole {
    let role = this.#roles.get(type.name);
    if (!role) this.#roles.set(type.name, (role = this.#findRole(type)));
    return role;
  }

  /** The fields of a payload in which it carries objects; of an edge its node. Empty for all else. */
  carriedFields(type: GraphQLObjectType): readonly GraphQLField<unknown, unknown>[] {
    let fields = this.#carried.get(type.name);
    if (!fields) this.#carried.set(type.name, (fields = this.#findCarriedFields(type)));
    return fields;
  }

  /**
   * The fields of an entity, or of an object without a key that queries show, that lead to one entity: counts and averages
   * of that one follow from what becomes of the object.
   */
  references(type: GraphQLObjectType): readonly GraphQLField<unknown, unknown>[] {
    let fields = this.#references.get(type.name);
    if (!fields) this.#references.set(type.name, (fields = this.#findReferences(type)));
    return fields;
  }

  /**
   * The types without a key that an object of a type refers to and that have a life and figures of their own, as some root
   * field returns them: all of such a type may follow from what becomes of the object. What is only part of it does not.
   */
  keylessReferences(type: GraphQLObjectType): readonly GraphQLObjectType[] {
    let types = this.#keyless.get(type.name);
    if (!types) this.#keyless.set(type.name, (types = this.#findKeylessReferences(type)));
    return types;
  }

  #findKeylessReferences(type: GraphQLObjectType): readonly GraphQLObjectType[] {
    const targets = Object.values(type.getFields()).flatMap((field) => {
      const named = getNamedType(field.type);
      const isOne = isObjectType(named) && !hasList(field.type) && !field.args.some(isRequiredArgument);
      return isOne && named !== type && this.roleOf(named) === 'shown' ? [named] : [];
    });
    const returned = new Set(
      Object.values(this.schema.getQueryType()?.getFields() ?? {}).map(
        (field) => connectionNode(field.type, this.rules) ?? getNamedType(field.type),
      ),
    );
    return [...new Set(targets)].filter((one) => returned.has(one) && this.hasFigures(one));
  }

  /**
   * The types whose rows a type without a key shows as well: the entities of a view, which is called like one of them and has no
   * plain field that the entity lacks; and the other names of the rows of a table that joins two, as generated APIs have one for each
   * way to them: without a key too, with the same plain fields and references of the same names.
   */
  viewedBy(type: GraphQLObjectType): readonly GraphQLObjectType[] {
    let types = this.#viewed.get(type.name);
    if (!types) this.#viewed.set(type.name, (types = this.#findViewed(type)));
    return types;
  }

  #findViewed(type: GraphQLObjectType): readonly GraphQLObjectType[] {
    if (this.roleOf(type) !== 'shown') return [];
    const words = wordsOf(type.name);
    const names = Object.keys(type.getFields()).toSorted().join();
    const plain = Object.values(type.getFields()).filter((field) => isLeafType(getNamedType(field.type)));
    if (plain.length < LEAST_SHARED) return [];
    const refers = Object.values(type.getFields()).some((field) => this.#leadsToEntity(field));
    return Object.values(this.schema.getTypeMap()).filter((one): one is GraphQLObjectType => {
      if (!isObjectType(one) || one === type) return false;
      const fields = one.getFields();
      const isTwin =
        refers && this.roleOf(one) === 'shown' && Object.keys(fields).toSorted().join() === names;
      if (!isTwin && (this.roleOf(one) !== 'entity' || indexOfWords(words, wordsOf(one.name)) < 0))
        return false;
      return plain.every(({ name, type: of }) => {
        const same = fields[name];
        return same !== undefined && getNamedType(same.type) === getNamedType(of);
      });
    });
  }

  #leadsToEntity(field: GraphQLField<unknown, unknown>): boolean {
    return (
      isCompositeType(getNamedType(field.type)) && !hasList(field.type) && this.targetsOf(field).length > 0
    );
  }

  /** The object types that a type may be. */
  objectsOf(type: GraphQLCompositeType): readonly GraphQLObjectType[] {
    return possibleTypes(this.schema, type);
  }

  /** The fields of a type's key; none where it has no key. */
  keyFieldsOf({ name }: GraphQLObjectType): readonly string[] {
    return this.rules.keyFields(name) ?? [];
  }

  /** The entities that a reference may lead to. */
  targetsOf(field: GraphQLField<unknown, unknown>): readonly GraphQLObjectType[] {
    let targets = this.#targets.get(field);
    if (!targets) {
      targets = possibleTypes(this.schema, composite(field)).filter((type) => this.roleOf(type) === 'entity');
      this.#targets.set(field, targets);
    }
    return targets;
  }

  /** The object types that a value of this type brings along: itself, what a payload carries, the nodes of a page. */
  carriedBy(type: GraphQLCompositeType): readonly GraphQLObjectType[] {
    return [...new Set(this.placesIn(type, '').map((place) => place.type))];
  }

  /** The same with the names that they have there: of the fields that lead to them. @param name of the value itself */
  placesIn(type: GraphQLCompositeType, name: string): readonly KeyPlace[] {
    const places: KeyPlace[] = [];
    const open: { readonly of: GraphQLCompositeType; readonly name: string }[] = [{ of: type, name }];
    const visited = new Set<GraphQLObjectType>();
    for (let next = open.pop(); next; next = open.pop()) {
      for (const one of possibleTypes(this.schema, next.of)) {
        const role = this.roleOf(one);
        if (role === 'entity') places.push({ type: one, name: next.name });
        if (role === 'entity' || visited.has(one)) continue;
        visited.add(one);
        if (role === 'shown')
          for (const part of this.#partsOf(one)) places.push({ type: part, name: next.name });
        else if (role === 'page') open.push({ of: connectionNode(one, this.rules)!, name: next.name });
        else
          for (const field of this.carriedFields(one))
            open.push({ of: composite(field), name: edgeNode(one, this.rules) ? next.name : field.name });
      }
    }
    return places;
  }

  /** Whether objects of a type show anything that could be counted from others: numbers, or objects without a key. */
  hasFigures(type: GraphQLObjectType): boolean {
    let figures = this.#figures.get(type.name);
    if (figures === undefined) this.#figures.set(type.name, (figures = this.#findFigures(type)));
    return figures;
  }

  #findFigures(type: GraphQLObjectType): boolean {
    return Object.values(type.getFields()).some((field) => {
      const named = getNamedType(field.type);
      if (isObjectType(named)) return !hasList(field.type) && !this.rules.keyFields(named.name);
      const isNumber = isScalarType(named) && /int|float|decimal|long|number|numeric|money/i.test(named.name);
      return isNumber && !this.rules.keyFields(type.name)?.includes(field.name) && !/id$/i.test(field.name);
    });
  }

  /** A type without a key, and those of the objects without a key that it is made up of. */
  #partsOf(type: GraphQLObjectType): ReadonlySet<GraphQLObjectType> {
    const parts = new Set([type]);
    // A set may grow while it is gone through.
    for (const part of parts) {
      for (const field of Object.values(part.getFields())) {
        const named = getNamedType(field.type);
        if (isObjectType(named) && !hasList(field.type) && this.roleOf(named) === 'shown') parts.add(named);
      }
    }
    return parts;
  }

  #findRole(type: GraphQLObjectType): MutationRole {
    if (isRootType(this.schema, type)) return 'root';
    if (edgeNode(type, this.rules)) return 'payload';
    if (connectionNode(type, this.rules)) return 'page';
    if (!isReachable(this.schema, this.rules, type.name))
      return this.#isNamespace(type) ? 'namespace' : 'payload';
    return this.rules.keyFields(type.name) ? 'entity' : 'shown';
  }

  /**
   * A type that exists only in answers, and takes arguments that choose something, or does something by its name, or
   * has such a name. When in doubt it is a namespace: adding a field to such a type may run something that no client
   * sent. Not what is called a payload and is returned by verbs: `addPost { post(filter: ...) { id } }` shows some
   * of what was added.
   */
  #isNamespace(type: GraphQLObjectType): boolean {
    if (NAMESPACE.test(type.name)) return true;
    if (this.#isPayload(type)) return false;
    return Object.values(type.getFields()).some((field) => {
      if (!field.args.every(({ name }) => isNoFilter(name))) return true;
      const isNoun = typeNames(this.schema, this.rules).named(wordsOf(field.name)).length > 0;
      return isCompositeType(getNamedType(field.type)) && beginsWithVerb(field.name) && !isNoun;
    });
  }

  /** Whether it is called a payload, and returned by what does something by its name alone. */
  #isPayload({ name }: GraphQLObjectType): boolean {
    if (!PAYLOAD.test(name)) return false;
    const mutations = Object.values(this.schema.getMutationType()?.getFields() ?? {});
    const returning = mutations.filter((field) => getNamedType(field.type).name === name);
    return returning.length > 0 && returning.every((field) => hasVerb(field.name));
  }

  /**
   * Whether what a payload carries may be asked for where its client does not select it. Not where nothing says that it is no
   * namespace: `auth { refresh }`, which a mutation without a verb returns, which is not called a payload, and which does not say
   * how it went, as `admitPatient { ok patient { id } }` does.
   */
  mayBeAsked({ name }: GraphQLObjectType): boolean {
    this.#doubtful ??= this.#findDoubtful();
    return !this.#doubtful.has(name);
  }

  #findDoubtful(): ReadonlySet<string> {
    const doubtful = new Set<string>();
    const sure = new Set<string>();
    for (const field of Object.values(this.schema.getMutationType()?.getFields() ?? {})) {
      const named = getNamedType(field.type);
      if (!isCompositeType(named)) continue;
      for (const type of possibleTypes(this.schema, named)) {
        const isSure = hasVerb(field.name) || PAYLOAD.test(type.name) || saysHowItWent(type);
        (isSure ? sure : doubtful).add(type.name);
      }
    }
    return new Set([...doubtful].filter((name) => !sure.has(name)));
  }

  #findCarriedFields(type: GraphQLObjectType): readonly GraphQLField<unknown, unknown>[] {
    if (this.roleOf(type) !== 'payload') return [];
    const mayFilter = this.#isPayload(type);
    const fields = Object.values(type.getFields()).filter((field) => {
      const named = getNamedType(field.type);
      const isPlain = field.args.every(
        (argument) => (mayFilter || isNoFilter(argument.name)) && !isRequiredArgument(argument),
      );
      return isCompositeType(named) && isPlain && !isRootType(this.schema, named);
    });
    if (edgeNode(type, this.rules)) return fields.filter(({ name }) => name === 'node');
    // An edge beside its node says nothing more.
    const single = new Set(fields.filter((field) => !hasList(field.type)).map(composite));
    return fields.filter((field) => {
      const node = edgeNode(field.type, this.rules);
      return !node || !single.has(node);
    });
  }

  #findReferences(type: GraphQLObjectType): readonly GraphQLField<unknown, unknown>[] {
    const role = this.roleOf(type);
    if (role !== 'entity' && role !== 'shown') return [];
    return Object.values(type.getFields())
      .filter((field) => {
        const named = getNamedType(field.type);
        if (!isCompositeType(named) || hasList(field.type) || field.args.some(isRequiredArgument))
          return false;
        const possible = possibleTypes(this.schema, named);
        if (isAbstractType(named) && possible.length > MOST_TYPES) return false;
        return possible.some((one) => this.roleOf(one) === 'entity');
      })
      .slice(0, MOST_REFERENCES);
  }
}

function saysHowItWent(type: GraphQLObjectType): boolean {
  return Object.values(type.getFields()).some(({ name, args }) => args.length === 0 && OUTCOME.test(name));
}

export function composite(field: GraphQLField<unknown, unknown>): GraphQLCompositeType {
  return getNamedType(field.type) as GraphQLCompositeType;
}

/** Whether asking for a field can take nothing else with it, should it fail. */
export function mayFailAlone(field: GraphQLField<unknown, unknown>): boolean {
  return !isNonNullType(field.type);
}
