import { AbortGroup } from '../cache/single-flight';
import { writeJson } from '../json/exact-number';
import { cacheKeyOf, type BoundOperation } from '../operation/bound-operation';
import { forwarded, type CacheStatus } from '../report/cache-status';
import { replyStatus } from '../upstream/reply-status';
import type { Execution } from '../yoga/execution';
import { writeEvent } from '../yoga/use-events';
import type { Client } from './client';
import { endsWith } from './event-forms';
import type { FromUpstream } from './outcome';
import { languageIn } from './response-headers';
import type { SchemaSnapshot } from './schema-snapshot';
import { SharedEvents } from './shared-events';

/** The outcome of a subscription: results to come, or a whole answer if upstream refused it. */
interface Begun {
  readonly execution: Execution;
  readonly httpStatus: number;
  readonly contentType: string;
  /** of an answer that is whole */
  readonly body: string;
  readonly events: (() => AsyncIterableIterator<string>) | undefined;
}

/** One of upstream that several clients wait for, or have. */
interface Shared {
  readonly group: AbortGroup;
  readonly begun: Promise<Begun>;
}

const STATUS: CacheStatus = { kind: 'forwarded', fwd: forwarded('subscription'), why: 'subscription' };

/**
 * Subscriptions, passed on as their results come. Each client has its own of upstream; but equal ones share one where the
 * subscription's field says so (`isSharedSubscription`), of those that upstream is sent the same by.
 */
export class Subscriptions {
  readonly #shared = new Map<string, Shared>();

  async answer(snapshot: SchemaSnapshot, bound: BoundOperation, client: Client): Promise<FromUpstream> {
    const { onAbort } = client.request;
    const { execution, events, ...answer } = await (bound.operation.isShared
      ? this.#join(snapshot, bound, client)
      : this.#own(snapshot, bound, client));
    const taken = events?.();
    if (taken) endsWith(taken, onAbort);
    const headers = execution.answer?.headers;
    return {
      kind: 'answer',
      status: STATUS,
      ...answer,
      ...(taken && { events: taken }),
      // What upstream says beside a stream that others have as well is for none of them.
      own: bound.operation.isShared ? undefined : headers,
      language: headers && languageIn(headers),
      execution,
    };
  }

  #own(snapshot: SchemaSnapshot, bound: BoundOperation, client: Client): Promise<Begun> {
    const group = new AbortGroup();
    group.add(client.request.onAbort);
    return begin(snapshot, bound, client, group);
  }

  #join(snapshot: SchemaSnapshot, bound: BoundOperation, client: Client): Promise<Begun> {
    const key = keyOf(bound, client);
    const known = this.#shared.get(key);
    if (known) {
      known.group.add(client.request.onAbort);
      return known.begun;
    }
    const group = new AbortGroup();
    const leave = (): void => {
      if (this.#shared.get(key)?.group === group) this.#shared.delete(key);
    };
    group.add(client.request.onAbort);
    group.addEventListener('abort', leave);
    const begun = begin(snapshot, bound, client, group).then((made) => {
      const { events } = made;
      if (!events) {
        leave();
        return made;
      }
      const shared = new SharedEvents(events(), leave);
      return { ...made, events: () => shared.join() };
    });
    begun.catch(leave);
    this.#shared.set(key, { group, begun });
    return begun;
  }
}

/** All that upstream is sent and that its results may depend on. */
function keyOf(bound: BoundOperation, client: Client): string {
  const { connectionParams = null } = client.request;
  return writeJson([cacheKeyOf(bound, undefined, client.varying), client.decisiveHeaders, connectionParams]);
}

async function begin(
  snapshot: SchemaSnapshot,
  bound: BoundOperation,
  client: Client,
  signal: AbortGroup,
): Promise<Begun> {
  const { connectionParams } = client.request;
  const execution: Execution = {
    bound,
    refusal: undefined,
    scope: 'bypass',
    headers: client.headersFor('bypass'),
    ...(connectionParams && { connectionParams }),
    signal,
    trace: client.trace,
    wantsExtensions: false,
  };
  const response = await snapshot.yoga.inParts(execution, client.accepts.json ?? 'application/json');
  const { events } = execution;
  const contentType = response.headers.get('content-type') ?? 'text/plain';
  return {
    execution,
    httpStatus: replyStatus(execution.answer, contentType) ?? response.status,
    contentType,
    body: events ? '' : await response.text(),
    events: events && (() => textsOf(events)),
  };
}

/** Written out, not a generator: ending it must end upstream's results at once, also while one is awaited. */
function textsOf(
  events: NonNullable<Execution['events']>,
): AsyncIterableIterator<string> & Required<Pick<AsyncIterator<string>, 'return'>> {
  const iterator = events[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const { done, value } = await iterator.next();
      return done ? { done: true, value: undefined } : { done: false, value: writeEvent(value) };
    },
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
}
