import { fragmentsOf } from '../answer/internal-fields';
import type { OperationLimits } from '../operation/limits';
import { compileOperation, type Knowledge } from '../operation/operation';
import { analyse } from '../policy/analyse';
import { ProposalChooser, type Proposal } from './choose-proposals';
import { withDirectives } from './with-directives';
import { differsByWho, type KnownOperation, type LeftOperation, findObstructions } from './known-operation';
import type { RecordedRun, Recording } from './read-log';
import { add, NOTHING, replay, type ReplayTally } from './replay';

/** What `lastmile suggest` proposes. Plain data: it is printed, and sent as JSON. */
export interface Suggestion {
  /** those first that save most */
  readonly proposals: readonly Proposal[];
  /** the recording as it went */
  readonly recorded: Rates;
  /** the recording replayed with the schema as it is, and with every proposal */
  readonly now: Rates;
  readonly proposed: Rates;
  /** operations for which nothing is proposed, and why; those first that take most of upstream's time */
  readonly left: readonly LeftOperation[];
}

export interface Rates {
  readonly queries: number;
  /** part of the queries: 0 to 1 */
  readonly hitRate: number;
  /** milliseconds that upstream works for them */
  readonly upstreamMs: number;
}

/**
 * Proposes directives for what the recording shows to be worth keeping. Pure: every figure comes from replaying the
 * recorded queries, answers and purges against the policy that the directives would make.
 */
export function suggest(knowledge: Knowledge, limits: OperationLimits, recording: Recording): Suggestion {
  const known: KnownOperation[] = [];
  const unknown: LeftOperation[] = [];
  for (const [id, runs] of recording.operations) {
    const operation = know(knowledge, limits, recording, { id, runs });
    if ('why' in operation) unknown.push(operation);
    else known.push(operation);
  }
  const chooser = new ProposalChooser(knowledge.rules, known);
  const proposals = chooser.choose();
  const directives = proposals.flatMap((proposal) => proposal.directives);
  const rules = withDirectives(knowledge.rules, directives);
  return {
    proposals,
    recorded: recordedRates(recording),
    now: replayed(knowledge, known, unknown),
    proposed: replayed({ ...knowledge, rules }, known, unknown),
    left: [...unknown, ...chooser.left()].toSorted((a, b) => b.upstreamMs - a.upstreamMs),
  };
}

function know(
  knowledge: Knowledge,
  limits: OperationLimits,
  { texts }: Recording,
  { id, runs }: { readonly id: string; readonly runs: readonly RecordedRun[] },
): KnownOperation | LeftOperation {
  const { upstreamMs } = replay(runs, { maxAge: 0, isPrivate: false });
  const text = texts.get(id);
  if (text === undefined) return { operation: id, upstreamMs, why: 'its text is not in the log' };
  const operation = compileOperation(knowledge, limits, text, undefined);
  if ('errors' in operation) {
    const [error] = operation.errors;
    return {
      operation: shorten(text),
      upstreamMs,
      why: `it does not fit the schema: ${error?.message ?? 'invalid'}`,
    };
  }
  return {
    name: operation.name ?? shorten(text),
    operation,
    runs,
    obstructions: findObstructions(operation),
    isPrivate: operation.policy.scope === 'PRIVATE' || differsByWho(runs),
    upstreamMs,
  };
}

function recordedRates({ operations }: Recording): Rates {
  let queries = 0;
  let hits = 0;
  let upstreamMs = 0;
  for (const { why, ms = 0 } of [...operations.values()].flat().flatMap((run) => run.queries)) {
    queries++;
    if (why === 'hit') hits++;
    upstreamMs += ms;
  }
  return { queries, hitRate: queries === 0 ? 0 : hits / queries, upstreamMs };
}

/** Every operation kept as its policy says, and no longer than an answer may be that has all of its fields. */
function replayed(
  { schema, rules }: Knowledge,
  known: readonly KnownOperation[],
  unknown: readonly LeftOperation[],
): Rates {
  let sum: ReplayTally = NOTHING;
  for (const { operation, runs } of known) {
    const policy = analyse(schema, rules, operation.definition, fragmentsOf(operation.document));
    const maxAge = operation.incremental ? 0 : policy.leastMaxAge;
    sum = add(sum, replay(runs, { maxAge, isPrivate: policy.scope === 'PRIVATE' }));
  }
  const upstreamMs =
    sum.upstreamMs - sum.savedMs + unknown.reduce((all, operation) => all + operation.upstreamMs, 0);
  return { queries: sum.queries, hitRate: sum.queries === 0 ? 0 : sum.hits / sum.queries, upstreamMs };
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
