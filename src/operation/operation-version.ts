import { hash } from 'node:crypto';
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInputObjectType,
  isInputType,
  isInterfaceType,
  isObjectType,
  isSpecifiedDirective,
  Kind,
  print,
  type DocumentNode,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionSetNode,
  type TypeNode,
} from 'graphql';
import { directivesNamed, nodesOfField, nodesOfType, DIRECTIVE_NAMES } from '../schema/directives';
import { usesArguments } from '../policy/argument-paths';
import { argumentTexts, relationTexts } from '../policy/argument-texts';
import { computedValues } from '../policy/computed';
import { fieldShapes, type FieldShapes } from '../policy/field-shapes';
import type { Rules } from '../policy/rules';
import { referredTypes } from '../policy/referred-types';
import { touchedTypes } from '../policy/touched-types';
import { fieldOf, possibleTypes } from '../policy/type-shape';
import { inputText, leafText } from '../schema/type-text';

/** What the definitions of one schema come to. Held by the rules, so it goes when they are replaced. */
const known = new WeakMap<Rules, Definitions>();

/**
 * A name for all that the validity, the answer, the policy and the tags of an operation depend on besides its text: the
 * definitions it reaches, with their directives, and the configuration. It is part of every key, so an entry is found
 * again under another schema exactly when nothing of that differs (P16). The same in every process.
 *
 * Of an object or interface the fields count that are selected, and those that its key and its lists are found by: most
 * of what an API deploys is further fields, and an answer that holds none of them is as good as before. Whatever else
 * tags, policy or the text that upstream is sent are made to depend on has to be digested here as well.
 *
 * @param document one operation and the fragments it uses, valid for the schema
 * @returns 22 characters of base64url
 */
export function operationVersion(
  { schema, rules, configuration }: { schema: GraphQLSchema; rules: Rules; configuration: string },
  document: DocumentNode,
): string {
  let definitions = known.get(rules);
  if (!definitions) known.set(rules, (definitions = new Definitions(schema, rules)));
  // Digests have one length.
  const reached = [...definitions.reachedBy(document)].join('');
  return hash('sha256', `${reached} ${configuration}`, 'base64url').slice(0, 22);
}

/** A field with arguments on one object type. */
interface ArgumentsOf {
  readonly field: GraphQLField<unknown, unknown>;
  /** what they are about; undefined: it is groups */
  readonly at: readonly GraphQLCompositeType[] | undefined;
}

/** Under which a purge rule stands that names no type: any declared tag may be meant. */
const DECLARED = '#';

/**
 * The digests of a schema's definitions, each made when an operation first reaches it. Without descriptions: they change
 * more often than anything else, and change nothing.
 *
 * Terminology
 *
 * head     of a type: what is true of it whichever fields are selected. Of an abstract one, the heads of its members too
 * field    its signature, its directives, the head of what it returns; on an abstract type, on each of the members too
 * input    a type of an argument or variable, with all that a value of it can hold
 */
class Definitions {
  readonly #heads = new Map<string, string>();
  readonly #fields = new Map<string, Map<string, string>>();
  readonly #arguments = new Map<string, Map<string, readonly ArgumentsOf[]>>();
  readonly #inputs = new Map<string, string>();
  readonly #paths = new Map<GraphQLArgument, string>();
  readonly #shapes: FieldShapes;
  #names: string | undefined;
  #purgeRules: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(
    readonly schema: GraphQLSchema,
    readonly rules: Rules,
  ) {
    this.#shapes = fieldShapes(schema, rules);
  }

  /** The digests of what a document reaches, each once, in the order of the document. */
  reachedBy(document: DocumentNode): ReadonlySet<string> {
    const reached = new Set<string>();
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) {
        this.#condition(definition.typeCondition.name.value, definition.selectionSet, reached);
      } else if (definition.kind === Kind.OPERATION_DEFINITION) {
        for (const { type } of definition.variableDefinitions ?? []) reached.add(this.#input(nameIn(type)));
        const root = this.schema.getRootType(definition.operation);
        if (root) {
          reached.add(this.#head(root));
          this.#selections(definition.selectionSet, root, reached);
        }
      } else continue;
      this.#directives(definition, reached);
    }
    return reached;
  }

  #selections(set: SelectionSetNode, parent: GraphQLCompositeType, reached: Set<string>): void {
    for (const selection of set.selections) {
      if (selection.directives?.length) this.#directives(selection, reached);
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value ?? parent.name;
        this.#condition(condition, selection.selectionSet, reached);
        continue;
      }
      const field = selection.kind === Kind.FIELD ? fieldOf(parent, selection.name.value) : undefined;
      if (!field || selection.kind !== Kind.FIELD) continue;
      reached.add(this.#field(parent, field.name));
      this.#argumentPaths(parent, field, selection, reached);
      const type = getNamedType(field.type);
      if (selection.selectionSet && isCompositeType(type))
        this.#selections(selection.selectionSet, type, reached);
    }
  }

  /** What the arguments in use lead to is found by the names of fields that need not be selected. */
  #argumentPaths(
    parent: GraphQLCompositeType,
    { name }: GraphQLField<unknown, unknown>,
    node: FieldNode,
    reached: Set<string>,
  ): void {
    for (const { field, at } of this.#argumentsOf(parent, name)) {
      // Groups are about what their place makes them about as well.
      if (!at) reached.add(this.#nameDigest());
      else if (usesArguments(this.#shapes, field, node, at))
        for (const argument of field.args) reached.add(this.#pathsOf(argument, at));
    }
  }

  /** Of a field with arguments on each type that it may be on. Mostly none: an interface may have hundreds of types. */
  #argumentsOf(parent: GraphQLCompositeType, name: string): readonly ArgumentsOf[] {
    let fields = this.#arguments.get(parent.name);
    if (!fields) this.#arguments.set(parent.name, (fields = new Map()));
    let made = fields.get(name);
    if (made) return made;
    made = possibleTypes(this.schema, parent).flatMap((type): readonly ArgumentsOf[] => {
      const field = fieldOf(type, name);
      if (!field || field.args.length === 0) return [];
      if (this.#shapes.of(type, field).isGroups) return [{ field, at: undefined }];
      const at = this.#shapes.namedByArguments(type, field);
      return at.length > 0 ? [{ field, at }] : [];
    });
    fields.set(name, made);
    return made;
  }

  #pathsOf(argument: GraphQLArgument, at: readonly GraphQLCompositeType[]): string {
    let made = this.#paths.get(argument);
    if (made === undefined)
      this.#paths.set(argument, (made = digest([...argumentTexts(this.#shapes, argument, at)].sort())));
    return made;
  }

  /** Of all that names can lead to. */
  #nameDigest(): string {
    return (this.#names ??= digest([...relationTexts(this.#shapes)].sort()));
  }

  #condition(name: string, set: SelectionSetNode, reached: Set<string>): void {
    const type = this.schema.getType(name);
    if (!isCompositeType(type)) return;
    reached.add(this.#head(type));
    this.#selections(set, type, reached);
  }

  /** Those in use that a schema defines itself: what upstream makes of them depends on their arguments. */
  #directives(
    { directives }: { readonly directives?: readonly { readonly name: { readonly value: string } }[] },
    reached: Set<string>,
  ): void {
    for (const { name } of directives ?? []) {
      const directive = this.schema.getDirective(name.value);
      if (!directive || isSpecifiedDirective(directive)) continue;
      const { args, locations, isRepeatable } = directive;
      reached.add(
        digest([`@${name.value}`, String(isRepeatable), ...locations, ...this.#argumentTexts(args)]),
      );
    }
  }

  #head(type: GraphQLCompositeType): string {
    const seen = this.#heads.get(type.name);
    if (seen !== undefined) return seen;
    const made = digest([
      type.name,
      ...said(nodesOfType(type)),
      ...this.#purgesOf(type.name),
      ...(isObjectType(type) ? this.#object(type) : this.#members(type)),
    ]);
    this.#heads.set(type.name, made);
    return made;
  }

  #object(type: GraphQLObjectType): string[] {
    const roots = [this.schema.getQueryType(), this.schema.getMutationType()];
    return [
      `object ${roots.indexOf(type)}`,
      // What is said of an interface holds for the types that implement it.
      ...type
        .getInterfaces()
        .flatMap((parent) => [parent.name, ...said(nodesOfType(parent))].join(' '))
        .sort(),
      ...(this.rules.keyFields(type.name) ?? []).map((name) =>
        this.#signature(type, type.getFields()[name]!),
      ),
      // What may identify an object, and what it may be chosen by.
      ...Object.values(type.getFields())
        .flatMap(({ name, type: of }) => (String(of) === 'ID!' ? [name] : []))
        .sort(),
      this.rules.tagName(type.name),
      ...(this.rules.typeTags(type.name).length > 0 ? this.#purgesOf(DECLARED) : []),
    ];
  }

  #members(type: GraphQLCompositeType): string[] {
    const members = possibleTypes(this.schema, type);
    const heads = members.map((member) => this.#head(member)).sort();
    if (!isInterfaceType(type)) return ['union', ...heads];
    // A key that all members share is asked of the interface itself, where that has such a field.
    const keys = new Set(members.flatMap(({ name }) => this.rules.keyFields(name) ?? []));
    const fields = [...keys].sort().flatMap((name) => type.getFields()[name] ?? []);
    return ['interface', ...heads, ...fields.map((field) => this.#signature(type, field))];
  }

  #field(type: GraphQLCompositeType, name: string): string {
    let fields = this.#fields.get(type.name);
    if (!fields) this.#fields.set(type.name, (fields = new Map()));
    const seen = fields.get(name);
    if (seen !== undefined) return seen;
    const field = fieldOf(type, name);
    const made = field ? this.#digestField(type as GraphQLObjectType | GraphQLInterfaceType, field) : '';
    fields.set(name, made);
    return made;
  }

  #digestField(
    type: GraphQLObjectType | GraphQLInterfaceType,
    field: GraphQLField<unknown, unknown>,
  ): string {
    const returned = getNamedType(field.type);
    const shape = this.#shapes.of(type, field);
    const names = (types: readonly GraphQLCompositeType[]): string[] => types.map((one) => one.name);
    const listed = names(shape.listed);
    return digest([
      type.name,
      this.#signature(type, field),
      isCompositeType(returned) ? this.#head(returned) : leafText(returned),
      ...[shape.elements, shape.listed, shape.about].map((types) => names(types).join(' ')),
      String(shape.isGroups),
      ...(isObjectType(type) ? this.#computed(type, field) : []),
      ...listed.flatMap((name) => this.#purgesOf(name)),
      ...(this.rules.fieldTags(type.name, field.name).length > 0 ? this.#purgesOf(DECLARED) : []),
      ...(isAbstractType(type)
        ? possibleTypes(this.schema, type)
            .map((member) => this.#field(member, field.name))
            .sort()
        : []),
    ]);
  }

  /** What a value is computed from, and the figures that stand in it. */
  #computed(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): readonly string[] {
    const computed = computedValues(this.schema, this.rules);
    const { elements, listed, about } = this.#shapes.of(type, field);
    const returned = getNamedType(field.type);
    const within = isCompositeType(returned) ? computed.madeOf(elements, listed, returned) : [];
    return [
      ...[
        this.#shapes.countedBy(type, field),
        this.#shapes.spokenOfBy(type, field),
        computed.follows(type, field),
        within,
        this.#shapes.countedInRows([...elements, ...about, ...within]),
      ].map((types) => types.map((one) => one.name).join(' ')),
      String(computed.isAmount(field)),
      String(isCompositeType(returned) && computed.holdsParts(elements, returned)),
    ];
  }

  /** Name, arguments with all that they can hold, type, and what is said of it here and on the interfaces. */
  #signature(type: GraphQLObjectType | GraphQLInterfaceType, field: GraphQLField<unknown, unknown>): string {
    const inherited = type.getInterfaces().flatMap((parent) => {
      const same = parent.getFields()[field.name];
      return same ? [`${parent.name} ${said(nodesOfField(parent, same)).join(' ')}`] : [];
    });
    return digest([
      `${field.name}: ${String(field.type)}`,
      ...this.#argumentTexts(field.args),
      ...said(nodesOfField(type, field)),
      ...inherited.sort(),
    ]);
  }

  #argumentTexts(args: readonly GraphQLArgument[]): string[] {
    return args.map((arg) => `${inputText(arg)} ${this.#input(getNamedType(arg.type).name)}`).sort();
  }

  #input(name: string): string {
    const seen = this.#inputs.get(name);
    if (seen !== undefined) return seen;
    const texts: string[] = [];
    const first = this.schema.getType(name);
    const open = new Set(isInputType(first) ? [first] : []);
    // A set may grow while it is gone through. Input objects may hold each other in a circle.
    for (const type of open) {
      if (!isInputObjectType(type)) {
        texts.push(leafText(type));
        continue;
      }
      const fields = Object.values(type.getFields());
      for (const field of fields) open.add(getNamedType(field.type));
      texts.push(`input ${type.name} ${String(type.isOneOf)} ${fields.map(inputText).sort().join(' ')}`);
    }
    const made = digest(texts.sort());
    this.#inputs.set(name, made);
    return made;
  }

  /** The purge rules that name a type, touch it by what their mutation returns, or say that it is left alone. */
  #purgesOf(name: string): readonly string[] {
    this.#purgeRules ??= this.#findPurgeRules();
    return this.#purgeRules.get(name) ?? NONE;
  }

  #findPurgeRules(): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>();
    const mutation = this.schema.getMutationType();
    for (const field of Object.values(mutation?.getFields() ?? {})) {
      const rule = this.rules.purgeRule(field.name);
      if (!mutation || !rule) continue;
      const text = `${field.name} ${said(nodesOfField(mutation, field)).join(' ')}`;
      const types = rule.tags.map((tag) => this.#typeNamedIn(tag));
      const spared = rule.references ? [] : referredTypes(this.schema, this.rules, field);
      const touched = [...types, ...touchedTypes(this.schema, this.rules, field), ...spared];
      const names = touched.flatMap((type) =>
        type ? [type.name, ...possibleTypes(this.schema, type).map((member) => member.name)] : [DECLARED],
      );
      for (const name of new Set(names)) found.set(name, [...(found.get(name) ?? []), text].sort());
    }
    return found;
  }

  /** `Product:{$args.id}`, `[Product]`, `Product`. */
  #typeNamedIn(tag: string): GraphQLCompositeType | undefined {
    const type = this.schema.getType(/^\[?([_A-Za-z]\w*)(?:\]|:|$)/.exec(tag)?.[1] ?? '');
    return isCompositeType(type) ? type : undefined;
  }
}

const NONE: readonly string[] = [];

/** What operators say on some nodes; others' directives decide nothing here. */
function said(nodes: Parameters<typeof directivesNamed>[1]): readonly string[] {
  return DIRECTIVE_NAMES.flatMap((name) => directivesNamed(name, nodes)).map((directive) => print(directive));
}

/** JSON keeps the parts apart whatever they hold. */
function digest(parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 22);
}

function nameIn(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameIn(type.type);
}
