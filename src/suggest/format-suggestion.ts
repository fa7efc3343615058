import type { GraphQLSchema } from 'graphql';
import { formatSeconds } from '../explain/format-explanation';
import type { Proposal } from './choose-proposals';
import { printDirectives } from '../policy/print-directives';
import type { Recording } from './read-log';
import type { Rates, Suggestion } from './suggest';

/** Names of operations shown for one proposal, and operations for which nothing is proposed; `--json` has all. */
const MOST_NAMES = 5;
const MOST_LEFT = 10;

/** A suggestion as SDL to be pasted into an overlay, with the figures as comments. */
export function formatSuggestion(
  schema: GraphQLSchema,
  recording: Recording,
  suggestion: Suggestion,
): string {
  const { proposals, recorded, now, proposed, left } = suggestion;
  const said = new Set<string>();
  return `${[
    ...comment(recordingLines(recording, recorded)),
    ...comment([
      `Replayed as the schema is: ${rates(now)}.`,
      ...(proposals.length > 0
        ? [`Replayed with all of the following: ${rates(proposed)}.`]
        : ['Nothing is worth proposing.']),
      ...(proposals.length > 0
        ? [
            'A log proves what happened in it, no more: whether an answer depends on who asks, and what changes without a',
            'mutation of this API, is for you to know.',
          ]
        : []),
    ]),
    ...proposals.flatMap((proposal, index) => [
      '',
      ...comment(proposalLines(proposal, index + 1)),
      ...printDirectives(
        schema,
        proposal.directives.filter(({ coordinate, hint }) => {
          // What two proposals say alike is said once: SDL takes no directive twice.
          const text = `${coordinate} ${JSON.stringify(hint)}`;
          return !said.has(text) && said.add(text);
        }),
      ),
    ]),
    ...(left.length > 0
      ? [
          '',
          ...comment([
            'Nothing is proposed for:',
            ...left
              .slice(0, MOST_LEFT)
              .map(
                ({ operation, upstreamMs, why }) =>
                  `- ${operation} (${seconds(upstreamMs)} upstream): ${why}`,
              ),
            ...(left.length > MOST_LEFT ? [`- and ${left.length - MOST_LEFT} more`] : []),
          ]),
        ]
      : []),
  ].join('\n')}\n`;
}

function recordingLines(recording: Recording, { hitRate, upstreamMs }: Rates): string[] {
  const { queries, mutations, purges, spanMs, sample, dropped, unreadable } = recording;
  return [
    `From ${queries} queries, ${mutations} mutations and ${purges} purges in ${seconds(spanMs)}.`,
    ...(sample < 1
      ? [`Of the queries ${percent(sample)} were written down, by operation and variables.`]
      : []),
    ...(dropped + unreadable > 0
      ? [`Not counted: ${dropped} lines that the gateway dropped, ${unreadable} that cannot be read.`]
      : []),
    `As it went, ${percent(hitRate)} were hits, and upstream worked for ${seconds(upstreamMs)}.`,
  ];
}

function proposalLines(proposal: Proposal, rank: number): string[] {
  const {
    operations,
    queries,
    hitRate,
    collapsedRate,
    savedMs,
    staleRate,
    sharedHits,
    isOfParts,
    isPrivate,
    anonymous,
  } = proposal;
  const more = operations.length > MOST_NAMES ? ` and ${operations.length - MOST_NAMES} more` : '';
  return [
    `${rank}. Saves ${seconds(savedMs)} upstream: of ${queries} queries ${percent(hitRate)} hit` +
      `${collapsedRate > 0 ? `, and ${percent(collapsedRate)} wait for one that is under way` : ''}.`,
    `   For ${operations.slice(0, MOST_NAMES).join(', ')}${more}.`,
    ...(isOfParts
      ? ['   The parts of an operation are kept apart, and count alike: the others are asked for as before.']
      : []),
    ...(staleRate > 0
      ? [`   ${percent(staleRate)} of the hits would have shown what had changed without a purge.`]
      : []),
    ...(isPrivate
      ? ['   Answers depend on the user: they are kept for each session, which needs SESSION.']
      : []),
    ...(!isPrivate && anonymous === queries
      ? [`   All ${queries} came without credentials: the log does not show what a signed-in user would see.`]
      : []),
    ...(sharedHits > 0 && !isPrivate
      ? [
          `   ${sharedHits} hits are on answers to another user: in the log they are alike. Where they need not`,
          '   be, add `scope: PRIVATE`.',
        ]
      : []),
  ];
}

function rates({ hitRate, upstreamMs }: Rates): string {
  return `${percent(hitRate)} hits, upstream works for ${seconds(upstreamMs)}`;
}

function percent(part: number): string {
  return `${(part * 100).toFixed(part > 0 && part < 0.1 ? 1 : 0)} %`;
}

function seconds(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const whole = Math.round(milliseconds / 1000);
  return whole < 60 ? `${(milliseconds / 1000).toFixed(1)} s` : formatLong(whole);
}

/** Minutes and hours need not be exact here. */
function formatLong(whole: number): string {
  return formatSeconds(whole < 3600 ? Math.round(whole / 60) * 60 : Math.round(whole / 3600) * 3600);
}

function comment(lines: readonly string[]): string[] {
  return lines.map((line) => `# ${line}`.trimEnd());
}
