import type { Entry } from '../cache/entry';
import { comparePositions, laterPosition, type Position } from '../purge/position';
import type { Purges } from '../purge/purges';
import type { Token } from './token';

/**
 * Milliseconds a request with an open token waits for the primary. The way round the world and back takes 300, and
 * upstream, which is asked otherwise, is as far away.
 */
const OPEN_WAIT_MS = 1000;

export interface TokenHolderParts {
  readonly purges: Purges;
  /** monotonic milliseconds of this process */
  readonly now: () => number;
  /** the name by which this process finds its own clock in a token */
  readonly clock: string;
}

/** A client that presents a token, on its way to an answer and to its next token (P07, P08). */
export class TokenHolder {
  #seen: Position | undefined;
  #shownAt: number | undefined;

  constructor(
    readonly parts: TokenHolderParts,
    readonly token: Token,
  ) {
    const { purges, clock } = parts;
    const { position, open } = token;
    const more = open?.clock === clock ? purges.horizonSince(open.at) : undefined;
    if (!open) this.#seen = position;
    else if (more) this.#seen = laterPosition(position, more);
  }

  /** A position that all the client has seen is at or before; undefined where the primary has to be asked. */
  get seen(): Position | undefined {
    return this.#seen;
  }

  /** Whether the table has all the client has seen: then an entry it calls fresh is no older than that. */
  get isReached(): boolean {
    return this.#seen !== undefined && comparePositions(this.parts.purges.table.position, this.#seen) >= 0;
  }

  /** The same, waited for. @param withinMs how long the log is waited for. Never rejects. */
  async reaches(withinMs: number): Promise<boolean> {
    const { purges } = this.parts;
    if (this.#seen === undefined) {
      const horizon = await purges.horizon(OPEN_WAIT_MS);
      if (!horizon) return false;
      this.#seen = laterPosition(this.token.position, horizon);
    }
    return this.isReached || purges.reached(this.#seen, withinMs);
  }

  /** Notes that the client is shown an entry. */
  shows({ heldSince, answeredAt }: Pick<Entry, 'heldSince' | 'answeredAt'>): void {
    this.#shownAt = heldSince ?? answeredAt;
  }

  /** The token after that answer: see {@link next}; undefined where the primary has to be asked. */
  covering(): Token | undefined {
    // What it was shown elsewhere, in an open token, was there before it asked here.
    const shownAt = this.#seen === undefined ? undefined : this.#shownAt;
    const { purges, now } = this.parts;
    const horizon = purges.horizonSince(shownAt ?? now());
    return horizon && { position: laterPosition(this.#known, horizon), open: undefined };
  }

  /**
   * The token after the answer: it covers all that the client has seen, also changes of which this region has not heard.
   * Where that cannot be found out in time it stays open, so that it is found out before it matters.
   * @param withinMs how long the primary is waited for
   */
  async next(withinMs: number): Promise<Token> {
    const { purges, now, clock } = this.parts;
    const covering = this.covering();
    if (covering) return covering;
    const shown = now();
    const horizon = await purges.horizon(withinMs);
    return horizon
      ? { position: laterPosition(this.#known, horizon), open: undefined }
      : { position: this.#known, open: { clock, at: Math.ceil(shown) } };
  }

  get #known(): Position {
    return laterPosition(this.parts.purges.table.position, this.#seen ?? this.token.position);
  }
}
