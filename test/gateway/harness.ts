/** A region in memory, with a clock and a purge table that a test holds, and upstream answers made by hand. */
import { MemoryStore } from '../../src/cache/memory-store';
import type { CacheKey, Entry } from '../../src/cache/entry';
import type { EntrySettings, FetchPlan } from '../../src/gateway/fill';
import { bind } from '../../src/operation/bound-operation';
import { positionAt } from '../../src/purge/position';
import type { Purges } from '../../src/purge/purges';
import { PurgeTable } from '../../src/purge/table';
import type { Tag } from '../../src/purge/tag';
import { Region } from '../../src/region/region';
import { NO_HINTS, type StorageHints } from '../../src/upstream/storage-hints';
import type { YogaRunner } from '../../src/yoga/yoga';
import type { Execution } from '../../src/yoga/execution';
import { compiled, knowledgeOf } from '../answer/harness';

export const KNOWLEDGE = knowledgeOf(`
  type Query { page(id: ID): Page @cacheControl(maxAge: 60, swr: 30)  pages: [Page!]! @cacheControl(maxAge: 60) }
  type Page { id: ID!  title: String @cacheControl(maxAge: 20)  stock: Int @cacheControl(maxAge: 0) }
`);
export const KEY = 'key' as CacheKey;
export const PAGE = 'Page:1' as Tag;

export interface HeldRegion {
  readonly region: Region;
  /** milliseconds */
  readonly clock: { now: number };
  /** Applies a purge as the next record of the log. */
  readonly purge: (...tags: string[]) => void;
  /** What the region's Redis holds. */
  readonly far: Map<CacheKey, Entry>;
}

export function holdRegion({ maxEntryBytes = 1000 } = {}): HeldRegion {
  const clock = { now: 1_000_000 };
  const now = (): number => clock.now;
  const table = new PurgeTable();
  table.restart([{ position: positionAt(1, 0), purges: [] }]);
  const far = new Map<CacheKey, Entry>();
  const region = new Region({
    purges: { table, isProven: () => true } as Partial<Purges> as Purges,
    near: new MemoryStore({ maxBytes: 2 ** 20, maxEntryBytes, now }),
    far: {
      get: (key: CacheKey) => Promise.resolve(far.get(key)),
      set: (entry: Entry) => Promise.resolve(void far.set(entry.key, entry)),
    } as never,
    leases: undefined,
    settleMs: 0,
    repeatForMs: 0,
    maxEntryBytes,
    now,
  });
  let seq = 0;
  const purge = (...tags: string[]): void => {
    table.apply({
      position: positionAt(1, ++seq),
      purges: tags.map((tag) => ({ tag: tag as Tag, kind: 'hard' })),
    });
  };
  return { region, clock, purge, far };
}

export const SETTINGS: EntrySettings = { staleIfError: 0, storeExtensions: [], storageHints: () => NO_HINTS };

export function settingsWith(hints: Partial<StorageHints>, staleIfError = 0): EntrySettings {
  return { ...SETTINGS, staleIfError, storageHints: () => ({ ...NO_HINTS, ...hints }) };
}

/** What upstream says, and what is found in it. */
export interface Said {
  readonly body?: string;
  readonly execution?: Partial<Execution>;
  readonly status?: number;
}

export const GOOD: Partial<Execution> = {
  storableFor: 60,
  result: { data: { page: { id: '1' } } },
  answer: { answered: true, status: 200, headers: {}, result: { data: {} } } as never,
  collected: {
    tags: new Set([PAGE]),
    entities: new Map(),
    limit: undefined,
    untagged: undefined,
    trimmed: false,
  } as never,
};

/** A plan to ask for a page, of an upstream that says this. @param asked told of each call */
export function planFor(said: Said, asked: () => void | Promise<void> = () => {}): FetchPlan {
  const yoga: Partial<YogaRunner> = {
    async whole(execution) {
      await asked();
      Object.assign(execution, GOOD, said.execution);
      return new Response(said.body ?? '{"data":{"page":{"id":"1"}}}', {
        status: said.status ?? 200,
        headers: { 'content-type': 'application/json' },
      });
    },
  };
  return {
    yoga: yoga as YogaRunner,
    bound: bind(compiled(KNOWLEDGE, '{ page { id } }'), {}),
    key: KEY,
    scope: 'shared',
    headers: () => ({}),
    sessionTags: [],
    type: 'application/json',
    signal: undefined,
    stores: true,
  };
}
