/** What a gateway's figures say of warming. */
import { isDeepStrictEqual } from 'node:util';
import type { GatewayProcess } from './gateway';
import { until } from './until';

/** Numbers by result, without those that are 0. */
export async function warmed({
  adminUrl,
}: Pick<GatewayProcess, 'adminUrl'>): Promise<Record<string, number>> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const counts = text.matchAll(/^lastmile_warmed_total\{.*result="(\w+)".*\} (\d+)$/gm);
  const all = [...counts].map(([, result, count]) => [result!, Number(count)] as const);
  return Object.fromEntries(all.filter(([, count]) => count > 0));
}

/** Resolves when the figures are these and no others. */
export async function untilWarmed(
  gateway: Pick<GatewayProcess, 'adminUrl'>,
  wanted: Record<string, number>,
): Promise<void> {
  let last = {};
  await until(`${JSON.stringify(wanted)} were warmed`, async () =>
    isDeepStrictEqual((last = await warmed(gateway)), wanted),
  ).catch((cause: unknown) => {
    throw new Error(`the figures are ${JSON.stringify(last)}, not ${JSON.stringify(wanted)}`, { cause });
  });
}
