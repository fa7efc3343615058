import { hash } from 'node:crypto';

/** Milliseconds: an upstream that failed at a key for a moment is soon asked for keys again. */
const HOLDS_MS = 10_000;
/** For one operation. The oldest is forgotten first. */
const MOST = 100;

/**
 * The requests for an operation that upstream answers only as their clients wrote them: asked for types and keys as well, it
 * failed. They are not asked twice each time.
 */
export class PlainRequests {
  /** the hash of what is asked -> until when, in monotonic milliseconds */
  #until: Map<string, number> | undefined;

  /** @param text of what is asked, see `BoundOperation` */
  has(text: string, now: number): boolean {
    // Nearly always.
    if (!this.#until?.size) return false;
    const key = keyOf(text);
    const until = this.#until.get(key) ?? -Infinity;
    if (until <= now) this.#until.delete(key);
    return until > now;
  }

  add(text: string, now: number): void {
    const key = keyOf(text);
    const known = (this.#until ??= new Map());
    known.delete(key);
    known.set(key, now + HOLDS_MS);
    if (known.size > MOST) known.delete(known.keys().next().value!);
  }
}

function keyOf(text: string): string {
  return hash('sha256', text, 'base64url');
}
