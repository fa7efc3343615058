/**
 * An API that takes only documents it knows, by the SHA-256 of their characters, as safelists do.
 *
 *   const origin = cleanup.add(await startKnownDocumentsOrigin({ typeDefs, resolvers }));
 *   origin.register(Object.keys(await printedByLastmileDocuments));
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { makeExecutableSchema, type IExecutableSchemaDefinition } from '@graphql-tools/schema';
import { execute, parse } from 'graphql';
import { ended } from './until';

export class KnownDocumentsOrigin {
  /** texts it was sent that it did not know */
  readonly unknown: string[] = [];
  readonly #known = new Set<string>();
  readonly #server: Server;

  /** Use {@link startKnownDocumentsOrigin}. @param refusal how it says that it does not know a document */
  constructor(definition: IExecutableSchemaDefinition, refusal: { status: number; code: string }) {
    const schema = makeExecutableSchema(definition);
    this.#server = createServer((request, response) => {
      void (async () => {
        const { query, variables } = JSON.parse(await text(request)) as {
          query: string;
          variables?: Record<string, unknown>;
        };
        const hash = hashOf(query);
        const isKnown = this.#known.has(hash) || query.includes('__schema');
        if (!isKnown) this.unknown.push(query);
        const answer = isKnown
          ? await execute({ schema, document: parse(query), variableValues: variables })
          : { errors: [{ message: 'unknown document', extensions: { code: refusal.code } }] };
        response.writeHead(isKnown ? 200 : refusal.status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(answer));
      })();
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/graphql`;
  }

  register(hashes: readonly string[]): void {
    for (const hash of hashes) this.#known.add(hash);
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await ended('the origin of known documents', closed);
  }
}

export function hashOf(document: string): string {
  return createHash('sha256').update(document).digest('hex');
}

export async function startKnownDocumentsOrigin(
  definition: IExecutableSchemaDefinition,
  refusal = { status: 400, code: 'QUERY_NOT_IN_SAFELIST' },
): Promise<KnownDocumentsOrigin> {
  const origin = new KnownDocumentsOrigin(definition, refusal);
  await origin.listen();
  return origin;
}
