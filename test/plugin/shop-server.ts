import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import {
  openRegion,
  useLastmile,
  type LastmileOptions,
  type Region,
  type RegionOptions,
} from '../../src/index';
import { UNHURRIED_MS } from '../kit/gateway';
import { expectReason } from '../kit/reason';
import { Shop } from '../kit/shop';

export interface ShopAnswer {
  readonly data: any; // eslint-disable-line -- tests read answers of every shape
  readonly errors: { message: string; path?: unknown[]; extensions?: Record<string, unknown> }[] | undefined;
  readonly extensions: Record<string, any> | undefined; // eslint-disable-line -- as above
  /** without the cache's name */
  readonly cacheStatus: string;
  readonly token: string | null;
}

type Context = { request: Request; headers?: Record<string, string> };

/** Has every result say something of its response, as an executor of a remote schema may. */
function saying(http: object): Plugin {
  return {
    onExecute({ setExecuteFn, executeFn }) {
      setExecuteFn(async (args) => ({
        ...((await (executeFn as (all: unknown) => unknown)(args)) as object),
        extensions: { http },
      }));
    },
  };
}

/** The shop as a Yoga server with the plugin in it. No port: Yoga is asked as a function. */
export class ShopServer {
  readonly shop: Shop;
  readonly region: Region;
  readonly silent: string[] = [];
  readonly faults: unknown[] = [];
  readonly #yoga: Pick<YogaServerInstance<object, object>, 'fetch'>;

  constructor(
    options: Partial<LastmileOptions<Context>> & {
      readonly regionOptions?: RegionOptions;
      shop?: Shop;
      /** what the executor says in `extensions.http` of every result */
      http?: object;
    } = {},
  ) {
    this.shop = options.shop ?? new Shop();
    this.region =
      options.region ??
      openRegion({
        redisTimeoutMs: Number(UNHURRIED_MS),
        onFault: (fault) => this.faults.push(fault),
        ...options.regionOptions,
      });
    const lastmile = useLastmile<Context>({
      silentMutation: (field) => this.silent.push(field),
      ...options,
      region: this.region,
    });
    this.#yoga = createYoga({
      schema: this.shop.schema,
      // What the shop's resolvers read.
      context: ({ request }) => ({ headers: Object.fromEntries(request.headers) }),
      plugins: [...(options.http ? [saying(options.http)] : []), lastmile],
      logging: false,
    });
  }

  async query(
    query: string,
    variables: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<ShopAnswer> {
    const response = await this.#yoga.fetch('http://shop/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const status = response.headers.get('cache-status') ?? '';
    expectReason(status);
    return {
      ...((await response.json()) as Pick<ShopAnswer, 'data' | 'errors' | 'extensions'>),
      cacheStatus: status.replace(/^lastmile-[^;]*; /, ''),
      token: response.headers.get('lastmile-token'),
    };
  }

  async stop(): Promise<void> {
    await this.region.close();
  }
}
