import { AS_USUAL, type CacheOrder } from './cache-order';
import type { Captured } from './captured';
import type { DatabasePosition } from './database-position';
import type { Follower, PurgeLog, Purge, PurgeRecord } from './log';
import { nextPosition, positionAt, type Position } from './position';

/** The purge log of one process without Redis. Nothing is retained: who follows later starts from the last position. */
export class MemoryLog implements PurgeLog {
  readonly neverLags = true;
  readonly #followers = new Set<Follower>();
  #last: Position;
  readonly lastAppend = undefined;
  #captured: Captured | undefined;
  heldOrder: CacheOrder = AS_USUAL;
  /** There is no other region. */
  readonly lookMark = undefined;

  /** @param epoch milliseconds; greater than that of any earlier run whose entries might still be around */
  constructor(epoch: number = Date.now()) {
    this.#last = positionAt(epoch, 0);
  }

  append(purges: readonly Purge[], trace?: string): Promise<Position> {
    return this.#add({ purges, ...(trace !== undefined && { trace }) });
  }

  appendKnown(asOf: Position, database: DatabasePosition): Promise<Position> {
    return this.#add({ purges: [], known: asOf, database });
  }

  #add(content: Omit<PurgeRecord, 'position'>): Promise<Position> {
    this.#last = nextPosition(this.#last);
    const record: PurgeRecord = { position: this.#last, ...content };
    for (const follower of this.#followers) follower.record(record);
    return Promise.resolve(record.position);
  }

  lastPosition(): Promise<Position> {
    return Promise.resolve(this.#last);
  }

  size(): undefined {
    return undefined;
  }

  keepOrder(order: CacheOrder): Promise<CacheOrder> {
    if (order.number > this.heldOrder.number) this.heldOrder = order;
    return Promise.resolve(this.heldOrder);
  }

  captured(): Promise<Captured | undefined> {
    return Promise.resolve(this.#captured);
  }

  keepCaptured(captured: Captured): Promise<boolean> {
    const isLater = this.#captured !== undefined && this.#captured.generation > captured.generation;
    if (!isLater) this.#captured = captured;
    return Promise.resolve(!isLater);
  }

  follow(follower: Follower): Promise<void> {
    this.#followers.add(follower);
    follower.restart([{ position: this.#last, purges: [] }]);
    return Promise.resolve();
  }

  redial(): void {
    // There is no connection.
  }

  close(): Promise<void> {
    this.#followers.clear();
    return Promise.resolve();
  }
}
