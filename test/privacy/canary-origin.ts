/** An API that knows its users by header, cookie or token, and puts a secret of each into whatever is theirs. */
import { randomInt } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLError } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';
import { decodeJwt } from 'jose';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { LocalServer } from '../kit/local-server';

export const CANARY_SDL = `
  interface Thing { id: ID! }
  type Me implements Thing @cacheControl(maxAge: 60, scope: PRIVATE, swr: 60) { id: ID! secret: String! friend: Me }
  type Page implements Thing @cacheControl(maxAge: 60) { id: ID! title: String! note: String @cacheControl(scope: PRIVATE) }
  union Mine = Me | Page
  type Query {
    me: Me
    mine: [Mine!]! @cacheControl(maxAge: 60)
    thing: Thing @cacheControl(maxAge: 60)
    page: Page
    fail: Page
    echo(name: String!): String @cacheControl(maxAge: 60)
    undeclared: String
  }
  type Mutation { touch: Me }
`;

export class CanaryOrigin {
  /** by user: what only this user may ever see */
  readonly canaries = new Map<string, string>();
  calls = 0;
  /** shows pages to users only */
  isClosed = false;
  /** answers 503 to whatever it is asked */
  isDown = false;
  /** answers wait for it */
  gate: Promise<void> = Promise.resolve();
  /** every secret there ever was -> whose it is */
  readonly #given = new Map<string, string>();
  readonly #server: LocalServer;

  constructor() {
    const schema = makeExecutableSchema({
      typeDefs: [DIRECTIVES_SDL, CANARY_SDL],
      resolvers: {
        Mine: { __resolveType: (value: { secret?: string }) => (value.secret === undefined ? 'Page' : 'Me') },
        Thing: {
          __resolveType: (value: { secret?: string }) => (value.secret === undefined ? 'Page' : 'Me'),
        },
        Query: {
          me: (_: unknown, __: unknown, context: Context) => this.#me(context),
          mine: (_: unknown, __: unknown, context: Context) =>
            [this.#page(context), this.#me(context)].filter(Boolean),
          thing: (_: unknown, __: unknown, context: Context) => this.#me(context) ?? this.#page(context),
          page: (_: unknown, __: unknown, context: Context) => this.#page(context),
          fail: (_: unknown, __: unknown, context: Context) => {
            throw new GraphQLError(`no page for ${this.#secret(context) ?? 'nobody'}`);
          },
          echo: (_: unknown, { name }: { name: string }, { headers }: Context) => String(headers[name] ?? ''),
          undeclared: (_: unknown, __: unknown, context: Context) => this.#secret(context),
        },
        Mutation: { touch: (_: unknown, __: unknown, context: Context) => this.#me(context) },
      },
    });
    const handle = createHandler<Context>({ schema, context: ({ raw }) => ({ headers: raw.headers }) });
    this.#server = new LocalServer((request, response) => {
      this.calls++;
      if (this.isDown) response.writeHead(503).end();
      else void this.gate.then(() => handle(request, response));
    });
  }

  async start(): Promise<this> {
    await this.#server.listen();
    return this;
  }

  get url(): string {
    return this.#server.url;
  }

  /** Holds all answers back. @returns what lets them go */
  hold(): () => void {
    let release = () => {};
    this.gate = new Promise((resolve) => (release = resolve));
    return release;
  }

  canary(user: string): string {
    // Digits: letters could spell another user's name by chance.
    const known = this.canaries.get(user) ?? `canary-${user}-${randomInt(2 ** 47)}`;
    this.canaries.set(user, known);
    this.#given.set(known, user);
    return known;
  }

  /** Gives a user a new secret, as a change would; answers of before hold the old one. */
  renew(user: string): void {
    this.canaries.delete(user);
  }

  /** Whose secrets of any time a JSON text holds. */
  namesIn(text: string): string[] {
    // Without its quotes, and with what JSON escapes of it.
    const isIn = (canary: string) => text.includes(JSON.stringify(canary).slice(1, -1));
    return [...this.#given].filter(([canary]) => isIn(canary)).map(([, user]) => user);
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }

  #secret({ headers }: Context): string | undefined {
    const user = userOf(headers);
    return user === undefined ? undefined : this.canary(user);
  }

  #me(context: Context) {
    const secret = this.#secret(context);
    return secret && { id: userOf(context.headers), secret, friend: null };
  }

  #page(context: Context) {
    const secret = this.#secret(context);
    if (this.isClosed && secret === undefined) throw new GraphQLError('Sign in.');
    return { id: 'home', title: this.isClosed ? `Home of ${secret}` : 'Home', note: secret ?? null };
  }
}

type Context = { readonly headers: IncomingHttpHeaders };

function userOf({ authorization, cookie, 'x-user': header }: IncomingHttpHeaders): string | undefined {
  if (typeof header === 'string') return header;
  const sid = /(?:^|; *)sid=([^;]+)/.exec(cookie ?? '')?.[1];
  if (sid !== undefined) return sid;
  const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
  if (token === undefined) return undefined;
  return token.includes('.') ? decodeJwt(token).sub : token;
}
