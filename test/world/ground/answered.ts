/** What the origin was asked by the gateways, counted by itself. */

/** Where clients ask the origin directly: what they are answered is not counted. */
export const DIRECT_PATH = '/direct';
export const ANSWERED_PATH = '/answered';

/** Answers to queries of gateways, those that nobody waits for included, and what only gateways ask for in them. */
export interface Answered {
  readonly calls: number;
  /** of their bodies */
  readonly bytes: number;
}

/** Whether a request is for what clients are shown: no change, and no look at the schema, which every gateway takes each minute. */
export function asksForData(body: string): boolean {
  const { query = '' } = JSON.parse(body) as { query?: string };
  return !/^\s*mutation\b/.test(query) && !query.includes('__schema');
}

export async function readAnswered(originPort: number): Promise<Answered> {
  const response = await fetch(`http://127.0.0.1:${originPort}${ANSWERED_PATH}`);
  return (await response.json()) as Answered;
}

export function answeredBetween(before: Answered, after: Answered): Answered {
  return { calls: after.calls - before.calls, bytes: after.bytes - before.bytes };
}
