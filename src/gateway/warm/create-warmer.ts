import type { GatewayDeps } from '../deps';
import { isFutile, type FetchResult } from '../fetch-once';
import type { QueryHandler } from '../query';
import type { SchemaSnapshot } from '../schema-snapshot';
import { placeQuery, sharedQueryOf, type SharedQuery } from './shared-query';
import { Warmer, type Warmed, type WarmOptions } from './warmer';

/** A warmer that fills by the same way as a user's miss. @param snapshot what belongs to the schema in use */
export function createWarmer(
  options: WarmOptions,
  { region, rules, fault }: Pick<GatewayDeps, 'region' | 'rules' | 'fault'>,
  queries: QueryHandler,
  snapshot: () => SchemaSnapshot | undefined,
): Warmer {
  async function fill(query: SharedQuery): Promise<Warmed> {
    const inUse = snapshot();
    const placed = inUse && placeQuery(query, inUse.catalogue, rules(), region.now());
    const fetching = placed && queries.refill(inUse, { ...placed, headers: query.headers });
    return fetching ? becameOf(await fetching) : 'barred';
  }
  const warmer = new Warmer({ region, options, fill, underWay: () => queries.underWay, fault });
  queries.onShared = ({ key }, bound, client) => {
    if (warmer.hot.has(key)) return;
    const query = sharedQueryOf(bound, client);
    if (query) warmer.hot.add(key, query);
  };
  return warmer;
}

function becameOf(fetched: FetchResult): Warmed {
  if (fetched.kind === 'found') return 'found';
  const { isStored, why } = fetched.answered;
  if (isStored) return 'stored';
  if (isFutile(fetched)) return 'failed';
  return why === 'purged' ? 'purged' : 'barred';
}
