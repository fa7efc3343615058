import { causeOf } from '../report/cause';
import type { Outage, Place } from '../report/outages';

/** Why nothing is captured: one sentence, and what to do. */
export class CaptureFault extends Error {
  /**
   * @param code one word, by which two faults are the same
   * @param message what is wrong, to follow "PostgreSQL at 10.0.0.1:5432": `has no publication lastmile`
   */
  constructor(
    readonly code: string,
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

/** SQLSTATE, a pattern of what was said, what it means, what to do. The first that fits counts. */
const SAID: readonly [code: RegExp, said: RegExp, what: string, remedy: string][] = [
  [/28P01|28000/, /./, 'refuses the user or the password', 'Check both in CAPTURE_URL.'],
  [/3D000/, /./, 'has no database of that name', 'Check the name at the end of CAPTURE_URL.'],
  [
    /42501/,
    /walsender|replication/i,
    'lets this role read no log',
    'Have its owner run: ALTER ROLE <role of CAPTURE_URL> REPLICATION; on RDS: GRANT rds_replication TO <role>.',
  ],
  [
    /42501/,
    /./,
    'refuses something to this role',
    'Give it what the message names, or check the role in CAPTURE_URL.',
  ],
  [
    /55000/,
    /wal_level/,
    'keeps no log that could be read',
    'Set wal_level = logical and restart it; on RDS rds.logical_replication = 1, on Cloud SQL cloudsql.logical_decoding = on.',
  ],
  [
    /55000/,
    /not created in this database/,
    'has a slot of this name for another database',
    'Set CAPTURE_SLOT to another name: a slot is of one database.',
  ],
  [
    /53300/,
    /max_wal_senders/,
    'has as many standbys and readers of its log as it allows',
    'Raise max_wal_senders, or end one of them.',
  ],
  [/53300/, /./, 'has as many clients as it allows', 'Raise max_connections.'],
  [
    /53400|55000/,
    /replication slots are in use/,
    'has as many slots as it allows',
    'Raise max_replication_slots, or drop one that nothing reads.',
  ],
  [
    /57014/,
    /./,
    'does not come to an end with a statement',
    'A slot is made only when every open transaction that writes has ended: see pg_stat_activity for one that is forgotten.',
  ],
  [
    /57P01|57P02|57P03|08/,
    /./,
    'has ended the connection, or is starting',
    'Wait. If it lasts, see its log.',
  ],
  [
    /0A000|XX000|42601/,
    /./,
    'does not know what is asked of its log',
    'PostgreSQL 14 or newer is needed, and a connection to itself, not to a pooler such as PgBouncer before 1.23.1.',
  ],
  [
    /^$/,
    /Connection terminated/,
    'closes the connection',
    'See its log. If it lasts, check what lies between.',
  ],
];

/** What stands in the way, for the log. @param error of pg, of the system, or a {@link CaptureFault} */
export function captureOutage(place: Place, error: unknown): Outage {
  const { cause, what, remedy, detail } = explainFault(error);
  return {
    place,
    cause,
    sentence: `${place.name} at ${place.address} ${what} (${cause})`,
    remedy: `${remedy} ${place.help}`,
    detail,
    isUsable: false,
  };
}

/** The same, to follow the name of the database. */
export function explainFault(error: unknown): {
  readonly cause: string;
  readonly what: string;
  readonly remedy: string;
  readonly detail: string;
} {
  if (error instanceof CaptureFault)
    return { cause: error.code, what: error.message, remedy: error.remedy, detail: error.message };
  const { code, message } = error as { code?: unknown; message?: unknown };
  const [state, said] = [typeof code === 'string' ? code : '', String(message ?? error)];
  const known = SAID.find(([codes, pattern]) => codes.test(state) && pattern.test(said));
  if (known) return { cause: state || 'closed', what: known[2], remedy: known[3], detail: said };
  const { word, what, remedy, detail } = causeOf(error);
  return { cause: word, what, remedy: remedy('CAPTURE_URL'), detail };
}

/** The SQLSTATE of an error of PostgreSQL. */
export function sqlState(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
