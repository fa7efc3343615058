import type Redis from 'ioredis';
import { EPOCH_KEY, STREAM_KEY } from '../../purge/redis-log/wire';
import {
  error,
  hidden,
  ok,
  warning,
  type Observation,
  isSame,
  type DoctorCheck,
  type DoctorContext,
} from '../check';
import type { ObservedRedis } from '../observed-redis';

/** Keys looked at: enough to find what is common, in some tens of milliseconds of the server's time. */
const SAMPLE = 5_000;
const PAGE = 500;
const ENTRY = /^c:/;

export const KEY_CHECKS: readonly DoctorCheck[] = [
  {
    id: 'ttl',
    title: 'has every entry a TTL',
    needs: ['cache'],
    run: async ({ cache }) => [await lifetimes(cache)],
  },
  { id: 'names', title: 'are names apart', needs: ['regional', 'primary'], run: names },
];

async function lifetimes({ title, reader }: ObservedRedis): Promise<Observation> {
  try {
    const keys = (await sample(reader)).filter((key) => ENTRY.test(key));
    const left = await Promise.all(keys.map((key) => reader.ttl(key)));
    const eternal = left.filter((seconds) => seconds === -1).length;
    if (eternal === 0) return ok(`all of ${keys.length} entries looked at in ${title} have a TTL`);
    return error(
      `${eternal} of ${keys.length} entries looked at in ${title} have no TTL: they are never evicted, until purges have no room`,
      'Find what else writes keys that begin with c:, and delete those without a TTL.',
    );
  } catch {
    return hidden(`the TTL of entries in ${title}`);
  }
}

/** Entries belong to one region, the log to all; and nothing else belongs beside them. */
async function names(context: DoctorContext): Promise<Observation[]> {
  const { regional, primary } = context;
  const isAlone = isSame(regional, primary);
  const atPrimary = await foreign(primary.reader).catch(() => undefined);
  const findings: Observation[] = [];
  if (!atPrimary) findings.push(hidden('the names of keys at the primary'));
  else if (!isAlone && atPrimary.entries > 0) {
    findings.push(
      error(
        `${atPrimary.entries} entries are on the primary: each was replicated to every region, and takes memory from its own`,
        'Point REDIS_URL of the primary region to a replica, and delete what begins with c: on the primary.',
      ),
    );
  } else findings.push(others('the primary', 'copied to every region', atPrimary.others));
  if (isAlone) return findings;
  const atRegion = await foreign(regional.reader).catch(() => undefined);
  if (!atRegion) return [...findings, hidden(`the names of keys in ${regional.title}`)];
  const replicated = new Set(atPrimary?.others);
  const local = atRegion.others.filter((key) => !replicated.has(key));
  return [...findings, others(regional.title, 'found here alone', local)];
}

function others(where: string, which: string, keys: readonly string[]): Observation {
  const [first] = keys;
  if (first === undefined) return ok(`${where} holds nothing but what the gateway keeps there`);
  return warning(
    `${where} holds ${keys.length} ${keys.length === 1 ? 'key' : 'keys'} of others, ${which}, such as ${JSON.stringify(first.slice(0, 40))}: they take its memory, and may not be evicted`,
    'Give the gateway a Redis of its own.',
  );
}

async function foreign(reader: Redis): Promise<{ entries: number; others: string[] }> {
  const keys = await sample(reader);
  const entries = keys.filter((key) => ENTRY.test(key)).length;
  return {
    entries,
    others: keys.filter((key) => !ENTRY.test(key) && key !== STREAM_KEY && key !== EPOCH_KEY),
  };
}

async function sample(reader: Redis): Promise<string[]> {
  const keys = new Set<string>();
  let cursor = '0';
  for (let page = 0; page < SAMPLE / PAGE; page++) {
    const [next, found] = await reader.scan(cursor, 'COUNT', PAGE);
    for (const key of found) keys.add(key);
    cursor = next;
    if (cursor === '0') break;
  }
  return [...keys];
}
