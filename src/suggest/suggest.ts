import { Plans } from '../gateway/parts/plan';
import type { OperationLimits } from '../operation/limits';
import { analyseOperation, compileOperation, type Knowledge, type Operation } from '../operation/operation';
import { ProposalChooser, type Proposal } from './choose-proposals';
import { withDirectives } from './with-directives';
import { differsByWho, type KnownOperation, type LeftOperation, findObstructions } from './known-operation';
import type { RecordedRun, Recording } from './read-log';
import { keepingsOf, partsOfOperation, runsOfPart } from './parts-of-operation';
import { add, NOTHING, replay, scaled, type ReplayTally } from './replay';

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
  /** part of the queries: 0 to 1; an answer in parts counts by its parts */
  readonly hitRate: number;
  /** milliseconds that upstream works for them */
  readonly upstreamMs: number;
}

/** An operation of the recording that fits the schema. */
interface RecordedOperation {
  readonly name: string;
  readonly operation: Operation;
  readonly runs: readonly RecordedRun[];
  /** a client asked for it with a session or credentials */
  readonly hasCredentials: boolean;
}

/**
 * Proposes directives for what the recording shows to be worth keeping. Pure: every figure comes from replaying the
 * recorded queries, answers and purges against the policy that the directives would make.
 * @param maxParts the most parts that an operation is cut into; 0: none is cut
 */
export function suggest(
  knowledge: Knowledge,
  limits: OperationLimits,
  recording: Recording,
  maxParts: number,
): Suggestion {
  const recorded: RecordedOperation[] = [];
  const unknown: LeftOperation[] = [];
  for (const [id, runs] of recording.operations) {
    const operation = know(knowledge, limits, recording, { id, runs });
    if ('why' in operation) unknown.push(operation);
    else recorded.push(operation);
  }
  const plans = maxParts > 0 ? new Plans(allDeclared(knowledge, recorded), maxParts) : undefined;
  const known = recorded.flatMap((operation) => inParts(plans, knowledge, operation));
  const chooser = new ProposalChooser(knowledge.rules, known);
  const proposals = chooser.choose();
  const directives = proposals.flatMap((proposal) => proposal.directives);
  const rules = withDirectives(knowledge.rules, directives);
  const unknownMs = unknown.reduce((all, operation) => all + operation.upstreamMs, 0);
  const replayedWith = (policy: Knowledge): Rates => {
    const sum = replayed(policy, recorded, maxParts);
    const { queries, hits, upstreamMs, savedMs } = sum;
    return {
      queries: Math.round(queries),
      hitRate: queries === 0 ? 0 : hits / queries,
      upstreamMs: upstreamMs - savedMs + unknownMs,
    };
  };
  return {
    proposals,
    recorded: recordedRates(recording),
    now: replayedWith(knowledge),
    proposed: replayedWith({ ...knowledge, rules }),
    left: [...unknown, ...chooser.left()].toSorted((a, b) => b.upstreamMs - a.upstreamMs),
  };
}

function know(
  knowledge: Knowledge,
  limits: OperationLimits,
  { texts }: Recording,
  { id, runs }: { readonly id: string; readonly runs: readonly RecordedRun[] },
): RecordedOperation | LeftOperation {
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
    hasCredentials: runs.some(({ queries }) => queries.some(({ who }) => who !== undefined)),
  };
}

/** Seconds; as long as any that is proposed. */
const LONG = 86_400;

/** The policy as if each type and field without a maxAge had one: it shows what can be cut. */
function allDeclared(knowledge: Knowledge, recorded: readonly RecordedOperation[]): Knowledge {
  const undeclared = recorded.flatMap(({ operation }) => [...findObstructions(operation).coordinates]);
  const directives = undeclared.map((coordinate) => ({ coordinate, hint: { maxAge: LONG } }));
  return { ...knowledge, rules: withDirectives(knowledge.rules, directives) };
}

/** The parts of an operation, each judged by itself: what is said of one need not hold for the others. */
function inParts(
  plans: Plans | undefined,
  knowledge: Knowledge,
  { name, operation, runs, hasCredentials }: RecordedOperation,
): readonly KnownOperation[] {
  const parts = plans ? partsOfOperation(plans, operation, hasCredentials) : [];
  if (parts.length === 0) return [knownOf(name, operation, runs, 1)];
  return parts.map((part) => {
    // As the schema is, not as if all were declared.
    const made = analyseOperation(knowledge, part.operation.document, undefined);
    const own = 'errors' in made ? part.operation : made;
    return knownOf(`${name} (${part.name})`, own, runsOfPart(part, runs), 1 / parts.length);
  });
}

function knownOf(
  name: string,
  operation: Operation,
  runs: readonly RecordedRun[],
  share: number,
): KnownOperation {
  return {
    name,
    operation,
    runs,
    share,
    obstructions: findObstructions(operation),
    isPrivate: operation.policy.scope === 'PRIVATE' || differsByWho(runs),
    upstreamMs: replay(runs, { maxAge: 0, isPrivate: false }).upstreamMs * share,
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

/** Every operation, or each of its parts, kept as its policy says, and no longer than an answer may be that has all of its fields. */
function replayed(
  knowledge: Knowledge,
  recorded: readonly RecordedOperation[],
  maxParts: number,
): ReplayTally {
  const plans = maxParts > 0 ? new Plans(knowledge, maxParts) : undefined;
  let sum: ReplayTally = NOTHING;
  for (const { operation, runs, hasCredentials } of recorded) {
    const keepings = keepingsOf(knowledge, plans, operation, hasCredentials);
    for (const keeping of keepings) sum = add(sum, scaled(replay(runs, keeping), 1 / keepings.length));
  }
  return sum;
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
