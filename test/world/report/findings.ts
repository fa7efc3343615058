import type { Finding } from '../load/messages';

/** Every finding with all that is needed to look into it. */
export function formatFindings(findings: readonly Finding[]): string {
  return findings
    .map(
      (each) =>
        `BROKEN ${each.promise}: ${each.subject} showed ${each.shown}, wanted ${each.wanted}\n` +
        `  in ${each.region}, asked at ${each.askedAt.toFixed(3)} s, answered at ${each.answeredAt.toFixed(3)} s, ${each.cacheStatus}\n` +
        `  token ${each.token ?? 'none'}, answer's token ${each.answerToken ?? 'none'}\n` +
        `  ${each.operation}`,
    )
    .join('\n');
}
