import { setImmediate as othersTurn } from 'node:timers/promises';
import type { Entry } from '../../cache/entry';
import type { GatewayDeps } from '../deps';
import { longestOf } from '../fill';
import { isFutile, type FetchResult } from '../fetch-once';
import type { Flights } from '../flights';
import type { SchemaSnapshot } from '../schema-snapshot';
import { ColdStart } from './cold-start';
import type { HotAnswer } from './hot-answers';
import { HotList } from './hot-list';
import { EntryService } from './entry-service';
import { Pacer } from './pacer';
import { PrimaryEntries } from './primary-entries';
import { PrimaryMisses } from './primary-misses';
import type { EntryRequest } from './relay';
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
  /** gives entries to other regions; undefined where this one is not the primary, or the gateways have no secret */
  readonly service: EntryService | undefined;
  readonly close: () => Promise<void>;
}

/** Milliseconds in which this gateway has to have heard of what one that asks for an entry knows was purged. */
const CATCH_UP_MS = 500;

type WarmDeps = Pick<GatewayDeps, 'region' | 'rules' | 'entries' | 'secret' | 'fault' | 'forwarding'>;

/** Wires what fills by the same way as a user's miss. @param snapshot what belongs to the schema in use */
export function createWarmth(
  options: WarmOptions,
  { region, rules, entries, secret, fault, forwarding }: WarmDeps,
  flights: Flights,
  snapshot: () => SchemaSnapshot | undefined,
): Warmth {
  const { far, now } = region;
  const isPrimary = forwarding === undefined;
  const { windowMs } = options;

  async function place(query: SharedQuery): Promise<PlacedQuery | undefined> {
    // To read a new text takes its time.
    if (snapshot()?.catalogue.knows(query.text, query.operationName) !== true) await othersTurn();
    const catalogue = snapshot()?.catalogue;
    return catalogue && placeQuery(query, catalogue, rules(), now());
  }

  async function fill({ key, query }: Pick<HotAnswer, 'key' | 'query'>, inTurn: boolean): Promise<Warmed> {
    const placed = await place(query);
    // Under another schema it is another answer.
    if (placed?.key !== key) return 'barred';
    let isRelayed = false;
    const relay = async (): Promise<Entry | undefined> => {
      const entry = await primary?.ask(
        { key, query, inTurn, isAwaited: false },
        longestOf(placed.bound, entries),
      );
      isRelayed = entry !== undefined && region.keep(entry);
      return isRelayed ? entry : undefined;
    };
    if (inTurn) {
      if (await find(placed)) return 'found';
      if (await relay()) return 'relayed';
      await pacer.turn();
    }
    const inUse = snapshot();
    const fetching = inUse && flights.refill(inUse, placed, inTurn || !primary ? undefined : { ask: relay });
    if (!fetching) return 'barred';
    const became = becameOf(await fetching);
    return isRelayed ? 'relayed' : became;
  }

  async function give(request: EntryRequest): Promise<Entry | 'other-key' | undefined> {
    const entry = await held(request);
    if (entry && entry !== 'other-key') warmer.hot.taken(request.key);
    return entry;
  }

  /** What is given to another region is filled here as it would be for this one. */
  async function held({
    key,
    query,
    after,
    inTurn,
    isAwaited,
  }: EntryRequest): Promise<Entry | 'other-key' | undefined> {
    if (!region.isProven || !(await region.purges.reached(after, CATCH_UP_MS))) return undefined;
    const placed = await place(query);
    if (!placed) return undefined;
    if (placed.key !== key) return 'other-key';
    // What other regions wait for counts as what is waited for here: refreshed for them as well, it was of use to them.
    if (isAwaited) warmer.hot.add(key, query);
    const near = isAwaited ? region.peek(key) : region.evaluate(region.near.look(key));
    if (near.kind === 'fresh') return near.entry;
    if (inTurn && !(await find(placed))) await pacer.turn();
    const inUse = snapshot();
    const fetched = inUse && (await flights.refill(inUse, placed));
    if (!fetched) return undefined;
    return fetched.kind === 'found' ? fetched.entry : fetched.answered.entry;
  }

  async function find({ key, bound }: PlacedQuery): Promise<boolean> {
    if (region.evaluate(region.near.look(key)).kind === 'fresh') return true;
    return (await region.find(key, longestOf(bound, entries))).kind === 'fresh';
  }

  const primary = options.primary && new PrimaryEntries(options.primary, region);
  const misses = primary && new PrimaryMisses({ primary, entries, region, took: options.primaryTook });
  if (misses) flights.elsewhere = (place, bound, client) => misses.of(place, bound, client);
  const service = isPrimary && secret !== undefined ? new EntryService({ secret, give, now }) : undefined;

  /** Half of it is the primary region's, which asks for the others; they have the rest where it does not. */
  function perSecond(): number {
    const { upstreamPerSecond } = options;
    if (primary) return upstreamPerSecond / 2 / (primary.regions - 1);
    return service && service.regions > 1 ? upstreamPerSecond / 2 : upstreamPerSecond;
  }

  const regionNow = (): number | undefined => far?.clock.toRegion(now());
  const pacer = new Pacer({ perSecond, regionNow, claims: far, now });
  const warmer = new Warmer({
    region,
    options,
    fill,
    underWay: () => flights.underWay,
    perSecond,
    fault,
  });
  const cold = new ColdStart({
    region,
    list: far && new HotList(far, windowMs, now),
    warmer,
    place,
    find,
    minHits: options.minHits,
    listMs: Math.max(LEAST_LIST_MS, windowMs / LISTED_IN_WINDOW),
    fault,
  });
  flights.onShared = ({ key }, bound, client) => {
    if (warmer.hot.has(key)) return;
    const query = sharedQueryOf(bound, client);
    if (query) warmer.hot.add(key, query);
  };
  return {
    warmer,
    cold,
    service,
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
