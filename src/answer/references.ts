import {
  getNamedType,
  isObjectType,
  Kind,
  OperationTypeNode,
  parseType,
  type ArgumentNode,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type SelectionNode,
  type VariableDefinitionNode,
} from 'graphql';
import { finderOf, type Finder } from '../policy/finder';
import { touchesOf } from '../policy/touched-types';
import { typeTag, type Tag } from '../purge/tag';
import { Augmenter } from './augment';
import { expandTags } from './expand-tags';
import { fieldNode, nameNode, onType, payloadAlias } from './internal-fields';
import { Failures, tagIn } from './returned';
import { Selection, type PlanSource } from './selection';
import type { Wanted } from './purged-tags';

/** One query, with the credentials of the client that sent the mutation. */
export interface ReferencesQuery {
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Milliseconds a mutation's answer waits for its references at most. */
export const REFERENCES_WITHIN_MS = 250;

/** Entities asked for at once. Of more than these all of the types that they refer to are purged. */
const MOST_ASKED = 50;

/**
 * The tags of references that could not be asked for within the mutation, because a failure there would have taken the
 * client's data with it. One query asks for all of them; of what it does not bring in time, or no root field finds, all
 * answers with the type are purged.
 *
 * @param ask may reject; it is not waited for longer than {@link REFERENCES_WITHIN_MS}
 */
export async function touchedReferences(
  source: PlanSource,
  wanted: readonly Wanted[],
  ask: (query: ReferencesQuery, signal: AbortSignal) => Promise<ExecutionResult>,
): Promise<ReadonlySet<Tag>> {
  const tags = new Set<Tag>();
  const query = new Query(source);
  for (const [index, one] of wanted.entries()) {
    const finder = index < MOST_ASKED ? finderOf(source.schema, source.rules, one.type) : undefined;
    if (finder) query.add(one, finder);
    else for (const tag of typesOf(source, one.references)) tags.add(tag);
  }
  if (!query.isEmpty) {
    const answer = await within(REFERENCES_WITHIN_MS, (signal) => ask(query.made(), signal));
    for (const tag of query.read(answer)) tags.add(tag);
  }
  return expandTags(source.schema, source.rules, tags);
}

/** An answer that came in time; else one that failed. */
async function within(
  milliseconds: number,
  ask: (signal: AbortSignal) => Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ExecutionResult>((resolve) => {
    timer = setTimeout(() => resolve({}), milliseconds);
  });
  try {
    return await Promise.race([ask(abort.signal).catch(() => ({})), late]);
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

class Query {
  readonly #source: PlanSource;
  readonly #augmenter: Augmenter;
  readonly #asked: {
    readonly wanted: Wanted;
    readonly alias: string;
    readonly references: readonly FieldNode[];
  }[] = [];
  readonly #fields: FieldNode[] = [];
  readonly #definitions: VariableDefinitionNode[] = [];
  readonly #variables: Record<string, unknown> = {};

  constructor(source: PlanSource) {
    this.#source = source;
    this.#augmenter = new Augmenter(source.schema, source.rules);
  }

  get isEmpty(): boolean {
    return this.#asked.length === 0;
  }

  add(wanted: Wanted, { field, arguments: plain, within: holder }: Finder): void {
    const { type, key, references } = wanted;
    const alias = `e${this.#asked.length}`;
    const asked = references.map((reference) =>
      fieldNode(
        payloadAlias(type.name, reference.name),
        reference.name,
        this.#augmenter.identity(getNamedType(reference.type) as GraphQLCompositeType),
      ),
    );
    const selections: SelectionNode[] = isObjectType(getNamedType(field.type))
      ? asked
      : [onType(type.name, asked)];
    this.#asked.push({ wanted, alias, references: asked });
    this.#fields.push({
      ...fieldNode(alias, field.name, selections),
      arguments: holder
        ? [this.#argument(holder, this.#held(holder, wanted))]
        : plain.map((argument, index) => this.#argument(argument, fit(key[index]!, argument.type))),
    });
  }

  made(): ReferencesQuery {
    return {
      document: {
        kind: Kind.DOCUMENT,
        definitions: [
          {
            kind: Kind.OPERATION_DEFINITION,
            operation: OperationTypeNode.QUERY,
            variableDefinitions: this.#definitions,
            selectionSet: { kind: Kind.SELECTION_SET, selections: this.#fields },
          },
        ],
      },
      variables: this.#variables,
    };
  }

  *read(answer: ExecutionResult): Iterable<Tag> {
    const failures = new Failures(answer);
    for (const { wanted, alias, references } of this.#asked) {
      const object = answer.data?.[alias] as Record<string, unknown> | null | undefined;
      for (const [index, field] of wanted.references.entries()) {
        const { alias: as, selectionSet } = references[index]!;
        const name = as!.value;
        const value = object?.[name];
        // It refers to nothing.
        if (value === null && !failures.has([alias, name])) continue;
        const type = getNamedType(field.type) as GraphQLCompositeType;
        const found = tagIn(new Selection(this.#source, [selectionSet!]), type, value);
        yield* found.length > 0 ? found : typesOf(this.#source, [field]);
      }
    }
  }

  #held({ type }: GraphQLArgument, { type: of, key }: Wanted): Record<string, unknown> {
    const fields = (getNamedType(type) as GraphQLInputObjectType).getFields();
    const names = this.#source.rules.keyFields(of.name)!;
    return Object.fromEntries(names.map((name, index) => [name, fit(key[index]!, fields[name]!.type)]));
  }

  #argument({ name, type }: GraphQLArgument, value: unknown): ArgumentNode {
    const variable = nameNode(`k${this.#definitions.length}`);
    this.#definitions.push({
      kind: Kind.VARIABLE_DEFINITION,
      variable: { kind: Kind.VARIABLE, name: variable },
      type: parseType(String(type), { noLocation: true }),
    });
    this.#variables[variable.value] = value;
    return { kind: Kind.ARGUMENT, name: nameNode(name), value: { kind: Kind.VARIABLE, name: variable } };
  }
}

function typesOf({ schema, rules }: PlanSource, references: Wanted['references']): Tag[] {
  const touches = touchesOf(schema, rules);
  return references.flatMap((field) =>
    touches.targetsOf(field).map(({ name }) => typeTag(rules.tagName(name))),
  );
}

/** A key as an argument takes it: the same id may be a text in one place and a number in another. */
function fit(value: string | number, type: GraphQLInputType): string | number {
  const { name } = getNamedType(type);
  if (name === 'Int') return Number(value);
  return name === 'String' ? String(value) : value;
}
