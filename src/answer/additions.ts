import { visit, type DocumentNode, type ExecutionResult } from 'graphql';
import type { Collected } from './collect';

/** What is known of an answer to a question to which nothing was added: that no purge could find it. */
export const NOT_COLLECTED: Collected = {
  tags: new Set(),
  entities: new Map(),
  // Its tags decide, not its fields.
  limit: { maxAge: Infinity, staleUntil: Infinity, coordinate: '', declared: true },
  untagged: 'types and keys, which could not be asked for',
  mayBePrivate: false,
  trimmed: false,
  isRounded: false,
};

/** The same for an answer that is too long to be analysed. */
export const NOT_LOOKED_INTO: Collected = {
  ...NOT_COLLECTED,
  untagged: 'an answer that is too long to be looked into',
};

/** The same of one that came with characters that are none: which keys it holds cannot be known. */
export const DAMAGED: Collected = { ...NOT_COLLECTED, untagged: 'an answer that is no valid UTF-8' };

/** What a client may find in its answer, by its document. */
const responseKeys = new WeakMap<DocumentNode, ReadonlySet<string>>();

/**
 * Whether the gateway's additions to a query may have changed its answer: an added field may fail and take its
 * parent with it, or make the whole query too expensive for upstream. An error that is the client's own says where
 * it belongs, in names that the client's document has (specification 7.1.2).
 * @param asked the document as its client wrote it
 * @param isOfOperation false: upstream's status says that an error without a path is not about the operation
 */
export function mayBeOfAdditions(
  asked: DocumentNode,
  { errors = [] }: ExecutionResult,
  isOfOperation: boolean,
): boolean {
  return errors.some(({ path }) => (path ? !path.every((step) => isOwn(asked, step)) : isOfOperation));
}

function isOwn(asked: DocumentNode, step: string | number): boolean {
  return typeof step === 'number' || responseKeysOf(asked).has(step);
}

function responseKeysOf(document: DocumentNode): ReadonlySet<string> {
  const known = responseKeys.get(document);
  if (known) return known;
  const found = new Set<string>();
  visit(document, {
    Field({ alias, name }) {
      found.add(alias?.value ?? name.value);
    },
  });
  responseKeys.set(document, found);
  return found;
}
