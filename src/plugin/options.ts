import type { CacheStatus } from '../report/cache-status';
import type { PluginRegion } from './region';

/** How `useLastmile` treats the requests of one server. The functions are given the GraphQL context. */
export interface LastmileOptions<Context = Record<string, unknown>> {
  readonly region: PluginRegion;
  /** seconds, for root fields and object fields that say nothing; default 0: they are not cached */
  readonly defaultMaxAge?: number;
  /**
   * The session, as the server has verified it: private answers are stored under it. Default: none, so that no
   * private answer is kept. A mutation purges the private answers of its session, unless `@purges(session: false)` says that
   * nothing changes for them.
   */
  readonly session?: (context: Context) => string | null | undefined;
  /**
   * Whether resolvers may find credentials in the context. What they answer is then shared only where every
   * field is declared PUBLIC-cacheable (P32). Default: the request has an `authorization` or `cookie` header, or there is a
   * session; and yes where the context has no request to look at.
   */
  readonly hasCredentials?: (context: Context) => boolean;
  /**
   * Whatever else of the context changes answers, such as a language or a tenant: part of every key. The resolvers of a
   * shared answer run with the context of the first request, so what is not listed here must not change it (P34).
   */
  readonly vary?: (context: Context) => readonly string[];
  /** the most parts that an answer is cut into, one that would have more is kept as a whole or not at all; default 16; 0: none is cut */
  readonly maxParts?: number;
  /** milliseconds a read waits for the position its client has seen; default 100 */
  readonly tokenWaitMs?: number;
  /** Told what became of every query and mutation. Must not throw. */
  readonly observe?: (status: CacheStatus, context: Context) => void;
  /** Told of a mutation that ran and yielded nothing to purge (P21). Must not throw. */
  readonly silentMutation?: (field: string) => void;
  /** What such a mutation purges: nothing (`warn`, the default), or everything (`all`). */
  readonly unknownMutations?: 'warn' | 'all';
  /**
   * Codes of errors that say that a mutation did not run: where all of its errors have one, and there is no `data`, it
   * purges nothing. Default: those of the gateway's `REFUSED_CODES`.
   */
  readonly refusedCodes?: readonly string[];
}
