import { setImmediate as othersTurn } from 'node:timers/promises';
import type { GatewayDeps } from '../deps';
import { longestOf } from '../fill';
import { isFutile, type FetchResult } from '../fetch-once';
import type { QueryHandler } from '../query';
import type { SchemaSnapshot } from '../schema-snapshot';
import { ColdStart } from './cold-start';
import type { HotAnswer } from './hot-answers';
import { HotList } from './hot-list';
import { Pacer } from './pacer';
import { placeQuery, sharedQueryOf, type PlacedQuery, type SharedQuery } from './shared-query';
import { Warmer, type Warmed, type WarmOptions } from './warmer';

/** What was asked most for is written down so often, in parts of the window. */
const LISTED_IN_WINDOW = 6;
/** Milliseconds */
const LEAST_LIST_MS = 1000;

/** What fills before anyone asks, both ways. */
export interface Warmth {
  /** after purges */
  readonly warmer: Warmer;
  /** after a start, and after a loss */
  readonly cold: ColdStart;
  readonly close: () => Promise<void>;
}

/** Wires what fills by the same way as a user's miss. @param snapshot what belongs to the schema in use */
export function createWarmth(
  options: WarmOptions,
  { region, rules, entries, fault }: Pick<GatewayDeps, 'region' | 'rules' | 'entries' | 'fault'>,
  queries: QueryHandler,
  snapshot: () => SchemaSnapshot | undefined,
): Warmth {
  const { far, now } = region;
  const { windowMs } = options;

  async function place(query: SharedQuery): Promise<PlacedQuery | undefined> {
    // To read a new text takes its time.
    if (snapshot()?.catalogue.knows(query.text, query.operationName) !== true) await othersTurn();
    const catalogue = snapshot()?.catalogue;
    return catalogue && placeQuery(query, catalogue, rules(), now());
  }

  async function fill({ key, query }: Pick<HotAnswer, 'key' | 'query'>): Promise<Warmed> {
    const placed = await place(query);
    const inUse = snapshot();
    // Under another schema it is another answer.
    const fetching = inUse && placed?.key === key ? queries.refill(inUse, placed) : undefined;
    return fetching ? becameOf(await fetching) : 'barred';
  }

  async function find({ key, bound }: PlacedQuery): Promise<boolean> {
    if (region.evaluate(region.near.look(key)).kind === 'fresh') return true;
    return (await region.find(key, longestOf(bound, entries))).kind === 'fresh';
  }

  const perSecond = (): number => options.upstreamPerSecond;
  const regionNow = (): number | undefined => far?.clock.toRegion(now());
  const pacer = new Pacer({ perSecond, regionNow, claims: far, now });
  const warmer = new Warmer({
    region,
    options,
    fill,
    underWay: () => queries.underWay,
    turn: () => pacer.turn(),
    perSecond,
    fault,
  });
  const cold = new ColdStart({
    region,
    list: far && new HotList(far, windowMs, now),
    warmer,
    place,
    find,
    listMs: Math.max(LEAST_LIST_MS, windowMs / LISTED_IN_WINDOW),
    fault,
  });
  queries.onShared = ({ key }, bound, client) => {
    if (warmer.hot.has(key)) return;
    const query = sharedQueryOf(bound, client);
    if (query) warmer.hot.add(key, query);
  };
  return {
    warmer,
    cold,
    close: async () => {
      warmer.close();
      await cold.close();
    },
  };
}

function becameOf(fetched: FetchResult): Warmed {
  if (fetched.kind === 'found') return 'found';
  const { isStored, why } = fetched.answered;
  if (isStored) return 'stored';
  if (isFutile(fetched)) return 'failed';
  return why === 'purged' ? 'purged' : 'barred';
}
