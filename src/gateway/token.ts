import { randomBytes } from 'node:crypto';
import type { Entry } from '../cache/entry';
import {
  hasReached,
  laterPosition,
  type Position,
  formatPosition,
  MAX_POSITION_LENGTH,
  parsePosition,
} from '../purge/position';
import type { Purges } from '../purge/purges';

/**
 * Milliseconds a request waits for the primary to explain its token. A round trip around the world takes 300, and
 * upstream, the alternative, is as far away.
 */
const PRIMARY_WAIT_MS = 1000;

export interface TokenProgressParts {
  readonly purges: Purges;
  /** monotonic milliseconds of this process */
  readonly now: () => number;
  /** the name by which this process finds its own clock in a token */
  readonly clock: string;
}

/**
 * A client that presents a token, on its way to an answer and to its next token (P07, P08).
 *
 * A position of another epoch than the table's says nothing here: the log may be in that epoch and this region not
 * yet, or the epoch may be over (P27). The primary knows which. If the epoch is over, the primary's last position
 * covers everything the client has seen: those changes were made before the primary was asked, and cached answers of
 * the log's epoch were fetched after them.
 */
export class TokenProgress {
  #seen: Position | undefined;
  #shownAt: number | undefined;

  constructor(
    readonly parts: TokenProgressParts,
    readonly token: Token,
  ) {
    const { purges, clock } = parts;
    const { position, provisional } = token;
    const more = provisional?.clock === clock ? purges.latestPositionSince(provisional.at) : undefined;
    if (more) this.#seen = covering(more, position);
    else if (!provisional && position.epoch === purges.table.position.epoch) this.#seen = position;
  }

  /** A position that all the client has seen is at or before; undefined where the primary has to be asked. */
  get seen(): Position | undefined {
    return this.#seen;
  }

  /** Whether the table has all the client has seen: then an entry it calls fresh is no older than that. */
  get isReached(): boolean {
    return this.#seen !== undefined && hasReached(this.parts.purges.table.position, this.#seen);
  }

  /** The same, waited for. @param withinMs how long the log is waited for. Never rejects. */
  async reaches(withinMs: number): Promise<boolean> {
    const { purges } = this.parts;
    if (this.#seen === undefined) {
      const latest = await purges.latestPosition(PRIMARY_WAIT_MS);
      if (!latest) return false;
      this.#seen = covering(latest, this.token.position);
    }
    return this.isReached || purges.reached(this.#seen, withinMs);
  }

  /** Notes that the client is shown an entry. Of several the youngest counts: what it shows the others may lack. */
  noteShown({ heldSince, answeredAt }: Pick<Entry, 'heldSince' | 'answeredAt'>): void {
    this.#shownAt = Math.max(this.#shownAt ?? -Infinity, heldSince ?? answeredAt);
  }

  /** Notes that the client is shown what upstream says now, beside entries. */
  noteAsked(): void {
    this.#shownAt = this.parts.now();
  }

  /** The token after that answer: see {@link nextToken}; undefined where the primary has to be asked. */
  tokenIfKnown(): Token | undefined {
    const { purges, now } = this.parts;
    // What it was shown elsewhere, in a token that is not settled, was there before it asked here.
    const shownAt = this.#seen === undefined ? undefined : this.#shownAt;
    const latest = purges.latestPositionSince(shownAt ?? now());
    if (!latest) return undefined;
    // For an entry that may have been asked before the client had its token, which the table has reached.
    const seen = shownAt === undefined || !this.#seen ? latest : covering(latest, this.#seen);
    return { position: covering(seen, purges.table.position), provisional: undefined };
  }

  /**
   * The token after the answer: it covers everything the client has seen, including changes that have not reached
   * this region. If that cannot be determined in time, the token stays provisional, so that it is determined before
   * it matters.
   * @param withinMs how long to wait for the primary
   */
  async nextToken(withinMs: number): Promise<Token> {
    const { purges, now, clock } = this.parts;
    const known = this.tokenIfKnown();
    if (known) return known;
    const shown = now();
    const { position } = purges.table;
    const latest = await purges.latestPosition(withinMs);
    return latest
      ? { position: covering(latest, position), provisional: undefined }
      : {
          position: covering(this.#seen ?? this.token.position, position),
          provisional: { clock, at: Math.ceil(shown) },
        };
  }
}

/** A position that covers what both stand for. @param word of two epochs the one that is believed */
function covering(word: Position, other: Position): Position {
  return word.epoch === other.epoch ? laterPosition(word, other) : word;
}

/** The cookie that carries the token where TOKEN_COOKIE is set. */
export const TOKEN_COOKIE = 'lastmile-token';

/** Seconds. Any region that is not cut off has caught up long before. */
const COOKIE_MAX_AGE = 300;

/**
 * What a client has seen, kept by the client. Forging one can only make answers fresher: a table that has not
 * reached it makes the request go past the cache.
 *
 *   1795410719608-12              all that was purged up to this position
 *   1795410719608-12+             that, and perhaps more: who reads it asks the primary first
 *   1795410719608-12+k3Fa9x.5120  the same; the process of this name can tell what was more, by its own clock
 */
export interface Token {
  readonly position: Position;
  /** Its client was shown an answer of upstream that may hold more than the gateway that gave it could find out then. */
  readonly provisional: ClockStamp | undefined;
}

/** The moment by which that answer was there. */
export interface ClockStamp {
  /** the process whose clock it is; empty: none */
  readonly clock: string;
  /** whole milliseconds */
  readonly at: number;
}

const NOBODYS: ClockStamp = { clock: '', at: 0 };
/** Characters of a clock's name. */
const CLOCK_LENGTH = 6;
/** A plus, a clock's name, a point, and as many digits as thirty thousand years have. */
const MAX_LENGTH = MAX_POSITION_LENGTH + 1 + CLOCK_LENGTH + 1 + 15;

/** A name for this process's clock, drawn by chance. */
export function createClockName(): string {
  return randomBytes(CLOCK_LENGTH).toString('base64url').slice(0, CLOCK_LENGTH);
}

export function formatToken({ position, provisional }: Token): string {
  const text = formatPosition(position);
  if (!provisional) return text;
  return provisional.clock === '' ? `${text}+` : `${text}+${provisional.clock}.${provisional.at}`;
}

/** Reads what {@link formatToken} writes. Anything else, however long, is undefined. */
export function parseToken(text: string): Token | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const [first = '', rest] = text.split('+', 2);
  const position = parsePosition(first);
  if (!position) return undefined;
  if (rest === undefined) return { position, provisional: undefined };
  const match = /^([\w-]{6})\.(\d{1,15})$/.exec(rest);
  // What cannot be read is no reason to promise less.
  return { position, provisional: match ? { clock: match[1]!, at: Number(match[2]) } : NOBODYS };
}

/** One token that covers what both stand for. For two epochs, only the primary can tell which one is over. */
export function joinTokens(a: Token, b: Token): Token {
  if (a.position.epoch !== b.position.epoch) return { position: a.position, provisional: NOBODYS };
  return {
    position: laterPosition(a.position, b.position),
    provisional: joinStamps(a.provisional, b.provisional),
  };
}

function joinStamps(a: ClockStamp | undefined, b: ClockStamp | undefined): ClockStamp | undefined {
  if (!a || !b) return a ?? b;
  return a.clock === b.clock ? { clock: a.clock, at: Math.max(a.at, b.at) } : NOBODYS;
}

/** The headers that hand a client its token. */
export function tokenHeaders(token: Token, withCookie: boolean): string[] {
  const text = formatToken(token);
  if (!withCookie) return ['Lastmile-Token', text];
  const cookie = `${TOKEN_COOKIE}=${text}; Path=/; Max-Age=${COOKIE_MAX_AGE}; HttpOnly; SameSite=Lax`;
  return ['Lastmile-Token', text, 'Set-Cookie', cookie];
}

/** A Cookie header without our token, which is no credential; undefined when nothing else is left. */
export function withoutTokenCookie(cookies: string): string | undefined {
  if (!cookies.includes(TOKEN_COOKIE)) return cookies;
  const kept = cookies.split(';').filter((pair) => pair.split('=')[0]?.trim() !== TOKEN_COOKIE);
  return kept.length > 0 ? kept.join(';').trim() : undefined;
}
