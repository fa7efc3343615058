import { Kind, type ExecutionResult } from 'graphql';
import { writeAnswer, type WrittenAnswer } from '../answer/answer-text';
import type { Collected } from '../answer/collect';
import type { Touched } from '../answer/touched';
import type { BoundOperation } from '../operation/bound-operation';
import type { Refusal } from '../operation/operation';
import type { Purge } from '../purge/log';
import type { Position } from '../purge/position';
import type { Tag } from '../purge/tag';
import type { Span } from '../report/trace';
import type { Upload } from '../upstream/upload';
import type { Abandonment, Upstream, UpstreamAnswer } from '../upstream/upstream';

/**
 * Who may see an answer: `shared`, all clients, or all without credentials if not all of it is declared;
 * `members`, all sessions that upstream lets in; `private`, one session.
 */
export type Audience = 'shared' | 'members' | 'private';

/**
 * One request on its way through Yoga: what is asked goes down in it, what was found comes back up.
 * It is nested in Yoga's server context, because Yoga copies the context itself.
 */
export interface Execution {
  readonly bound: BoundOperation | undefined;
  /** instead of `bound`: why the text is no valid operation */
  readonly refusal: Refusal | undefined;
  /** whose answer it will be; the response cache plugin withholds PRIVATE types from shared ones */
  readonly scope: Audience | 'bypass';
  /** what upstream is sent; lower-case names */
  readonly headers: Readonly<Record<string, string>>;
  /** the files among its variables, to be sent along once */
  readonly upload?: Upload | undefined;
  /** aborted when no request waits for the answer any more; undefined: it is fetched to its end, as every mutation is */
  readonly signal: Abandonment | undefined;
  /** an observer wants to know what the answer contains, even if it is neither stored nor purged by */
  readonly isWatched?: boolean;
  /** it is several parts of an operation: asked with what is added to them, and taken apart by who sent it, as upstream wrote it */
  readonly isOfParts?: boolean;
  /** of a mutation: the tags of the session it is made under */
  readonly sessionTags?: readonly Tag[] | Promise<readonly Tag[]>;
  /** asked in place of the upstream that all else is asked of: a query it answers otherwise than well is asked of that one next */
  readonly upstream?: Upstream | undefined;
  /** of the request it is for, where that is traced: what is done for it is told there */
  readonly trace?: Span | undefined;
  /** the client asked for `extensions.lastmile` */
  readonly wantsExtensions: boolean;

  /** what the client of a WebSocket said once for all that it asks, for an upstream that takes it from there */
  readonly connectionParams?: Readonly<Record<string, unknown>>;

  /** of a subscription: its results */
  events?: AsyncIterable<ExecutionResult>;
  /** what upstream said; undefined while it was not asked */
  answer?: UpstreamAnswer;
  /** of several parts: false where upstream was asked without what is added to them */
  isAskedInFull?: boolean;
  /** upstream's result as the client will see it */
  result?: ExecutionResult;
  /** milliseconds upstream took */
  tookMs?: number;
  collected?: Collected;
  /** set by the response cache plugin: it found nothing against storing this answer for so many seconds */
  storableFor?: number;
  /** of a mutation that was answered whole: what its answer says that it touched */
  touched?: Touched;
  /** what this mutation purged, and where in the log that stands; without a position it is not acknowledged yet */
  purged?: { readonly position: Position | undefined; readonly purges: readonly Purge[] };
}

declare module 'graphql-yoga' {
  interface YogaInitialContext {
    lastmile?: Execution;
  }
}

/** What Yoga's hooks find their execution in. */
export interface WithExecution {
  lastmile?: Execution;
}

/**
 * Whether what the answer holds matters: to store it, to purge by it, or for an observer. Upstream is asked for
 * types and keys, and the answer is looked through, only then. It must be whole.
 */
export function isCollected({ bound, scope, isWatched }: Execution): boolean {
  if (!bound || bound.operation.incremental || bound.operation.kind === 'subscription') return false;
  return scope !== 'bypass' || bound.operation.kind === 'mutation' || isWatched === true;
}

/** Questions about the schema itself are answered here: this schema has the operator's directives laid over it. */
export function isAnsweredHere({ operation: { kind, definition } }: BoundOperation): boolean {
  return (
    kind === 'query' &&
    definition.selectionSet.selections.every(
      (selection) => selection.kind === Kind.FIELD && selection.name.value.startsWith('__'),
    )
  );
}

/** The answer as Yoga is to write it: as upstream wrote it, but for what is taken out of it or said differently. */
export function written({ answer, collected, result }: Execution): ExecutionResult {
  if (answer?.text === undefined || Symbol.asyncIterator in answer.result) return result!;
  const said = writtenBy(answer);
  // Yoga asks a result that has this for its text, and shows it copies of the errors.
  const stringify = (shown: ExecutionResult) =>
    writeAnswer(said, { ...shown, errors: result?.errors ?? [] }, collected?.trimmed === true);
  return { ...result, stringify } as ExecutionResult;
}

/** What upstream wrote, of an answer that is whole. */
export function writtenBy({ text = '', result, isVerbatim = false, members }: UpstreamAnswer): WrittenAnswer {
  return { text, result: result as ExecutionResult, isVerbatim, members };
}
