import { LRUCache } from 'lru-cache';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../config/problem';
import { hash } from 'node:crypto';
import type { ErrorCode } from '../report/error';

/** Where the processes of a region keep texts for each other. Never rejects: a fault is nothing found. */
export interface SharedTexts {
  getText(name: string): Promise<string | undefined>;
  /** @param ttl seconds */
  setText(name: string, text: string, ttl: number): Promise<void>;
}

/** Seconds a text is kept in Redis after it was last registered: a client whose text is gone sends it again. */
const TTL = 24 * 60 * 60;

/** Texts by their hash: in this process, bounded in bytes, and in the region's Redis. */
export class TextStore {
  readonly #known: LRUCache<TextHash, string>;
  readonly #shared: SharedTexts | undefined;

  constructor(maxBytes: number, shared: SharedTexts | undefined) {
    this.#known = new LRUCache({ maxSize: maxBytes, sizeCalculation: (text) => 300 + 2 * text.length });
    this.#shared = shared;
  }

  async find(name: TextHash): Promise<string | undefined> {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const text = await this.#shared?.getText(name);
    // A party that can write to Redis must not be able to replace a client's document.
    if (text === undefined || !isNameOf(name, text)) return undefined;
    this.#known.set(name, text);
    return text;
  }

  /** @param text whose hash the name is: the caller has made sure of it */
  keep(name: TextHash, text: string): void {
    if (this.#known.get(name) === text) return;
    this.#known.set(name, text);
    void this.#shared?.setText(name, text, TTL);
  }
}

/**
 * Reads an allow-list of documents: a JSON object of id and text, as Relay's compiler and GraphQL Code Generator write it.
 * @param file path of it
 * @throws ConfigError when it cannot be read or is something else
 */
export function readTrustedDocuments(file: string): ReadonlyMap<string, string> {
  let list: unknown;
  try {
    list = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw problem(error instanceof SyntaxError ? 'The file is not JSON.' : 'The file cannot be read.');
  }
  const documents = z.record(z.string(), z.string()).safeParse(list);
  if (!documents.success) throw problem('The file is not one JSON object of ids and texts.');
  return new Map(Object.entries(documents.data));
}

function problem(text: string): ConfigError {
  const remedy = 'Give the path of a file such as {"id": "query { ... }"}.';
  return new ConfigError([{ variable: 'TRUSTED_DOCUMENTS', problem: text, remedy }]);
}

/** The name of a text in the protocol of automatic persisted queries: the SHA-256 of its UTF-8, in lower-case hex. */
export type TextHash = string & { readonly [brand]: true };

declare const brand: unique symbol;

export function hashOf(text: string): TextHash {
  return hash('sha256', text, 'hex') as TextHash;
}

/**
 * A text with half a surrogate pair has no UTF-8 and so no name: what is hashed in its place would be another text, with U+FFFD
 * there, to which that name belongs.
 */
function isNameOf(name: TextHash, text: string): boolean {
  return text.isWellFormed() && hashOf(text) === name;
}

/**
 * What `extensions.persistedQuery` says, in version 1 of Apollo's protocol.
 * @returns undefined: nothing; `unknown`: something that is not of this version
 */
export function readPersistedHash(
  extensions: Readonly<Record<string, unknown>>,
): TextHash | 'unknown' | undefined {
  const { persistedQuery } = extensions;
  if (persistedQuery === undefined || persistedQuery === null) return undefined;
  const { version, sha256Hash } = persistedQuery as Record<string, unknown>;
  if (version !== 1 || typeof sha256Hash !== 'string' || !/^[0-9a-f]{64}$/.test(sha256Hash)) return 'unknown';
  return sha256Hash as TextHash;
}

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
 * A hash and an id mean the same text for ever, so that the raw request can stand for what it asks.
 */
export class PersistedDocuments {
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
      if (!isNameOf(name, query)) return { code: 'PERSISTED_QUERY_HASH_MISMATCH' };
      // With an allow-list in force nothing is remembered at a client's word.
      if (!trustedOnly) texts.keep(name, query);
      return { text: query };
    }
    // Lists are often keyed by the very hash.
    const text = trusted.get(name) ?? (await texts.find(name));
    return text === undefined ? { code: 'PERSISTED_QUERY_NOT_FOUND' } : { text };
  }
}
