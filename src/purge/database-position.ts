/** A position in PostgreSQL's log: `16/B374D848` as a number. */
export type Lsn = bigint;

/** Reads `16/B374D848`. @returns undefined for anything else */
export function parseLsn(text: string): Lsn | undefined {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text);
  return match ? (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`) : undefined;
}

export function formatLsn(lsn: Lsn): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();
}

/** A place in the log of one database system. Those of two timelines say nothing of each other. */
export interface DatabasePosition {
  /** the system's identifier and the number of its timeline: `7412345678901234567/1` */
  readonly timeline: string;
  readonly lsn: Lsn;
}

/**
 * What a replica of the database answers with such a place: up to there it had replayed, and so had whatever is read on the same
 * connection after it. A timeline counts once its first checkpoint is replayed, and until then for the one before. NULL: it is no replica.
 */
export const POSITION_SQL =
  "SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || (SELECT timeline_id FROM pg_control_checkpoint()) || '/' || pg_last_wal_replay_lsn();";

/** Reads `7412345678901234567/1/16/B374D848`. @returns undefined for anything else, however long */
export function parseDatabasePosition(text: string): DatabasePosition | undefined {
  const match = /^(\d{1,20}\/\d{1,10})\/([0-9A-F]{1,8}\/[0-9A-F]{1,8})$/i.exec(text);
  const lsn = match ? parseLsn(match[2]!) : undefined;
  return lsn === undefined ? undefined : { timeline: match![1]!, lsn };
}

export function formatDatabasePosition({ timeline, lsn }: DatabasePosition): string {
  return `${timeline}/${formatLsn(lsn)}`;
}
