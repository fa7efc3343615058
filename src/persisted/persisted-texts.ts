import type { ErrorCode } from '../report/error';
import { hashOf, readPersistedHash } from './persisted-hash';
import type { TextStore } from './text-store';

/** What a request says of its document: its text, its id in the list of trusted ones, or the hash of its text. */
export interface DocumentReference {
  readonly query: string | undefined;
  readonly documentId: string | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** The text a request means, or why there is none. */
export type FoundText = { readonly text: string | undefined } | { readonly code: ErrorCode };

export interface PersistedOptions {
  /** the allow-list, by id */
  readonly trusted: ReadonlyMap<string, string>;
  /** refuse what is not on it */
  readonly trustedOnly: boolean;
  readonly texts: TextStore;
}

/**
 * Finds the text of a request's document. Three ways to name one:
 * - `query`: the text itself (GraphQL over HTTP);
 * - `documentId`: an id of the allow-list (GraphQL over HTTP's draft on persisted documents; Relay's `doc_id` and `id`);
 * - `extensions.persistedQuery`: a hash, and at first the text with it (Apollo's automatic persisted queries).
 * A hash and an id mean the same text for ever, so that the raw request can be an alias of what it asks.
 */
export class PersistedTexts {
  readonly #options: PersistedOptions;
  readonly #trustedTexts: ReadonlySet<string>;

  constructor(options: PersistedOptions) {
    this.#options = options;
    this.#trustedTexts = new Set(options.trusted.values());
  }

  async find(reference: DocumentReference): Promise<FoundText> {
    const { trusted, trustedOnly } = this.#options;
    if (reference.documentId !== undefined && reference.query === undefined) {
      const text = trusted.get(reference.documentId);
      return text === undefined ? { code: 'DOCUMENT_NOT_FOUND' } : { text };
    }
    const found = await this.#automatic(reference);
    if (!trustedOnly || 'code' in found || found.text === undefined) return found;
    return this.#trustedTexts.has(found.text) ? found : { code: 'DOCUMENT_NOT_TRUSTED' };
  }

  async #automatic({ query, extensions }: DocumentReference): Promise<FoundText> {
    const { texts, trusted, trustedOnly } = this.#options;
    const name = readPersistedHash(extensions);
    if (name === undefined) return { text: query };
    if (name === 'unknown') return { code: 'PERSISTED_QUERY_NOT_SUPPORTED' };
    if (query !== undefined) {
      if (hashOf(query) !== name) return { code: 'PERSISTED_QUERY_HASH_MISMATCH' };
      // With an allow-list in force nothing is remembered at a client's word.
      if (!trustedOnly) texts.keep(name, query);
      return { text: query };
    }
    // Lists are often keyed by the very hash.
    const text = trusted.get(name) ?? (await texts.find(name));
    return text === undefined ? { code: 'PERSISTED_QUERY_NOT_FOUND' } : { text };
  }
}
