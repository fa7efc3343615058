import type { BatchQueue } from './batches';
import type { Mapping } from './mapping';
import type { Lsn } from '../purge/database-position';
import { PgoutputDecoder, type Relation } from './pgoutput';
import type { StreamHandlers } from './replication';
import type { TablePlan } from './row-tags';
import { TransactionTags } from './transaction';

export interface ReaderOptions {
  readonly mapping: Mapping;
  /** rows of a table in one transaction that are purged one by one */
  readonly maxTags: number;
  readonly queue: BatchQueue;
  /** A message was written into the log. Its commit is told to the queue by itself. */
  readonly onMessage: (prefix: string, content: string, end: Lsn) => void;
  /** A table was described that the mapping does not know, or may know otherwise by now. */
  readonly onRelation: () => void;
  /** Something is in the queue. */
  readonly onWork: () => void;
}

/** Counts are since the start of the stream. */
export interface ReaderCounts {
  transactions: number;
  changes: number;
}

/** Turns what the log brings into batches, as it comes. Pure: it keeps no more of a transaction than its tags. */
export class LogReader implements StreamHandlers {
  readonly counts: ReaderCounts = { transactions: 0, changes: 0 };
  readonly #options: ReaderOptions;
  readonly #decoder = new PgoutputDecoder();
  /** undefined: the catalogue is behind, and whatever the table's rows purge is purged */
  readonly #plans = new Map<Relation, TablePlan | undefined>();
  #mapping: Mapping;
  readonly #described = new Set<number>();
  #xid = 0;
  #tags: TransactionTags | undefined;
  /** those in the transaction under way */
  #messages: [prefix: string, content: string][] = [];

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#mapping = options.mapping;
  }

  /** What was described before is looked up again. */
  set mapping(mapping: Mapping) {
    this.#mapping = mapping;
    this.#plans.clear();
  }

  /** @throws PgoutputError */
  message(bytes: Buffer): void {
    const message = this.#decoder.decode(bytes);
    switch (message.kind) {
      case 'begin':
        this.#xid = message.xid;
        this.#tags = new TransactionTags(this.#options.maxTags);
        this.#messages = [];
        break;
      case 'insert':
      case 'update':
      case 'delete': {
        this.counts.changes++;
        const plan = this.#planOf(message.relation);
        if (plan) this.#tags?.row(plan, message);
        else this.#tags?.everything();
        break;
      }
      case 'truncate':
        for (const relation of message.relations) {
          this.counts.changes++;
          const plan = this.#planOf(relation);
          if (plan) this.#tags?.truncate(plan);
          else this.#tags?.everything();
        }
        break;
      case 'message':
        if (message.isTransactional) this.#messages.push([message.prefix, message.content]);
        break;
      case 'relation':
        this.#relation(message.relation);
        break;
      case 'commit':
        this.#commit(message.end);
        break;
      case 'other':
    }
  }

  upTo(position: Lsn): void {
    // Within a transaction the server speaks of what it has sent of it.
    if (this.#tags || !this.#options.queue.isEmpty) return;
    this.#options.queue.pass(position);
    this.#options.onWork();
  }

  #relation(relation: Relation): void {
    // A table is described again when something of it has changed, such as its foreign keys.
    if (this.#described.has(relation.oid) || !this.#mapping.planOf(relation)) this.#options.onRelation();
    this.#described.add(relation.oid);
  }

  #planOf(relation: Relation): TablePlan | undefined {
    if (!this.#plans.has(relation)) this.#plans.set(relation, this.#mapping.planOf(relation));
    return this.#plans.get(relation);
  }

  #commit(end: Lsn): void {
    const { queue, onMessage, onWork } = this.#options;
    this.counts.transactions++;
    queue.add(this.#tags?.tags() ?? new Set(), this.#xid, end);
    for (const [prefix, content] of this.#messages) onMessage(prefix, content, end);
    this.#tags = undefined;
    onWork();
  }
}
