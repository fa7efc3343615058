/**
 * An API of a few lines behind HTTP: SDL and functions for its fields, and answers of any other make where a test wants them.
 *
 *   const api = cleanup.add(await startApi(sdl, { user: ({ id }) => users.get(id) }));
 *   api.answerInstead = (text, response) => { response.writeHead(401).end(); return true; };
 */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { createHandler } from 'graphql-http';
import { LocalServer } from './local-server';
import { directiveDefinitions } from './shop-schema';

export type Roots = Readonly<Record<string, unknown>>;

export class Api {
  /** the texts of the operations that came, the newest last */
  readonly asked: string[] = [];
  /** Answers a request in its own way, and says so; given the operation's text and the request's headers. */
  answerInstead: (text: string, response: ServerResponse, headers: IncomingHttpHeaders) => boolean = () =>
    false;
  /** Milliseconds before an operation whose text holds a word is run. */
  delay: { readonly word: string; readonly milliseconds: number } | undefined;
  readonly #server: LocalServer;

  /** Use {@link startApi}. */
  constructor(schema: GraphQLSchema, rootValue: Roots) {
    const handle = createHandler({
      schema,
      rootValue,
      formatError: ({ message, path, extensions }: Readonly<GraphQLError | Error> & Partial<GraphQLError>) =>
        new GraphQLError(message, { path: path ?? null, extensions: extensions ?? null }),
    });
    this.#server = new LocalServer(async (request, response) => {
      const body = await buffer(request).catch(() => undefined);
      if (body === undefined) return;
      const text = (JSON.parse(body.toString()) as { query: string }).query;
      this.asked.push(text);
      if (this.answerInstead(text, response, request.headers)) return;
      const { delay } = this;
      if (delay && text.includes(delay.word))
        await new Promise((resolve) => setTimeout(resolve, delay.milliseconds).unref());
      const [answer, init] = await handle({
        method: 'POST',
        url: '/',
        headers: request.headers as Record<string, string>,
        body: body.toString(),
        raw: request,
        context: undefined,
      });
      response.writeHead(init.status, init.headers ?? {}).end(answer);
    });
  }

  get url(): string {
    return this.#server.url;
  }

  async listen(): Promise<void> {
    await this.#server.listen();
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

/** @param roots values of root fields, or functions of their arguments that make them */
export async function startApi(sdl: string, roots: Roots): Promise<Api> {
  const schema = makeExecutableSchema({ typeDefs: [directiveDefinitions, sdl] });
  const api = new Api(schema, roots);
  await api.listen();
  return api;
}
