import { LRUCache } from 'lru-cache';
import type { Position } from '../purge/position';
import type { PurgeTable } from '../purge/table';
import { ANY_SESSION, type Tag } from '../purge/tag';
import type { Session } from './session';

/** Milliseconds for which a session is taken for one that upstream lets in. */
const ADMITTED_FOR_MS = 60_000;
const MOST_SESSIONS = 10_000;

interface Admission {
  /** monotonic milliseconds */
  readonly until: number;
  readonly asOf: Position;
  readonly tags: readonly Tag[];
}

/**
 * The sessions that may be shown what is shared among all of them (SHARED_CREDENTIALS). A verified token is one: no other client
 * can have made it. The gateway cannot check a header or a cookie, so upstream vouches for it, for a minute at a time:
 * it gave this session what it had just refused to a request without credentials.
 */
export class Members {
  readonly #admitted = new LRUCache<string, Admission>({ max: MOST_SESSIONS });

  constructor(readonly table: PurgeTable) {}

  /**
   * @param beside the request's headers and parameters that are part of every key: upstream may go by them as well
   * @param now monotonic milliseconds
   */
  has(session: Session, beside: readonly string[], now: number): boolean {
    if (session.kind !== 'verified') return false;
    if (session.isChecked) return true;
    const admission = this.#admitted.get(nameOf(session.id, beside));
    if (!admission || now >= admission.until) return false;
    // It may have logged out.
    return this.table.verdict(admission.asOf, admission.tags) === 'fresh';
  }

  /**
   * Upstream let it in, with no other credentials beside it, where it lets in no one without.
   * @param asOf taken before upstream was asked
   */
  admit(session: Session, beside: readonly string[], { now, asOf }: { now: number; asOf: Position }): void {
    if (session.kind !== 'verified' || session.isChecked) return;
    const { id, tags } = session;
    this.#admitted.set(nameOf(id, beside), {
      until: now + ADMITTED_FOR_MS,
      asOf,
      tags: [...tags, ANY_SESSION],
    });
  }

  /** Upstream refused it what others were given. */
  dismiss(session: Session, beside: readonly string[]): void {
    if (session.kind === 'verified') this.#admitted.delete(nameOf(session.id, beside));
  }
}

function nameOf(id: string, beside: readonly string[]): string {
  return JSON.stringify([id, beside]);
}
