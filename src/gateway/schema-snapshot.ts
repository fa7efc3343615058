import { LRUCache } from 'lru-cache';
import type { Engine } from '../yoga/yoga';
import type { Asked } from '../operation/bound-operation';
import type { Catalogue } from '../operation/catalogue';
import type { Operation } from '../operation/operation';
import { hash } from 'node:crypto';
import type { GatewayRequest } from './request';

/** Bodies up to this many bytes are their own name; longer ones are named by a hash. */
const LONGEST_PLAIN = 4096;

/** What an alias takes beyond its texts: the objects, its place in the map and the list, the answer's key. */
const OBJECT_BYTES = 400;

/** What the names of all but short POSTs begin with. No JSON does. */
const MARKS: ReadonlySet<number | undefined> = new Set([...'?#'].map((mark) => mark.charCodeAt(0)));

/**
 * Everything that belongs to one schema. When the schema changes the whole generation is replaced, and with it every
 * entry's key (P16).
 */
export class Generation {
  /** raw request -> what it asks: a request whose bytes were seen before costs no JSON.parse and no GraphQL */
  readonly #aliases: LRUCache<string, Asked>;
  /** the aliases of each operation: they go with it, or a request remembered would keep an operation that was given up */
  readonly #names = new WeakMap<Operation, Set<string>>();

  constructor(
    readonly catalogue: Catalogue,
    readonly engine: Engine,
    maxAliasBytes: number,
  ) {
    this.#aliases = new LRUCache({
      maxSize: maxAliasBytes,
      // The name has one byte for each character. The text may have two, or else its variables take the other. Measured.
      sizeCalculation: (asked, alias) => OBJECT_BYTES + alias.length + asked.text.length * 2,
      dispose: ({ operation }, alias) => this.#names.get(operation)?.delete(alias),
    });
    catalogue.onForget = (operation) => {
      for (const alias of this.#names.get(operation) ?? []) this.#aliases.delete(alias);
    };
  }

  recall(request: GatewayRequest): Asked | undefined {
    const alias = aliasOf(request);
    return alias === undefined ? undefined : this.#aliases.get(alias);
  }

  remember(request: GatewayRequest, asked: Asked): void {
    const alias = aliasOf(request);
    if (alias === undefined) return;
    this.#aliases.set(alias, asked);
    const names = this.#names.get(asked.operation);
    if (names) names.add(alias);
    else this.#names.set(asked.operation, new Set([alias]));
  }
}

/**
 * The name of a raw request: all that decides what it asks, byte for byte. Who asks and in which media type is decided
 * after it. Undefined for what is not one of the two usual forms; those are read in full every time.
 */
function aliasOf({ method, headers, body, search }: GatewayRequest): string | undefined {
  if (method === 'POST') {
    const type = headers['content-type'];
    if (type !== 'application/json' && type !== 'application/json; charset=utf-8') return undefined;
    if (MARKS.has(body[0])) return undefined;
    // latin1 keeps bytes apart one to one, and costs no decoding.
    return body.length <= LONGEST_PLAIN ? body.toString('latin1') : `#${hash('sha256', body, 'base64url')}`;
  }
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  return search.length <= LONGEST_PLAIN ? `?${search}` : `#?${hash('sha256', search, 'base64url')}`;
}
