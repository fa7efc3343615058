import type { DocumentNode, GraphQLSchema } from 'graphql';
import { analyseOperation, type Knowledge, type Operation } from '../operation/operation';
import { readRules } from '../policy/read-rules';
import { schemaVersion } from '../upstream/schema-version';

/**
 * The operations of the documents a server executes, analysed once for each document. Documents are told apart as objects:
 * a server that keeps parsed documents, as Yoga does, has each analysed once for all requests.
 */
export class KnownDocuments {
  readonly knowledge: Knowledge;
  readonly #known = new WeakMap<DocumentNode, Map<string, Operation | undefined>>();

  /** @param defaultMaxAge seconds, for root fields that say nothing */
  constructor(schema: GraphQLSchema, defaultMaxAge: number) {
    // Entries of a plugin are never those of a gateway, although both may know the same schema.
    const version = schemaVersion(schema, JSON.stringify(['plugin', defaultMaxAge]));
    this.knowledge = { schema, rules: readRules(schema, { defaultMaxAge }), version };
  }

  /** @returns undefined for a name that is none of the document's operations */
  find(document: DocumentNode, operationName: string | null | undefined): Operation | undefined {
    let named = this.#known.get(document);
    if (!named) this.#known.set(document, (named = new Map()));
    const name = operationName ?? '';
    if (named.has(name)) return named.get(name);
    const found = analyseOperation(this.knowledge, document, operationName ?? undefined);
    const operation = 'errors' in found ? undefined : found;
    // What clients invent takes no memory.
    if (operation) named.set(name, operation);
    return operation;
  }
}
