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

export interface Reply {
  readonly status: number;
  readonly cacheStatus: string;
  /** undefined: the answer has none, or is no JSON */
  readonly data: Lossless | undefined;
  /** without `locations`: they are places in a document that need not be the one the client wrote */
  readonly errors: Lossless | undefined;
  readonly text: string;
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
    const text = await response.body.text();
    let json: Lossless | undefined;
    try {
      json = parseLossless(text);
    } catch {
      // It stays undefined: the text says what came instead.
    }
    const member = (name: string): Lossless | undefined => (isMembers(json) ? json.get(name) : undefined);
    return {
      status: response.statusCode,
      cacheStatus: String(response.headers['cache-status'] ?? ''),
      data: member('data'),
      errors: withoutLocations(member('errors')),
      text,
    };
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
