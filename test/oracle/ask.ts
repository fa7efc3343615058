/** GraphQL requests over HTTP, with answers kept as text: digits must not pass through a number. */
import { Agent, request } from 'undici';
import { isList, isMembers, parseLossless, type Lossless } from './lossless';

export interface Question {
  readonly query: string;
  /** JSON of an object */
  readonly variables: string;
}

export interface Endpoint {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer. It is read when somebody looks into it: most are compared as text, and are the same. */
export class Reply {
  #parts: { readonly data: Lossless | undefined; readonly errors: Lossless | undefined } | undefined;

  constructor(
    readonly cacheStatus: string,
    readonly text: string,
  ) {}

  /** undefined: the answer has none, or is no JSON */
  get data(): Lossless | undefined {
    return this.#read().data;
  }

  /** without `locations`: they are places in a document that need not be the one the client wrote */
  get errors(): Lossless | undefined {
    return this.#read().errors;
  }

  #read() {
    if (this.#parts) return this.#parts;
    let json: Lossless | undefined;
    try {
      json = parseLossless(this.text);
    } catch {
      // It stays undefined: the text says what came instead.
    }
    const member = (name: string): Lossless | undefined => (isMembers(json) ? json.get(name) : undefined);
    return (this.#parts = { data: member('data'), errors: withoutLocations(member('errors')) });
  }
}

/** Asks servers until it is closed. */
export class Client {
  readonly #agent = new Agent({ connections: 8, bodyTimeout: 60_000, headersTimeout: 60_000 });

  async ask({ url, headers = {} }: Endpoint, { query, variables }: Question): Promise<Reply> {
    const response = await request(url, {
      method: 'POST',
      dispatcher: this.#agent,
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: `{"query":${JSON.stringify(query)},"variables":${variables}}`,
    });
    return new Reply(String(response.headers['cache-status'] ?? ''), await response.body.text());
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function withoutLocations(errors: Lossless | undefined): Lossless | undefined {
  if (!isList(errors)) return errors;
  return errors.map((error) =>
    isMembers(error) ? new Map([...error].filter(([name]) => name !== 'locations')) : error,
  );
}

/** Does something with each, some at a time. @returns what came of each, in order */
export async function eachOf<Item, Result>(
  items: readonly Item[],
  task: (item: Item) => Promise<Result>,
  atOnce = 8,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await task(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}
