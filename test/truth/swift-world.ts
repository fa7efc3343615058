/** A world whose gateway is only what decides: tags, what mutations touch, and the table. No socket, so many more can be tried. */
import { execute, isCompositeType, type ExecutionResult } from 'graphql';
import { collect } from '../../src/answer/collect';
import { expandTags } from '../../src/answer/expand-tags';
import { touchedBy } from '../../src/answer/touched';
import type { Knowledge, Operation } from '../../src/operation/operation';
import { readRules } from '../../src/policy/rules';
import { positionAt, type Position } from '../../src/purge/position';
import { PurgeTable } from '../../src/purge/table';
import { parseTag, type Tag } from '../../src/purge/tag';
import { compiled } from '../answer/harness';
import type { Answer } from '../kit/gateway';
import { World } from './world';

type Data = Record<string, unknown>;

export class SwiftWorld extends World {
  readonly #table = new PurgeTable();
  readonly #entries = new Map<
    string,
    { readonly data: unknown; readonly tags: readonly Tag[]; readonly asOf: Position }
  >();
  readonly #operations = new Map<string, Operation>();
  #knowledge!: Knowledge;

  override start(): Promise<this> {
    const { schema } = this.ledger;
    this.#knowledge = { schema, rules: readRules(schema, { defaultMaxAge: 600 }), configuration: 'test' };
    this.#table.restart([{ position: positionAt(1, 0), purges: [] }]);
    return Promise.resolve(this);
  }

  override stop(): Promise<void> {
    return Promise.resolve();
  }

  override async ask(text: string): Promise<Answer> {
    let operation = this.#operations.get(text);
    if (!operation) this.#operations.set(text, (operation = compiled(this.#knowledge, text)));
    return operation.kind === 'mutation' ? this.#change(operation) : this.#read(text, operation);
  }

  override purge(text: string): Promise<void> {
    const { schema, rules } = this.#knowledge;
    const tag = parseTag(text, (name) => isCompositeType(schema.getType(name)))!;
    this.#append(expandTags(schema, rules, [tag]));
    return Promise.resolve();
  }

  async #read(text: string, operation: Operation): Promise<Answer> {
    const held = this.#entries.get(text);
    const verdict = held && this.#table.verdict(held.asOf, held.tags);
    if (verdict === 'fresh') return answered('hit', held!.data);
    const variables = Object.fromEntries(operation.defaults);
    const data = (await this.#run(operation, variables)).data as Data;
    const { tags, untagged } = collect(operation.question, data, variables);
    if (untagged !== undefined) throw new Error(`${untagged}: ${text}`);
    this.#entries.set(text, { data, tags: [...tags], asOf: this.#table.position });
    return answered(verdict === 'purged' ? 'fwd=stale; detail=purged' : 'fwd=uri-miss; stored', data);
  }

  async #change(operation: Operation): Promise<Answer> {
    const { data, errors } = await this.#run(operation, {});
    const touched = touchedBy(operation, { data: data ?? null, ...(errors && { errors }) }, {});
    const collected = data ? collect(operation.question, data as Data, {}) : undefined;
    this.#append([...touched.tags, ...(collected?.entities.keys() ?? [])]);
    return answered('fwd=method', data);
  }

  async #run(
    { question }: Operation,
    variableValues: Readonly<Record<string, unknown>>,
  ): Promise<ExecutionResult> {
    const result = await execute({ schema: this.ledger.schema, document: question.document, variableValues });
    // As it comes over a network.
    return JSON.parse(JSON.stringify(result)) as ExecutionResult;
  }

  #append(tags: Iterable<Tag>): void {
    const { epoch, seq } = this.#table.position;
    const purges = Array.from(new Set(tags), (tag) => ({ tag, kind: 'hard' as const }));
    this.#table.apply({ position: positionAt(epoch, seq + 1), purges });
  }
}

function answered(cacheStatus: string, data: unknown): Answer {
  return {
    status: 200,
    headers: {},
    cacheStatus,
    token: undefined,
    text: '',
    data,
    errors: undefined,
    extensions: undefined,
  };
}
