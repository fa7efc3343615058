import { setImmediate as othersTurn } from 'node:timers/promises';
import { GraphQLError, type DocumentNode, type ExecutionResult } from 'graphql';
import { readJson } from '../json/exact-number';
import type { Plugin } from 'graphql-yoga';
import { collect } from '../answer/collect';
import { DAMAGED, mayBeOfAdditions, NOT_COLLECTED, NOT_LOOKED_INTO } from '../answer/additions';
import { cutOf } from '../answer/cut';
import { isInternal } from '../answer/internal-fields';
import { mutationErrors } from '../answer/mutation-errors';
import { wasRefused } from '../answer/refused';
import { touchedBy } from '../answer/touched';
import type { Operation } from '../operation/operation';
import type { Upstream, UpstreamAnswer } from '../upstream/upstream';
import type { SchemaDescriber } from './describe-schema';
import { isAnsweredHere, isCollected, written, type Execution, type WithExecution } from './execution';

/** Characters. What is done with a longer answer, to parse it, to look through it, to print it, has a turn each (P47). */
export const LARGE = 50_000;

export interface UpstreamReport {
  /** upstream says of an operation that it is not valid, which it is by the schema that is known here */
  refusedByUpstream(): void;
  /** upstream answers an operation as its client wrote it, and not with what has to be added to keep the answer */
  answersOnlyAsWritten(operation: Operation): void;
}

/** How upstream is asked, and who is told what it makes of that. */
interface Asker {
  readonly upstream: Upstream;
  readonly report: UpstreamReport;
  /** codes of errors that say that a mutation did not run */
  readonly refusedCodes: ReadonlySet<string>;
  /** answers what is asked of the schema itself */
  readonly describer: SchemaDescriber;
}

/** Asks upstream for whole operations and reads what comes back in one pass. */
export function useUpstream(asker: Asker): Plugin<WithExecution> {
  return {
    onExecute({ args, setExecuteFn }) {
      const execution = (args.contextValue as WithExecution).lastmile;
      if (!execution?.bound) return;
      const { bound } = execution;
      setExecuteFn(() =>
        isAnsweredHere(bound) ? asker.describer.describe(bound) : askUpstream(asker, execution),
      );
    },
    onSubscribe({ args, setSubscribeFn }) {
      const execution = (args.contextValue as WithExecution).lastmile;
      if (execution?.bound) setSubscribeFn(() => askUpstream(asker, execution));
    },
  };
}

/**
 * Asks for types and keys as well; where an answer may be another one by that, once more without them. So is a mutation,
 * where upstream would not run it: it may take known documents only.
 */
async function askUpstream(asker: Asker, execution: Execution) {
  const collects = isCollected(execution);
  const began = performance.now();
  const { operation, text } = execution.bound!;
  const { document, question, plain } = operation;
  const asksInFull = collects || execution.isOfParts === true;
  let asked = asksInFull && !plain.has(text, began) ? question.document : document;
  let answer = await ask(asker, execution, asked);
  // What it says of the operation itself it says again.
  const isLast = execution.upstream === undefined;
  if (isLast && isInvalid(answer)) asker.report.refusedByUpstream();
  if (isLast && asked !== document && isDoubtful(asker, operation, answer)) {
    const own = await askAsWritten(asker, execution);
    if (own) [answer, asked] = [own, document];
  }
  execution.answer = answer;
  execution.isAskedInFull = asked === question.document;
  execution.tookMs = performance.now() - began;
  if (Symbol.asyncIterator in answer.result) return answer.result;
  if (answer.members) return passOn(execution, answer.result, collects);
  const isLarge = (answer.size ?? 0) > LARGE;
  if (collects) {
    if (isLarge) await othersTurn();
    collectFrom(execution, answer.result, asked);
    if (isLarge) await othersTurn();
    return digest(execution);
  }
  execution.result = shown(answer.result, answer.result.errors);
  return written(execution);
}

/** @returns undefined for what cannot be asked again: its files are gone */
async function askAsWritten(asker: Asker, execution: Execution): Promise<UpstreamAnswer | undefined> {
  const { operation, text } = execution.bound!;
  const { document, plain } = operation;
  if (execution.upload) {
    // Its client can send it again, and is then asked for as it wrote it.
    plain.add(text, performance.now());
    return undefined;
  }
  const own = await ask(asker, execution, document);
  if (!isDoubtful(asker, operation, own)) {
    plain.add(text, performance.now());
    asker.report.answersOnlyAsWritten(operation);
  }
  return own;
}

/** Whether an answer may be another one by what was added to its question. */
function isDoubtful({ refusedCodes }: Asker, { kind, document }: Operation, answer: UpstreamAnswer): boolean {
  return kind === 'query' ? mayBeOther(document, answer) : mayBeUnknown(answer, refusedCodes);
}

/** What upstream says of an operation that it takes for no good one; with any other status it says something of the client, or itself. */
const OF_THE_OPERATION: ReadonlySet<number | undefined> = new Set([undefined, 200, 400, 422]);

function mayBeOther(asked: DocumentNode, answer: UpstreamAnswer): boolean {
  const { result, answered, status } = answer;
  if (Symbol.asyncIterator in result) return false;
  const isOfOperation = OF_THE_OPERATION.has(status) || (status === 403 && isOfDocument(result));
  return mayBeOfAdditions(asked, result, answered && isOfOperation);
}

/** It forbids something other than its caller, and says what by a code: the document, most likely. */
function isOfDocument({ errors = [] }: ExecutionResult): boolean {
  return errors.every(({ extensions }) => extensions?.['code'] && !OF_THE_CALLER.has(extensions['code']));
}

const INVALID = 'GRAPHQL_VALIDATION_FAILED';

/** Upstream did not run the operation, most likely because it is not valid there (GraphQL over HTTP 6.4.2). */
function isInvalid({ answered, result, status }: UpstreamAnswer): boolean {
  if (!answered || Symbol.asyncIterator in result || result.data !== undefined || !result.errors)
    return false;
  const isSaid = (error: { path?: unknown; extensions?: Record<string, unknown> }): boolean =>
    !error.path && error.extensions?.['code'] === INVALID;
  return status === 400 || (result.errors.length > 0 && result.errors.every(isSaid));
}

/** What is refused for its caller or its input is refused as its client wrote it, too. */
const OF_THE_CALLER: ReadonlySet<unknown> = new Set(['UNAUTHENTICATED', 'FORBIDDEN', 'BAD_USER_INPUT']);
const OF_THE_DOCUMENT: ReadonlySet<number | undefined> = new Set([undefined, 200, 400, 403, 404, 422]);

/** Upstream did not run a mutation, and it may be for what was added to it. */
function mayBeUnknown({ result, status, answered }: UpstreamAnswer, codes: ReadonlySet<string>): boolean {
  if (!answered || Symbol.asyncIterator in result || !OF_THE_DOCUMENT.has(status)) return false;
  if (result.errors?.some(({ extensions }) => OF_THE_CALLER.has(extensions?.['code']))) return false;
  return wasRefused({ result, status, answered }, codes, () => false);
}

function ask({ upstream }: Asker, execution: Execution, document: DocumentNode): Promise<UpstreamAnswer> {
  const { operation, variables, parameters } = execution.bound!;
  const { headers, upload, signal, connectionParams } = execution;
  const isOwn = document === operation.document;
  return (execution.upstream ?? upstream).execute({
    document,
    text: isOwn ? operation.text : undefined,
    cut: isOwn ? undefined : () => cutOf(document),
    operation: operation.kind,
    operationName: operation.name,
    variables,
    headers,
    parameters,
    upload,
    trace: execution.trace,
    signal,
    connectionParams,
    context: { headers },
  });
}

/** An answer that was not analysed may show anything: a mutation's counts as showing all that it could. */
function passOn(execution: Execution, result: ExecutionResult, collects: boolean): ExecutionResult {
  const { operation, variables } = execution.bound!;
  const isMutation = operation.kind === 'mutation';
  if (isMutation) execution.touched = touchedBy(operation, {}, variables);
  execution.collected = execution.answer?.isDamaged ? DAMAGED : NOT_LOOKED_INTO;
  const { errors, data } = result;
  execution.result = shown(result, isMutation ? errors && mutationErrors(errors, data) : errors);
  return collects ? digest(execution) : written(execution);
}

/** Collects from the answer and takes out of it, errors included, what only the gateway had asked for. */
function collectFrom(execution: Execution, result: ExecutionResult, asked: DocumentNode): void {
  const { operation, variables } = execution.bound!;
  const { question } = operation;
  const isMutation = operation.kind === 'mutation';
  const text = execution.answer?.text;
  const exact = (from: string) => (readJson(from) as { data: Record<string, unknown> }).data;
  if (asked !== question.document || (!question.isCollected && !isMutation)) {
    // What could not be asked for counts as touched with all of its type.
    if (isMutation) {
      const answered = result.data && text !== undefined ? { ...result, data: exact(text) } : result;
      execution.touched = touchedBy(operation, answered, variables);
    }
    execution.collected = NOT_COLLECTED;
    execution.result = shown(result, result.errors);
    return;
  }
  // Before what tells of it is taken out.
  if (isMutation) execution.touched = touchedBy(operation, result, variables);
  if (result.data) execution.collected = collect(operation.question, result.data, variables);
  if (execution.collected?.isRounded && text !== undefined) {
    if (isMutation) execution.touched = touchedBy(operation, { ...result, data: exact(text) }, variables);
    const data = exact(text);
    execution.collected = collect(operation.question, data, variables);
    result = { ...result, data };
  }
  const errors = isMutation
    ? result.errors && mutationErrors(result.errors, result.data)
    : result.errors?.filter((error) => !error.path?.some((step) => isInternal(String(step))));
  execution.result = shown(result, errors);
}

/** A result with these errors, as Yoga wants them. */
function shown(result: ExecutionResult, errors: readonly GraphQLError[] | undefined): ExecutionResult {
  if (!result.errors) return result;
  const { errors: _, ...rest } = result;
  return errors && errors.length > 0 ? { ...rest, errors: errors.map(asGraphQLError) } : rest;
}

/** Yoga shows clients only errors of this class; those of upstream are meant for them. */
function asGraphQLError(error: GraphQLError): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const { message, path, extensions } = error as GraphQLError;
  return new GraphQLError(message, { path: path ?? null, extensions });
}

/**
 * What the response cache plugin is shown instead of the answer: one entity of each type, side by side. It judges by
 * type, and its collector visits the items of a list twice, so that nested lists cost it 2^depth visits, and an answer of
 * a megabyte a quarter of a second even where nothing is nested.
 */
function digest({ result, collected }: Execution): ExecutionResult {
  // A type may be called `constructor`.
  const data = Object.create(null) as Record<string, unknown>;
  for (const [tag, typename] of collected?.entities ?? []) {
    data[typename] ??= { __responseCacheTypeName: typename, __responseCacheId: tag };
  }
  return result?.errors ? { data, errors: result.errors } : { data };
}
