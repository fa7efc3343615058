/** A place in the purge log. Compare with the functions below: as text, `9-10` sorts before `9-9`. */
export interface Position {
  /**
   * The run of the log. A number near the milliseconds at which the run began, but only its being different from
   * every other run's matters: nothing compares it with a clock, and nothing takes the larger for the later.
   */
  readonly epoch: number;
  /** Gapless from 0 inside an epoch. */
  readonly seq: number;
  readonly [brand]: true;
}

declare const brand: unique symbol;

/** The largest number of characters {@link formatPosition} can yield: two 16-digit numbers and a dash. */
export const MAX_POSITION_LENGTH = 33;

/** Before every record: the position of an empty table. No log ever has the epoch 0. */
export const ORIGIN = positionAt(0, 0);

/** @throws RangeError when a part is not a non-negative safe integer. */
export function positionAt(epoch: number, seq: number): Position {
  if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(seq) || epoch < 0 || seq < 0) {
    throw new RangeError(`A position is two non-negative integers, not ${epoch} and ${seq}.`);
  }
  return { epoch, seq } as Position;
}

/** Reads `<epoch>-<seq>`, the id of a Redis Stream record. Anything else, however long, is undefined. */
export function parsePosition(text: string): Position | undefined {
  if (text.length > MAX_POSITION_LENGTH) return undefined;
  const match = /^(0|[1-9]\d{0,15})-(0|[1-9]\d{0,15})$/.exec(text);
  if (!match) return undefined;
  const epoch = Number(match[1]);
  const seq = Number(match[2]);
  return Number.isSafeInteger(epoch) && Number.isSafeInteger(seq) ? positionAt(epoch, seq) : undefined;
}

export function formatPosition(position: Position): string {
  return `${position.epoch}-${position.seq}`;
}

/**
 * Whether one position includes everything up to another. Across epochs that is unknown, whichever number is larger:
 * epoch numbers say nothing about time (a primary that comes back empty may begin a lower one).
 */
export function hasReached(at: Position, wanted: Position): boolean {
  return at.epoch === wanted.epoch && at.seq >= wanted.seq;
}

export function isSamePosition(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.seq === b.seq;
}

/** The order of two positions of one epoch. Of two epochs it is only an order, for sorting: see {@link hasReached}. */
export function comparePositions(a: Position, b: Position): number {
  return a.epoch - b.epoch || a.seq - b.seq;
}

/** The position that the very next record of the same epoch will have. */
export function nextPosition(position: Position): Position {
  return positionAt(position.epoch, position.seq + 1);
}

/** The later of two of one epoch. */
export function laterPosition(a: Position, b: Position): Position {
  return comparePositions(a, b) >= 0 ? a : b;
}

/** True when `next` is the very record that follows `last`: same epoch, no gap. */
export function isContiguous(last: Position, next: Position): boolean {
  return next.epoch === last.epoch && next.seq === last.seq + 1;
}
