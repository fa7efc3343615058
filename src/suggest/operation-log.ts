import { createHmac, randomBytes, hash } from 'node:crypto';
import { EVERYTHING, isSessionTag, type Tag } from '../purge/tag';
import { print } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Entry } from '../cache/entry';
import type { Client } from '../gateway/client';
import type { Observer, Outcome } from '../gateway/outcome';
import type { Session } from '../gateway/session';
import { canonicalJson, isSampled, type BoundOperation } from '../operation/bound-operation';
import type { Operation } from '../operation/operation';
import type { Purge } from '../purge/log';
import type { Execution } from '../yoga/execution';
import { saysOk } from '../upstream/fault';
import { leavesOf } from './leaves';
import { LineFile } from './line-file';
import type { Line, QueryLine } from './lines';

/** Characters of a hash: 72 bits, so that no two of a log's values share one. */
const LENGTH = 12;
/** Of a leaf, which is compared with what it was in other answers to the same operation. */
const LEAF_LENGTH = 6;

/** Hashes whose salt is kept in this process alone and ends with it. */
export class SaltedHasher {
  readonly #salt = randomBytes(32);

  hash(text: string | Buffer): string {
    return createHmac('sha256', this.#salt).update(text).digest('base64url').slice(0, LENGTH);
  }

  /** A tag that still says what kind it is and of which type, and hides ids and declared texts. See `purge/tag.ts`. */
  tag(tag: Tag): string {
    if (tag === EVERYTHING || tag.startsWith('[')) return tag;
    if (tag.startsWith('#') || isSessionTag(tag)) return `${tag[0]}${this.hash(tag.slice(1))}`;
    const colon = tag.indexOf(':');
    return colon < 0 ? tag : `${tag.slice(0, colon)}:${this.hash(tag.slice(colon + 1))}`;
  }
}

export interface OperationLogOptions {
  readonly path: string;
  /** which part of the queries is written down: 0 to 1 */
  readonly sample: number;
  /** whether variables' values are written down too */
  readonly variables: boolean;
  readonly maxBytes: number;
  /** lower-case names of headers that are part of every key */
  readonly vary: readonly string[];
  /** monotonic milliseconds */
  readonly now: () => number;
  /** Told once when the file cannot be written, or is full. Must not throw. */
  readonly onEnd: (why: Error | 'full') => void;
}

/** Of an answer with more tags only the types and lists are written down. */
const MOST_TAGS = 200;
/** Operations whose text has been written. One that is forgotten is written again. */
const MOST_OPERATIONS = 10_000;
/** Lines that may wait to be made. */
const MOST_WAITING = 10_000;

/**
 * Writes down operations for `lastmile suggest`. Queries are sampled by operation and variables, so that of each that is
 * written down every request is: a sample of requests would show far fewer hits than there are. Nothing is made of a
 * request before its answer has left.
 */
export class OperationLog implements Observer {
  readonly #options: OperationLogOptions;
  readonly #file: LineFile;
  readonly #hasher = new SaltedHasher();
  readonly #run: string;
  readonly #began: number;
  readonly #written = new LRUCache<string, true>({ max: MOST_OPERATIONS });
  readonly #ids = new WeakMap<Operation, string>();
  readonly #sampled = new WeakMap<BoundOperation, boolean>();
  #waiting: (() => void)[] = [];

  constructor(options: OperationLogOptions) {
    this.#options = options;
    this.#file = new LineFile(options);
    this.#run = this.#hasher.hash('run').slice(0, 6);
    this.#began = options.now();
    this.#write({ run: this.#run, version: 1, began: new Date().toISOString(), sample: options.sample });
  }

  wants(bound: BoundOperation): boolean {
    const { kind, incremental } = bound.operation;
    if (incremental || kind === 'subscription') return false;
    if (kind === 'mutation') return true;
    let sampled = this.#sampled.get(bound);
    if (sampled === undefined) {
      sampled = isSampled(bound, this.#options.sample);
      this.#sampled.set(bound, sampled);
    }
    return sampled;
  }

  observe(bound: BoundOperation, client: Client, outcome: Outcome, began: number): void {
    const t = began - this.#began;
    if (bound.operation.kind === 'mutation') return this.#later(() => this.#mutation(bound, outcome, t));
    const session = client.session();
    if (session instanceof Promise)
      void session.then((known) => this.#later(() => this.#query(bound, client, known, { outcome, t })));
    else this.#later(() => this.#query(bound, client, session, { outcome, t }));
  }

  /** Told of every purge that reaches this process. */
  readonly purged = (purges: readonly Purge[]): void => {
    const t = this.#time();
    this.#later(() => {
      const hashed = (some: readonly Purge[]): string[] => some.map(({ tag }) => this.#hasher.tag(tag));
      const keeping = hashed(purges.filter(({ keepsLists }) => keepsLists));
      this.#write({ run: this.#run, t, purged: hashed(purges), ...(keeping.length > 0 && { keeping }) });
    });
  };

  async close(): Promise<void> {
    this.#flush();
    await this.#file.close();
  }

  #query(
    bound: BoundOperation,
    client: Client,
    session: Session,
    { outcome, t }: { readonly outcome: Outcome; readonly t: number },
  ): void {
    const { entry, execution, body } = contentOf(outcome);
    const { operation, variables } = bound;
    const tookMs = execution?.tookMs;
    const all = entry?.tags ?? [...(execution?.collected?.tags ?? [])];
    const { tags, isCut } = this.#tags(all);
    const line: QueryLine = {
      run: this.#run,
      t: round(t),
      op: this.#operation(operation),
      ...(operation.name !== undefined && { name: operation.name }),
      ...(operation.variableNames.length > 0 && { vars: this.#hasher.hash(canonicalJson(variables)) }),
      ...(this.#options.variables && operation.variableNames.length > 0 && { variables }),
      ...this.#who(client, session, bound.parameters),
      ...(tookMs !== undefined && { ms: round(tookMs) }),
      bytes: body.length,
      answer: this.#hasher.hash(body),
      ...this.#leaves(operation, outcome, body),
      tags,
      ...(isCut && { cut: true as const }),
      ...(isFailed(outcome) && { failed: true as const }),
      why: outcome.status.kind === 'hit' ? 'hit' : outcome.status.why,
    };
    this.#write(line);
  }

  #mutation({ operation }: BoundOperation, outcome: Outcome, t: number): void {
    const { execution } = contentOf(outcome);
    const tookMs = execution?.tookMs;
    this.#write({
      run: this.#run,
      t: round(t),
      op: this.#operation(operation),
      ...(operation.name !== undefined && { name: operation.name }),
      mutation: true,
      ...(tookMs !== undefined && { ms: round(tookMs) }),
      tags: (execution?.purged?.purges ?? []).map(({ tag }) => this.#hasher.tag(tag)),
    });
  }

  /** The name of an operation, whose text is written first if it has not been. */
  #operation(operation: Operation): string {
    let id = this.#ids.get(operation);
    const text = id === undefined || !this.#written.has(id) ? print(operation.document) : '';
    if (id === undefined) {
      id = hash('sha256', text, 'base64url').slice(0, 16);
      this.#ids.set(operation, id);
    }
    if (!this.#written.has(id) && this.#file.isOpen) {
      this.#write({ run: this.#run, operation: id, text });
      this.#written.set(id, true);
    }
    return id;
  }

  /** @param parameters of the URL: as part of the key they vary answers, like headers do */
  #who(
    { request: { headers } }: Client,
    session: Session,
    parameters: string,
  ): { who?: string; vary?: string } {
    const credentials = [headers['authorization'], headers['cookie']];
    const varying = [...this.#options.vary.map((name) => headers[name] ?? null), parameters || null];
    return {
      ...(session.kind === 'verified'
        ? { who: this.#hasher.hash(session.id) }
        : credentials.some((value) => value !== undefined) && {
            who: this.#hasher.hash(JSON.stringify(credentials)),
          }),
      ...(varying.some((value) => value !== null) && { vary: this.#hasher.hash(JSON.stringify(varying)) }),
    };
  }

  #leaves(operation: Operation, outcome: Outcome, body: Buffer): Pick<QueryLine, 'leaves'> {
    const leaves = isFailed(outcome) ? undefined : leavesOf(operation, body);
    if (!leaves) return {};
    const hash = (text: string): string => this.#hasher.hash(text).slice(0, LEAF_LENGTH);
    const hashes = Array.from(leaves, ([path, values]) => [path, hash(`${path} ${values}`)] as const);
    return { leaves: Object.fromEntries(hashes) };
  }

  #tags(all: readonly Tag[]): { tags: string[]; isCut: boolean } {
    const isCut = all.length > MOST_TAGS;
    const kept = isCut ? all.filter((tag) => !tag.startsWith('#') && !tag.includes(':')) : all;
    return { tags: kept.map((tag) => this.#hasher.tag(tag)), isCut };
  }

  #time(): number {
    return this.#options.now() - this.#began;
  }

  #later(make: () => void): void {
    if (this.#waiting.length >= MOST_WAITING) return this.#file.drop();
    this.#waiting.push(make);
    if (this.#waiting.length === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const make of waiting) make();
  }

  #write(line: Line): void {
    const dropped = this.#file.isOpen ? this.#file.takeDropped() : 0;
    if (dropped > 0) this.#file.write({ run: this.#run, dropped } satisfies Line);
    this.#file.write(line);
  }
}

function isFailed(outcome: Outcome): boolean {
  if (outcome.kind === 'entry') return false;
  if (outcome.kind === 'error') return true;
  if (outcome.entry) return false;
  const { execution } = outcome;
  const result = execution?.result;
  if (execution?.answer && !saysOk(execution.answer)) return true;
  return outcome.httpStatus !== 200 || !result || result.errors !== undefined || !result.data;
}

/** What an outcome was made of. The body is that of the answer as it is, whatever left. */
function contentOf(outcome: Outcome): {
  readonly entry: Entry | undefined;
  readonly execution: Execution | undefined;
  readonly body: Buffer;
} {
  if (outcome.kind === 'entry')
    return { entry: outcome.entry, execution: undefined, body: outcome.entry.body };
  if (outcome.kind === 'error') return { entry: undefined, execution: undefined, body: Buffer.alloc(0) };
  const { entry, execution, body } = outcome;
  const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  return { entry, execution: execution, body: entry?.body ?? bytes };
}

/** A tenth of a millisecond is enough, and keeps lines short. */
function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
