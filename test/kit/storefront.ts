/**
 * An API as shops have it, behind HTTP: its language is a parameter of the URL, it logs in with a token in a header of its
 * answer and with two cookies, and each answer says how many calls are left.
 *
 *   const shop = cleanup.add(await startStorefront());
 *   const held = shop.hold();                 // what is asked from now on waits
 *   await held.arrived;
 *   held.release();
 *   shop.received.at(-1)!.url                 // '/graphql?lang=de'
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { buildSchema, graphql } from 'graphql';
import type { Received } from './origin';
import { directiveDefinitions } from './shop-schema';
import { LocalServer } from './local-server';

/** Without the directives' definitions, as operators write it. */
export const storefrontTypes = `
  type Query {
    product(id: ID!): Product @cacheControl(maxAge: 60, swr: 60)
    uncached: String
    review(id: ID!): Review
  }
  type Product @cacheControl(maxAge: 60, swr: 60) { id: ID!  name: String }
  type Review { id: ID!  product: Product! }
  type Mutation { login: Login  rename(id: ID!): Product  addReview: Review }
  type Login { success: Boolean }
`;

const NAMES: Readonly<Record<string, string>> = { en: 'Product', de: 'Produkt', fr: 'Produit' };

export class Storefront {
  /** the newest last; not what asks whether it is there */
  readonly received: Received[] = [];
  /** laid over the headers of every answer */
  answerHeaders: Record<string, string | string[]> = {};
  /** in the place of 200 */
  answerStatus = 200;
  left = 1000;
  #logins = 0;
  #gate: { arrived: () => void; opened: Promise<void> } | undefined;
  readonly #server: LocalServer;
  readonly #schema = buildSchema(`${directiveDefinitions}\n${storefrontTypes}`);

  /** Use {@link startStorefront}. */
  constructor() {
    this.#server = new LocalServer((request, response) => this.#serve(request, response));
  }

  get url(): string {
    return this.#server.url;
  }

  /** Lets nothing be answered until it is released. */
  hold(): { readonly arrived: Promise<void>; readonly release: () => void } {
    let release!: () => void;
    let arrive!: () => void;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const opened = new Promise<void>((resolve) => (release = resolve));
    this.#gate = { arrived: arrive, opened };
    return {
      arrived,
      release: () => {
        this.#gate = undefined;
        release();
      },
    };
  }

  async listen(): Promise<void> {
    await this.#server.listen();
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await buffer(request)).toString();
    const { method = '', url = '', headers } = request;
    const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> };
    if (query.replaceAll(/\s/g, '') !== '{__typename}') this.received.push({ method, url, headers, body });
    const language = new URL(url, 'http://shop').searchParams.get('lang') ?? 'en';
    const isLogin = query.includes('login');
    const number = isLogin ? ++this.#logins : 0;
    const left = --this.left;
    const product = ({ id }: { id: string }) => ({ id, name: `${NAMES[language] ?? '?'} ${id}` });
    const review = { id: '1', product: product({ id: '1' }) };
    const answer = await graphql({
      schema: this.#schema,
      source: query,
      variableValues: variables,
      rootValue: {
        product,
        review,
        uncached: 'never',
        rename: product,
        addReview: review,
        login: { success: true },
      },
    });
    this.#gate?.arrived();
    await this.#gate?.opened;
    response.writeHead(this.answerStatus, {
      'content-type': 'application/json',
      'content-language': language,
      'ratelimit-remaining': String(left),
      'x-powered-by': 'secret-framework',
      ...(isLogin && {
        'vendure-auth-token': `token-${number}`,
        'set-cookie': [`sid=${number}; HttpOnly; Expires=Wed, 09 Jun 2027 10:18:14 GMT`, `seen=${number}`],
      }),
      ...this.answerHeaders,
    });
    response.end(JSON.stringify(answer));
  }
}

export async function startStorefront(): Promise<Storefront> {
  const shop = new Storefront();
  await shop.listen();
  return shop;
}
