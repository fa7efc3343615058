import type { Config } from '../config/config';
import type { ReadReplicaOptions, PrimaryRead } from '../gateway/read-replica';
import { POSITION_SQL } from '../purge/database-position';
import type { Log } from '../report/log';

/** Milliseconds after which the same is said once more, and for which what passes by itself may last before it is said. */
const SAID_FOR_MS = 60 * 60 * 1000;
const PATIENCE_MS = 30_000;

/** What an operator can do something about: for how long it lasts before it is said, and the sentence with its remedy. */
const SAYINGS: Partial<
  Record<
    PrimaryRead,
    (replica: { url: string; positionHeader: string }) => [afterMs: number, says: string, remedy: string]
  >
> = {
  unpositioned: ({ url, positionHeader }) => [
    0,
    `the API at ${url} does not send the position of its replica in the header ${positionHeader}, so its answers are not used`,
    `Have it run, on the connection that it reads from and before it reads: ${POSITION_SQL} If that is null, it does not read from a replica.`,
  ],
  uncaptured: () => [
    PATIENCE_MS,
    'no process captures the database, so the gateway does not know what a replica must have replayed, and asks none',
    'Set CAPTURE_URL in the primary region, or run `lastmile capture` there.',
  ],
  behind: ({ url }) => [
    PATIENCE_MS,
    `the replica behind the API at ${url} is too far behind to be used, or follows another system or timeline than CAPTURE_URL`,
    'See pg_stat_wal_receiver there, and pg_stat_replication at its primary.',
  ],
};

/** Says in the log, once an hour, what keeps a replica from being of use. What was missed is asked of UPSTREAM_URL meanwhile. */
export function tellReplica(
  log: Pick<Log, 'warn'>,
  { url, positionHeader }: NonNullable<Config['upstream']['replica']>,
  now: () => number,
): ReadReplicaOptions['missed'] {
  const saidAt = new Map<PrimaryRead, number>();
  const place = { url: new URL(url).host, positionHeader };
  return (why, forMs) => {
    const said = SAYINGS[why]?.(place);
    if (!said || forMs < said[0] || now() - (saidAt.get(why) ?? -Infinity) < SAID_FOR_MS) return;
    saidAt.set(why, now());
    const [, sentence, remedy] = said;
    log.warn({ address: place.url, remedy }, sentence);
  };
}
