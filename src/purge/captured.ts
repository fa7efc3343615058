/**
 * How far the log of a database has been turned into purges. The primary stores it beside the purge log, so that the
 * next capturing process continues there, and so that a token can be given for a position of the database. See "A
 * database's log" in PROTOCOL.md.
 */
export interface Captured {
  /** grows with each process that takes over; what an earlier one says is refused */
  readonly generation: number;
  /** names the database's log, and what of it is turned into purges: positions of two sources say nothing of each other */
  readonly source: string;
  /** everything committed up to here is in the purge log, and was visible when it was appended last; in the database's own form */
  readonly position: string;
}

/** As stored in the hash of the purge log: `<generation> <JSON>`. */
export function encodeCaptured({ generation, source, position }: Captured): string {
  return `${generation} ${JSON.stringify({ source, position })}`;
}

/** @returns undefined for nothing, and for what cannot be read: then nothing is known of what was captured */
export function decodeCaptured(text: string | null): Captured | undefined {
  const match = /^(\d{1,15}) (.*)$/s.exec(text ?? '');
  if (!match) return undefined;
  try {
    const { source, position } = JSON.parse(match[2]!) as Record<string, unknown>;
    if (typeof source !== 'string' || typeof position !== 'string') return undefined;
    return { generation: Number(match[1]), source, position };
  } catch {
    return undefined;
  }
}
