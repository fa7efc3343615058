import { OperationTypeNode, type ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { purgesOfMutation, withSession, type UnknownMutations } from '../answer/mutation-purges';
import { coerceVariables } from '../answer/operation-values';
import type { ReferencesQuery } from '../answer/references';
import { wasRefused } from '../answer/refused';
import { purgesSession } from '../answer/session-purge';
import { touchedBy, type Touched } from '../answer/touched';
import { formatPosition } from '../purge/position';
import type { ErrorCode } from '../report/error';
import type { MergedAppends } from '../purge/merged-appends';
import { inSpan } from '../report/trace';
import type { RepeatedPurges } from '../purge/repeated-purges';
import type { Tag } from '../purge/tag';
import { wasNeverSent } from '../upstream/fault';
import type { Upstream, UpstreamAnswer } from '../upstream/upstream';
import type { Execution, WithExecution } from './execution';
import { MutationParts, type PartsHandler } from './mutation-parts';

/** Told of what an operator should know. */
export interface PurgeReport {
  /** a mutation ran and yielded nothing to purge (P21) */
  silentMutation(field: string): void;
  purgeFailed(error: unknown): void;
  /** a mutation's field is about to purge tags, alone or with others */
  purged(field: string, tags: ReadonlySet<Tag>): void;
  /** a mutation brought no answer, and what it may have touched is purged again and again for a while (P26) */
  unanswered(fields: readonly string[], tags: readonly Tag[]): void;
}

/** How mutations are purged. */
export interface PurgeSettings {
  readonly unknownMutations: UnknownMutations;
  /** codes of errors that say that a mutation did not run */
  readonly refusedCodes: ReadonlySet<string>;
}

export interface PurgeParts {
  readonly merged: MergedAppends;
  readonly repeated: RepeatedPurges;
  /** asked for what could not be asked for within a mutation */
  readonly upstream: Upstream;
  readonly settings: PurgeSettings;
  readonly report: PurgeReport;
}

/** What the client of a mutation is told when its purge is not acknowledged yet. */
export const PURGE_WARNING =
  'The change was made, but other regions were not told yet. The purge is being retried.';

/** Statuses of a proxy that gave up: what it had passed on may go on. */
const GIVEN_UP: ReadonlySet<number | undefined> = new Set([502, 503, 504]);

/** What upstream was sent broke off: it may have begun with it. */
const BROKEN_BY_CLIENT: ReadonlySet<ErrorCode> = new Set([
  'BAD_UPLOAD',
  'UPLOAD_TOO_LARGE',
  'UPLOAD_BROKE_OFF',
  'REQUEST_TIMEOUT',
]);

/**
 * Appends a mutation's purge and waits for the primary's acknowledgement before the answer leaves (P05), whether the
 * mutation succeeded, failed, timed out or lost its client: it may have committed (P06). One that upstream refused before
 * it ran, or never received, purges nothing (P38).
 */
export function usePurge(parts: PurgeParts): Plugin<WithExecution> {
  return {
    onExecutionResult({ context, result, setResult }) {
      const execution = (context as WithExecution).lastmile;
      // Not asked: the operation was refused before it reached upstream, so nothing can have changed.
      if (execution?.bound?.operation.kind !== 'mutation' || !execution.answer) return undefined;
      const mutation = new Mutation(execution, execution.answer, parts);
      const { result: answered } = execution.answer;
      if (Symbol.asyncIterator in answered) {
        const inParts = new MutationParts(answered, mutation);
        return inParts.begin().then(() => setResult(inParts));
      }
      return mutation.purgeWhole(answered).then(() => {
        if (!result || Array.isArray(result) || Symbol.asyncIterator in result) return;
        const extensions = mutationExtensions(execution);
        if (extensions)
          setResult({
            ...result,
            extensions: { ...result.extensions, lastmile: extensions },
          } as ExecutionResult);
      });
    },
  };
}

class Mutation implements PartsHandler {
  constructor(
    readonly execution: Execution,
    readonly answer: UpstreamAnswer,
    readonly parts: PurgeParts,
  ) {}

  async purgeWhole(result: ExecutionResult): Promise<void> {
    if (wasNeverSent(this.answer.fault) || this.isRefused(result)) return;
    const touched = this.execution.touched ?? this.#touchedBy(result);
    const tags = await this.#append(touched);
    if (this.#mayComeLater()) this.#repeat(tags);
  }

  /** What is added to an operation is not added to one that is answered in parts: nothing is known of what they hold. */
  async purge(isBroken: boolean): Promise<object | undefined> {
    const tags = await this.#append(this.#touchedBy({}));
    if (isBroken) this.#repeat(tags);
    return mutationExtensions(this.execution);
  }

  #repeat(tags: ReadonlySet<Tag>): void {
    const { repeated, report } = this.parts;
    if (repeated.add(tags)) report.unanswered(this.#fields(), [...tags]);
  }

  #touchedBy(result: ExecutionResult): Touched {
    const { operation, variables } = this.execution.bound!;
    return touchedBy(operation, result, variables);
  }

  isRefused(result: ExecutionResult): boolean {
    const { operation, variables } = this.execution.bound!;
    const { status, answered } = this.answer;
    return wasRefused(
      { result, status, answered },
      this.parts.settings.refusedCodes,
      () => coerceVariables(operation.question, variables).areInvalid,
    );
  }

  /** It timed out, its connection broke, or a proxy gave it up. */
  #mayComeLater(): boolean {
    const { status, fault, answered } = this.answer;
    if (GIVEN_UP.has(status)) return true;
    if (answered || !fault) return false;
    const { code } = fault;
    return code === 'UPSTREAM_TIMEOUT' || code === 'UPSTREAM_UNREACHABLE' || BROKEN_BY_CLIENT.has(code);
  }

  #fields(): string[] {
    const { root, rootType } = this.execution.bound!.operation.question;
    return (root.planFor(rootType)?.fields ?? []).map(({ definition }) => definition.name);
  }

  async #append(touched: Touched): Promise<ReadonlySet<Tag>> {
    const { execution, parts } = this;
    const { merged, settings, report } = parts;
    for (const field of touched.silentFields) report.silentMutation(field);
    const { operation } = execution.bound!;
    const { source } = operation.question.root;
    const found = await purgesOfMutation(source, touched, settings.unknownMutations, (query, signal) =>
      this.#ask(query, signal),
    );
    const purges = withSession(found, purgesSession(operation) ? await execution.sessionTags : undefined);
    const tags = new Set(purges.map(({ tag }) => tag));
    if (tags.size === 0) return tags;
    for (const field of this.#fields()) report.purged(field, tags);
    try {
      const position = await inSpan(
        execution.trace,
        'purge',
        (span) => merged.append(purges, span?.traceparent),
        (appended) => ({ tags: tags.size, position: formatPosition(appended) }),
      );
      execution.purged = { position, purges };
    } catch (error) {
      execution.purged = { position: undefined, purges };
      report.purgeFailed(error);
    }
    return tags;
  }

  async #ask({ document, variables }: ReferencesQuery, signal: AbortSignal): Promise<ExecutionResult> {
    const { headers, bound } = this.execution;
    const { result } = await this.parts.upstream.execute({
      document,
      operation: OperationTypeNode.QUERY,
      operationName: undefined,
      variables,
      headers,
      parameters: bound!.parameters,
      signal,
      trace: this.execution.trace,
      context: { headers },
    });
    return Symbol.asyncIterator in result ? {} : result;
  }
}

function mutationExtensions(execution: Execution): Record<string, unknown> | undefined {
  const { purged, wantsExtensions } = execution;
  if (!purged) return undefined;
  if (!purged.position) return { warning: PURGE_WARNING };
  return wantsExtensions ? { token: formatPosition(purged.position) } : undefined;
}
