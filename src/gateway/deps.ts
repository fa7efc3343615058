import type { Store } from '../cache/entry';
import type { Compressor } from './representation';
import type { Leases } from '../cache/leases';
import type { Position } from '../purge/position';
import type { PersistedTexts } from '../operation/persisted-documents';
import type { Purges } from '../purge/purges';
import type { Sessions } from './session';
import type { CacheStatus } from '../report/cache-status';
import type { DecisionSettings } from './decide';
import type { ElsewhereParts } from './forward-mutation';
import type { EntrySettings } from './fill';
import type { NearStore } from '../cache/lookup';
import type { Watcher } from './request';

/** What a journey needs of the world. Everything in it can be held by a test. */
export interface JourneyParts {
  readonly region: string;
  readonly purges: Purges;
  readonly sessions: Sessions;
  /** documents that requests name without their text */
  readonly persisted: PersistedTexts;
  /** in-process entries */
  readonly near: NearStore & Store;
  /** makes content codings of what is in memory; undefined: everything leaves as it is */
  readonly compressor: Compressor | undefined;
  /** entries in the region's Redis; undefined without one */
  readonly far: Store | undefined;
  /** who of the region's processes asks upstream; undefined where this is the only one */
  readonly leases: Leases | undefined;
  /** the position that answers asked for now are as of */
  readonly asOf: () => Position;
  /** monotonic milliseconds of this process; also the clock that entries carry in it */
  readonly now: () => number;
  /** the name of that clock, by which this process finds its own times in a token */
  readonly clock: string;
  readonly settings: DecisionSettings &
    EntrySettings & {
      /** milliseconds a read waits for the position its client has seen */
      readonly tokenWaitMs: number;
      /** whether the token is also taken from and set as a cookie */
      readonly tokenCookie: boolean;
      readonly maxBatch: number;
    };
  /** what all gateways share and no client knows: by it a gateway is told from whoever says that it is one */
  readonly secret: string | undefined;
  /** how a mutation reaches the region where mutations run; undefined in that region itself */
  readonly elsewhere: ElsewhereParts | undefined;
  /** looks closer at some operations */
  readonly watcher: Watcher;
  /** told what became of every request */
  readonly observe: (status: CacheStatus) => void;
  /** told of a fault of ours that a client was spared or met */
  readonly fault: (error: unknown) => void;
}
