import { LRUCache } from 'lru-cache';
import type { Entry } from '../../cache/entry';
import type { Client } from '../client';
import type { Reply } from '../request';
import {
  encodeAnswer,
  ENTRY_HEADER,
  parseRequest,
  REGIONS_HEADER,
  signAnswer,
  signerOf,
  type EntryRequest,
} from './relay';

export interface EntryServiceParts {
  /** what all gateways share and no client knows */
  readonly secret: string;
  /**
   * Gives an entry that is fresh here, asking upstream for it if need be; undefined where there is none, `other-key` where it
   * would be kept here under another key.
   */
  readonly give: (request: EntryRequest) => Promise<Entry | 'other-key' | undefined>;
  /** monotonic milliseconds */
  readonly now: () => number;
}

/** A region that has asked for nothing for so many milliseconds is not counted. */
const SEEN_FOR_MS = 10 * 60_000;
const MOST_REGIONS = 1000;

/** Gives entries of this region to gateways of others: see `relay.ts`. */
export class EntryService {
  readonly #parts: EntryServiceParts;
  readonly #seen: LRUCache<string, true>;

  constructor(parts: EntryServiceParts) {
    this.#parts = parts;
    this.#seen = new LRUCache({ max: MOST_REGIONS, ttl: SEEN_FOR_MS });
  }

  /** Regions that asked lately, and this one. */
  get regions(): number {
    this.#seen.purgeStale();
    return 1 + this.#seen.size;
  }

  /** @returns undefined for a request that no gateway signed, or that asks for something else */
  answer(client: Client): Promise<Reply> | undefined {
    const { secret } = this.#parts;
    const asked = client.header(ENTRY_HEADER);
    if (asked === undefined) return undefined;
    const { body } = client.request;
    const signer = signerOf(asked, secret, body);
    const request = signer === undefined ? undefined : parseRequest(body.toString());
    if (!request) return undefined;
    this.#seen.set(signer!, true);
    return this.#give(asked, request);
  }

  async #give(asked: string, request: EntryRequest): Promise<Reply> {
    const { secret, give, now } = this.#parts;
    const entry = await give(request);
    const regions = [REGIONS_HEADER, String(this.regions)];
    if (entry === 'other-key') return { status: 409, headers: regions, body: '' };
    const value = entry && encodeAnswer(entry, now());
    if (!value) return { status: 204, headers: regions, body: '' };
    const sealed = [ENTRY_HEADER, signAnswer(asked, secret, value)];
    const kind = ['Content-Type', 'application/octet-stream', 'Cache-Control', 'no-store'];
    const headers = [...kind, ...sealed, ...regions];
    return { status: 200, headers, body: value };
  }
}
