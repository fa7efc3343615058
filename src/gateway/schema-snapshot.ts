import { LRUCache } from 'lru-cache';
import type { YogaRunner } from '../yoga/yoga';
import type { BoundOperation } from '../operation/bound-operation';
import type { Catalogue } from '../operation/catalogue';
import type { Operation } from '../operation/operation';
import { hash } from 'node:crypto';
import type { Plans } from './parts/plan';
import { asksInBody, type GatewayRequest } from './request';

/** Bodies up to this many bytes are their own key; longer ones are hashed. */
const LONGEST_PLAIN_KEY = 4096;

/** What one request takes beyond its texts: the objects, its place in the map and the list, the answer's key. */
const OBJECT_BYTES = 400;

/** What the keys of all but short POSTs without a query in their URL begin with. No JSON does. */
const PREFIX_CODES: ReadonlySet<number | undefined> = new Set(
  [...'?#!'].map((prefix) => prefix.charCodeAt(0)),
);

/**
 * Everything that belongs to one schema. When the schema changes the whole snapshot is replaced, and with it every
 * entry's key (P16).
 */
export class SchemaSnapshot {
  /** raw request -> what it asks: a request whose bytes were seen before costs no JSON.parse and no GraphQL */
  readonly #memo: LRUCache<string, BoundOperation>;
  /** the keys of each operation: they go with it, or a request remembered would keep an operation that was given up */
  readonly #memoKeys = new WeakMap<Operation, Set<string>>();

  constructor(
    readonly catalogue: Catalogue,
    readonly yoga: YogaRunner,
    maxMemoBytes: number,
    /** how operations are cut into parts; undefined: they are not */
    readonly plans?: Plans,
  ) {
    this.#memo = new LRUCache({
      maxSize: maxMemoBytes,
      // The key has one byte for each character. The text may have two, or else its variables take the other. Measured.
      sizeCalculation: (bound, key) => OBJECT_BYTES + key.length + bound.text.length * 2,
      dispose: ({ operation }, key) => this.#memoKeys.get(operation)?.delete(key),
    });
    catalogue.onForget = (operation) => {
      for (const key of this.#memoKeys.get(operation) ?? []) this.#memo.delete(key);
    };
  }

  recall(request: GatewayRequest): BoundOperation | undefined {
    const key = memoKeyOf(request);
    return key === undefined ? undefined : this.#memo.get(key);
  }

  remember(request: GatewayRequest, bound: BoundOperation): void {
    const key = memoKeyOf(request);
    if (key === undefined) return;
    this.#memo.set(key, bound);
    const keys = this.#memoKeys.get(bound.operation);
    if (keys) keys.add(key);
    else this.#memoKeys.set(bound.operation, new Set([key]));
  }
}

/**
 * The key of a raw request: everything that decides what it asks, byte for byte. Session and media type are decided
 * after it. Undefined for a request without one of the two usual forms; those are read in full every time.
 */
function memoKeyOf({ method, headers, body, search }: GatewayRequest): string | undefined {
  if (asksInBody(method)) {
    const type = headers['content-type'];
    if (type !== 'application/json' && type !== 'application/json; charset=utf-8') return undefined;
    if (PREFIX_CODES.has(body[0])) return undefined;
    // latin1 keeps bytes apart one to one, and costs no decoding.
    const key =
      body.length <= LONGEST_PLAIN_KEY ? body.toString('latin1') : `#${hash('sha256', body, 'base64url')}`;
    if (search === '') return key;
    // A URL holds no line break.
    return search.length <= LONGEST_PLAIN_KEY
      ? `!${search}\n${key}`
      : `#!${hash('sha256', search, 'base64url')}\n${key}`;
  }
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  return search.length <= LONGEST_PLAIN_KEY ? `?${search}` : `#?${hash('sha256', search, 'base64url')}`;
}
