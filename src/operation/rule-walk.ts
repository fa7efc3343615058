import {
  getEnterLeaveForKind,
  Kind,
  TypeInfo,
  ValidationContext,
  type ASTNode,
  type ASTVisitor,
  type DocumentNode,
  type GraphQLSchema,
  type ValidationRule,
  type VariableNode,
} from 'graphql';

/** Where rules have something to look at, per kind of node. A node of any other kind is in no executable document. */
const CHILDREN: Readonly<Record<string, readonly string[]>> = {
  [Kind.OPERATION_DEFINITION]: ['variableDefinitions', 'directives', 'selectionSet'],
  [Kind.FRAGMENT_DEFINITION]: ['variableDefinitions', 'typeCondition', 'directives', 'selectionSet'],
  [Kind.VARIABLE_DEFINITION]: ['variable', 'type', 'defaultValue', 'directives'],
  [Kind.SELECTION_SET]: ['selections'],
  [Kind.FIELD]: ['arguments', 'directives', 'selectionSet'],
  [Kind.FRAGMENT_SPREAD]: ['directives'],
  [Kind.INLINE_FRAGMENT]: ['typeCondition', 'directives', 'selectionSet'],
  [Kind.DIRECTIVE]: ['arguments'],
  [Kind.ARGUMENT]: ['value'],
  [Kind.LIST]: ['values'],
  [Kind.OBJECT]: ['fields'],
  [Kind.OBJECT_FIELD]: ['value'],
  [Kind.LIST_TYPE]: ['type'],
  [Kind.NON_NULL_TYPE]: ['type'],
  [Kind.NAMED_TYPE]: [],
  [Kind.VARIABLE]: [],
  [Kind.INT]: [],
  [Kind.FLOAT]: [],
  [Kind.STRING]: [],
  [Kind.BOOLEAN]: [],
  [Kind.NULL]: [],
  [Kind.ENUM]: [],
};

const KINDS = [Kind.DOCUMENT, ...Object.keys(CHILDREN)];

type Visit = (node: ASTNode, key: unknown, parent: unknown, path: unknown, ancestors: unknown) => unknown;

/** What one rule does with nodes of one kind. */
interface Handler {
  readonly rule: number;
  readonly visitor: ASTVisitor;
  readonly visit: Visit;
}

type Handlers = Record<string, Handler[] | undefined>;

type Usage = ReturnType<ValidationContext['getVariableUsages']>[number];

/** Thrown out of a walk, which says no more than that something is wrong. */
const OBJECTION = new Error('the document is not valid');

/** What rules ask of a document. Which variables are used where is noted on the walk, and not looked for again. */
class WalkContext extends ValidationContext {
  readonly usages = new Map<unknown, readonly Usage[]>();

  constructor(schema: GraphQLSchema, document: DocumentNode, types: TypeInfo) {
    super(
      schema,
      document,
      types,
      () => {
        throw OBJECTION;
      },
      true,
    );
  }

  /** @throws for a definition that the walk has not been through yet */
  override getVariableUsages(definition: ASTNode): readonly Usage[] {
    const found = this.usages.get(definition);
    if (!found) throw OBJECTION;
    return found;
  }
}

/**
 * Takes a document past all rules at once, as graphql-js does (`visit`, `visitInParallel`, `visitWithTypeInfo`), but stops
 * at the first objection, changes nothing, and works out before the walk which rule cares for which kind of node. Rules may
 * skip what is below a node by `false`. They are not told the path to a node.
 *
 * Fragments come first: which variables they use is then known when a rule asks it of an operation.
 */
export class RuleWalk {
  readonly #types: TypeInfo;
  readonly #context: WalkContext;
  readonly #enter = Object.create(null) as Handlers;
  readonly #leave = Object.create(null) as Handlers;
  /** for each rule the node below which it asked to be spared */
  readonly #spared: (ASTNode | undefined)[];
  readonly #ancestors: unknown[] = [];
  #usages: Usage[] = [];

  constructor(
    schema: GraphQLSchema,
    readonly document: DocumentNode,
    rules: readonly ValidationRule[],
  ) {
    this.#types = new TypeInfo(schema);
    this.#context = new WalkContext(schema, document, this.#types);
    this.#spared = rules.map(() => undefined);
    rules.forEach((rule, index) => this.#add(index, rule(this.#context)));
  }

  /** @throws when a rule objects */
  run(): void {
    const { document } = this;
    this.#enterNode(document, undefined, undefined);
    this.#ancestors.push(document);
    this.#definitions((kind) => kind === Kind.FRAGMENT_DEFINITION);
    this.#definitions((kind) => kind !== Kind.FRAGMENT_DEFINITION);
    this.#ancestors.pop();
    this.#leaveNode(document, undefined, undefined);
  }

  #add(rule: number, visitor: ASTVisitor): void {
    const isGeneral = 'enter' in visitor || 'leave' in visitor;
    for (const kind of isGeneral ? KINDS : Object.keys(visitor)) {
      const visits = getEnterLeaveForKind(visitor, kind as Kind);
      if (visits.enter) (this.#enter[kind] ??= []).push({ rule, visitor, visit: visits.enter as Visit });
      if (visits.leave) (this.#leave[kind] ??= []).push({ rule, visitor, visit: visits.leave as Visit });
    }
  }

  #definitions(isMeant: (kind: string) => boolean): void {
    const { definitions } = this.document;
    for (let index = 0; index < definitions.length; index++) {
      const definition = definitions[index]!;
      if (!isMeant(definition.kind)) continue;
      this.#usages = [];
      this.#context.usages.set(definition, this.#usages);
      this.#node(definition, index, definitions);
    }
  }

  #node(node: ASTNode, key: string | number, parent: unknown): void {
    const children = CHILDREN[node.kind];
    if (!children) throw OBJECTION;
    this.#types.enter(node);
    const isSparing = this.#enterNode(node, key, parent);
    const used = this.#usages.length;
    if (node.kind === Kind.VARIABLE) this.#use(node);
    if (children.length > 0) {
      this.#ancestors.push(parent);
      for (const name of children) this.#child(node, name);
      this.#ancestors.pop();
    }
    // A definition is no use.
    if (node.kind === Kind.VARIABLE_DEFINITION) this.#usages.length = used;
    this.#leaveNode(node, key, parent);
    if (isSparing) this.#endSparing(node);
    this.#types.leave(node);
  }

  #child(node: ASTNode, name: string): void {
    const child = (node as unknown as Record<string, ASTNode | readonly ASTNode[] | undefined>)[name];
    if (child === undefined) return;
    if (!isList(child)) return this.#node(child, name, node);
    if (child.length === 0) return;
    this.#ancestors.push(node);
    for (let index = 0; index < child.length; index++) this.#node(child[index]!, index, child);
    this.#ancestors.pop();
  }

  /** @returns whether a rule wants to be spared what is below */
  #enterNode(node: ASTNode, key: string | number | undefined, parent: unknown): boolean {
    const handlers = this.#enter[node.kind];
    if (!handlers) return false;
    let isSparing = false;
    for (const { rule, visitor, visit } of handlers) {
      if (this.#spared[rule]) continue;
      const said = visit.call(visitor, node, key, parent, undefined, this.#ancestors);
      if (said === undefined) continue;
      // Rules neither stop a walk nor change what is walked.
      if (said !== false) throw OBJECTION;
      this.#spared[rule] = node;
      isSparing = true;
    }
    return isSparing;
  }

  #leaveNode(node: ASTNode, key: string | number | undefined, parent: unknown): void {
    const handlers = this.#leave[node.kind];
    if (!handlers) return;
    for (const { rule, visitor, visit } of handlers) {
      if (!this.#spared[rule]) visit.call(visitor, node, key, parent, undefined, this.#ancestors);
    }
  }

  #endSparing(node: ASTNode): void {
    this.#spared.forEach((spared, rule) => {
      if (spared === node) this.#spared[rule] = undefined;
    });
  }

  #use(node: VariableNode): void {
    const types = this.#types;
    this.#usages.push({
      node,
      type: types.getInputType(),
      parentType: types.getParentInputType(),
      defaultValue: types.getDefaultValue(),
    });
  }
}

function isList(child: ASTNode | readonly ASTNode[]): child is readonly ASTNode[] {
  return Array.isArray(child);
}
