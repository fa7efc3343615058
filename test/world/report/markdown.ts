import { markdownTable } from '../../kit/markdown';
import type { WorldResult } from '../result';
import { saturation } from '../saturation';
import {
  arrivalNote,
  arrivalRows,
  coldNote,
  coldRows,
  hitRows,
  kindRows,
  latencyRows,
  linkRows,
  missRows,
  PRIMARY_NOTE,
  primaryRows,
  stepRows,
  story,
  sustained,
  verdict,
  warmthRows,
  type Rows,
} from './figures';
import { formatFindings } from './findings';
import { bytesFromCache, pageOutcomeRows, pageRows } from './page-figures';

/** The report as text. */
export function formatMarkdown(result: WorldResult): string {
  const { load } = result;
  const why = saturation(result);
  const remedy = result.options.truth
    ? 'Run it again without, at a --rate that leaves the machine time to spare.'
    : 'Run it again on a machine with time to spare, or with a lower --rate.';
  const refusal = `Not quoted: ${why}. ${remedy}`;
  const latency = latencyRows(result);
  const arrivals = arrivalRows(result);
  const cold = coldRows(result);
  return [
    '# The world on one machine',
    ...story(result),
    '## Promises',
    verdict(result),
    ...(load.findings.length > 0 ? [`\`\`\`text\n${formatFindings(load.findings)}\n\`\`\``] : []),
    '## Latency',
    latency
      ? `As a client 1 ms from its gateway sees it: that millisecond is added, all else is measured. "Without" are the same queries, sent straight to the origin.\n\n${table(latency)}`
      : refusal,
    '## Arrival of purges',
    arrivals ? `${table(arrivals)}\n\n${arrivalNote(result)}` : refusal,
    '## Hits and stale reads',
    `A stale read showed less than had been acknowledged when it began; the bound is ${result.options.boundMs} ms.`,
    table(hitRows(result)),
    'Why queries were no hits, in percent of all:',
    table(missRows(result)),
    'What was asked, in all regions together:',
    table(kindRows(result)),
    ...(result.options.signedIn > 0
      ? [
          '## Pages of signed-in clients',
          bytesFromCache(result),
          table(pageRows(result)),
          table(pageOutcomeRows(result)),
        ]
      : []),
    ...(result.steps.length > 0
      ? ['## More requests a second', sustained(result), table(stepRows(result))]
      : []),
    '## Filled before it was asked for',
    'Each that was used is a miss that nobody waited for. The calls are all that upstream was asked through the gateway, for whatever reason.',
    table(warmthRows(result)),
    '## By way of the primary region',
    PRIMARY_NOTE,
    table(primaryRows(result)),
    ...(cold ? ['## When every region was cold at once', coldNote(result), table(cold)] : []),
    '## Links',
    'Both directions together; `way` are mutations and what is asked of the primary region’s cache, `direct` the clients without a gateway.',
    table(linkRows(result)),
  ].join('\n\n');
}

function table([head = [], ...rows]: Rows): string {
  return markdownTable(head, rows);
}
