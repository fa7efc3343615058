import type { BoundOperation } from '../operation/bound-operation';
import type { Knowledge } from '../operation/operation';
import type { PersistedDocuments } from '../operation/persisted-documents';
import type { Region } from '../region/region';
import type { CacheStatus } from '../report/cache-status';
import type { AccessLog } from '../report/access-log';
import type { Tracer } from '../report/trace';
import type { Client, ClientSettings } from './client';
import type { EntrySettings } from './fill';
import type { ForwardingOptions } from './forward-mutation';
import type { Debug, Observer, Outcome } from './outcome';
import type { Plans } from './parts/plan';
import type { Renderer } from './render';
import type { Reply } from './request';
import type { RuleSettings } from './rules';
import type { Verifier } from './verifier';
import type { WarmOptions } from './warm/warmer';

/** A page at the path of GraphQL itself. */
export interface Page {
  /**
   * Answers a GET that asks for the page, or for one of its files; rejects where a file cannot be read.
   * @param knowledge of the schema that is in use
   */
  answer(client: Client, knowledge: Pick<Knowledge, 'schema' | 'rules'>): Promise<Reply>;
}

/** What the gateway needs of the world. Everything in it can be held by a test. */
export interface GatewayDeps {
  readonly region: Region;
  /** makes replies of outcomes */
  readonly renderer: Renderer;
  readonly clients: ClientSettings;
  /** what the rules look at: the same object until it changes */
  readonly rules: () => RuleSettings;
  readonly entries: EntrySettings;
  /** documents that requests name without their text */
  readonly persisted: PersistedDocuments;
  /** the name of this process's clock, by which it finds its own times in a token */
  readonly clock: string;
  /** milliseconds a read waits for the position its client has seen */
  readonly tokenWaitMs: number;
  readonly maxBatch: number;
  /** values in the variables and extensions of a request */
  readonly maxValues: number;
  /** what browsers are shown; undefined: nothing */
  readonly page: Page | undefined;
  /** what all gateways share and no client knows: it proves that a request comes from a gateway */
  readonly secret: string | undefined;
  /** how a mutation reaches the region where mutations run; undefined in that region itself */
  readonly forwarding: ForwardingOptions | undefined;
  /**
   * Looks whether upstream's schema has changed, because an operation is not valid here; once it resolves, what belongs to
   * a new one is in use. It takes a bounded time, and never rejects.
   */
  readonly recheckSchema: () => Promise<void>;
  /** observes some operations in detail; undefined: no observer */
  readonly observer: Observer | undefined;
  /** compares some hits with what upstream says now; undefined: none */
  readonly verifier: Verifier | undefined;
  /** fills what was hot and was purged before anyone asks for it; undefined: nothing does */
  readonly warm: WarmOptions | undefined;
  /** explains an outcome to a client that debugs. @param how.began when it was known what is asked; monotonic milliseconds */
  readonly explain: (
    bound: BoundOperation,
    outcome: Outcome,
    how: { readonly began: number; readonly plans: Plans | undefined; readonly isLogged: boolean },
  ) => Debug;
  /**
   * told the outcome of every operation
   * @param status undefined: for the gateway's own errors
   * @param tookMs milliseconds since the request arrived; until the first part of a streamed answer
   * @param name the operation's, if it is known and has one
   * @param bound the operation, if it is known
   */
  readonly observe: (
    status: CacheStatus | undefined,
    tookMs: number,
    name: string | undefined,
    bound: BoundOperation | undefined,
  ) => void;
  /** told in which trace an operation took so long, of those that are traced */
  readonly observeTrace?: (status: CacheStatus | undefined, tookMs: number, traceId: string) => void;
  /** writes the access log; undefined: there is none */
  readonly access?: AccessLog | undefined;
  /** traces some requests; undefined: none */
  readonly tracer?: Tracer | undefined;
  /** told of a fault of ours that a client was spared or met */
  readonly fault: (error: unknown, requestId?: string) => void;
}
