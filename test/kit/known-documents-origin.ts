/**
 * An API that takes only documents it knows, by the SHA-256 of their characters, as safelists do.
 *
 *   const origin = cleanup.add(await startKnownDocumentsOrigin({ typeDefs, resolvers }));
 *   origin.register(Object.keys(await printedByLastmileDocuments));
 */
import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { makeExecutableSchema, type IExecutableSchemaDefinition } from '@graphql-tools/schema';
import { execute, parse } from 'graphql';
import { LocalServer } from './local-server';

export class KnownDocumentsOrigin {
  /** texts it was sent that it did not know */
  readonly unknown: string[] = [];
  readonly #known = new Set<string>();
  readonly #server: LocalServer;

  /** Use {@link startKnownDocumentsOrigin}. @param refusal how it says that it does not know a document */
  constructor(definition: IExecutableSchemaDefinition, refusal: { status: number; code: string }) {
    const schema = makeExecutableSchema(definition);
    this.#server = new LocalServer(async (request, response) => {
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
    });
  }

  get url(): string {
    return this.#server.url;
  }

  register(hashes: readonly string[]): void {
    for (const hash of hashes) this.#known.add(hash);
  }

  async listen(): Promise<void> {
    await this.#server.listen();
  }

  close(): Promise<void> {
    return this.#server.close();
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
