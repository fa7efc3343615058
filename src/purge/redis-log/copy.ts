/**
 * Which copy of the log this is: a replica that loads its primary's data anew (a full resync) goes on under the same
 * address, and a reader blocked in XREAD notices nothing. What gives it away is its replication backlog, which begins
 * anew as well, and is left alone by a partial resync.
 */
export interface CopyIdentity {
  /** of the redis-server process */
  readonly runId: string;
  readonly role: string;
  readonly replicationId: string;
  /** first byte of the backlog, its length, and the size beyond which its beginning is cut off */
  readonly backlogStart: number;
  readonly backlogLength: number;
  readonly backlogSize: number;
}

/** Reads the answer to `INFO server replication`. */
export function readIdentity(info: string): CopyIdentity {
  const fields = new Map(
    [...info.matchAll(/^([a-z0-9_]+):(.*?)\r?$/gm)].map(([, name, value]) => [name, value]),
  );
  const number = (name: string): number => Number(fields.get(name) ?? 0);
  return {
    runId: fields.get('run_id') ?? '',
    role: fields.get('role') ?? '',
    replicationId: fields.get('master_replid') ?? '',
    backlogStart: number('repl_backlog_first_byte_offset'),
    backlogLength: number('repl_backlog_histlen'),
    backlogSize: number('repl_backlog_size'),
  };
}

/** True when the data cannot have been loaded anew between two looks at a Redis. */
export function isSameCopy(before: CopyIdentity, after: CopyIdentity): boolean {
  if (before.runId !== after.runId || before.role !== after.role) return false;
  // A primary loads nothing while it runs; its backlog comes and goes with its replicas.
  if (after.role === 'master') return true;
  if (before.replicationId !== after.replicationId) return false;
  if (before.backlogStart === after.backlogStart) return true;
  // A backlog that is full is cut off at its beginning, and stays at least as long as its size.
  return after.backlogStart > before.backlogStart && after.backlogLength >= after.backlogSize;
}

/** Compares the ids of two stream entries, also those that are no positions: their parts go up to 2^64. */
export function compareIds(a: string, b: string): number {
  const [aTime = 0n, aSeq = 0n] = a.split('-').map(BigInt);
  const [bTime = 0n, bSeq = 0n] = b.split('-').map(BigInt);
  const [left, right] = aTime === bTime ? [aSeq, bSeq] : [aTime, bTime];
  return left < right ? -1 : left > right ? 1 : 0;
}
