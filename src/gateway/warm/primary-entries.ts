import { request as send, type Dispatcher } from 'undici';
import { within, type CacheKey, type Entry, type LongestTimes } from '../../cache/entry';
import { Pauses } from '../../cache/pauses';
import type { Region } from '../../region/region';
import {
  decodeAnswer,
  ENTRY_HEADER,
  formatRequest,
  isAnswerTo,
  REGIONS_HEADER,
  signRequest,
  type EntryRequest,
} from './relay';

export interface PrimaryEntriesOptions {
  /** this one's name */
  readonly region: string;
  /** GraphQL URL of the primary region's gateway */
  readonly url: string;
  readonly secret: string;
  /** milliseconds; at most a second where a request may wait */
  readonly timeoutMs: number;
  readonly dispatcher: Dispatcher;
  /** told why it is not asked for a while. Must not throw. */
  readonly rests: (why: Error) => void;
}

/** A gateway that could not be asked, or whose keys are others, is not asked again for so long. */
const RESTS = { firstMs: 30_000, longestMs: 10 * 60_000, maxKeys: 1 };
/** What there is one of. */
const GATEWAY = 'primary' as CacheKey;
/** Requests may be waiting for the same entry: for longer than this they are better off with upstream. */
export const PATIENCE_MS = 1000;
/** An answer may be long in coming because upstream is. After so many in turn that did not come it is the gateway. */
const MOST_LATE = 3;
/** For so many milliseconds the log is waited for that has to bring what an entry already shows. */
const LOG_PATIENCE_MS = 1000;

/** The cache of the primary region's gateway as origin of this region's. */
export class PrimaryEntries {
  readonly #options: PrimaryEntriesOptions;
  readonly #region: Region;
  readonly #rests: Pauses;
  /** answers that did not come in time, since the last that did */
  #late = 0;
  /** as the primary region's gateway last said, itself included */
  regions = 2;

  constructor(options: PrimaryEntriesOptions, region: Region) {
    this.#options = options;
    this.#region = region;
    this.#rests = new Pauses({ ...RESTS, now: region.now });
  }

  /** It could not be asked, and is left alone. */
  get isResting(): boolean {
    return this.#rests.isPaused(GATEWAY);
  }

  /**
   * Asks for an entry, which is not kept here yet. Never rejects.
   * @param longest of its policy
   * @param patienceMs for so many milliseconds it is waited for, where it is not one of many
   * @returns undefined: there is none, it did not come in time, it cannot be judged by what is known of purges here, or it was purged
   */
  async ask(
    asked: Omit<EntryRequest, 'after'>,
    longest: LongestTimes,
    patienceMs = PATIENCE_MS,
  ): Promise<Entry | undefined> {
    const { now, table } = this.#region;
    const sentAt = now();
    if (this.isResting) return undefined;
    const value = await this.#send({ ...asked, after: table.position }, patienceMs);
    const entry = value && decodeAnswer(asked.key, value, { sentAt, heldSince: now() });
    return entry && this.#judged(within(longest, entry));
  }

  /**
   * An entry that was asked for in another region says by its as-of which purges it comes after. Those it does not come after
   * have to be known here, each by its own position: what the log has still to bring is waited for, and while a purge that was
   * made here has no position nothing can be said.
   */
  async #judged(entry: Entry): Promise<Entry | undefined> {
    const region = this.#region;
    const { purges } = region;
    if (!(await purges.reached(entry.asOf, LOG_PATIENCE_MS)) || purges.hasUnacknowledged) return undefined;
    return region.isProven && region.evaluate(entry).kind === 'fresh' ? entry : undefined;
  }

  /** @returns the entry's bytes, where a gateway with the same secret sent them in answer to this */
  async #send(request: EntryRequest, patienceMs: number): Promise<Buffer | undefined> {
    const { region, url, secret, timeoutMs, dispatcher, rests } = this.#options;
    const body = Buffer.from(formatRequest(request));
    const header = signRequest(region, secret, body);
    const patience = request.inTurn ? timeoutMs : Math.min(timeoutMs, Math.ceil(patienceMs));
    try {
      const answer = await send(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', [ENTRY_HEADER]: header },
        body,
        dispatcher,
        signal: AbortSignal.timeout(patience),
      });
      // As much as an entry that may be kept takes in Redis. Some other server there may send without end.
      const value = await bytesWithin(2 * this.#region.maxEntryBytes, answer.body);
      const regions = Number(answer.headers[REGIONS_HEADER]);
      if (!Number.isSafeInteger(regions) || regions < 1)
        throw new Error('it is not a gateway that shares entries, or does not recognise this one');
      this.regions = Math.max(2, regions);
      if (answer.statusCode === 409) throw new Error('it stores the same answers under different keys');
      this.#rests.succeeded(GATEWAY);
      this.#late = 0;
      const seal = answer.headers[ENTRY_HEADER];
      const isEntry = answer.statusCode === 200 && value !== undefined && typeof seal === 'string';
      return isEntry && isAnswerTo(header, secret, { seal, value }) ? value : undefined;
    } catch (error) {
      const isLate = (error as Error).name === 'TimeoutError';
      if (isLate && ++this.#late < MOST_LATE) return undefined;
      // It is there to spare upstream calls, no more: this region asks for itself meanwhile.
      if (this.#rests.failed(GATEWAY)) rests(error as Error);
      return undefined;
    }
  }
}

/** @returns undefined where there are more: the rest is not read */
async function bytesWithin(most: number, body: AsyncIterable<Buffer>): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > most) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
