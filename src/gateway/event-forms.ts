import type { OnAbort } from '../cache/single-flight';
import type { StreamForm } from './media-type';

/** How results that come one after another leave by HTTP. */
interface EventForm {
  readonly contentType: string;
  /** before all else: clients wait for the first byte */
  readonly head: string;
  readonly event: (text: string) => string;
  /** says that the connection is still there; undefined where its clients would take it for a result */
  readonly heartbeat: string | undefined;
  readonly end: string;
}

const PART = '\r\nContent-Type: application/json; charset=utf-8\r\n\r\n';

const FORMS: Readonly<Record<StreamForm, EventForm>> = {
  // https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, distinct connections mode
  events: {
    contentType: 'text/event-stream; charset=utf-8',
    head: ':\n\n',
    event: (text) => `event: next\ndata: ${text}\n\n`,
    heartbeat: ':\n\n',
    end: 'event: complete\ndata:\n\n',
  },
  // https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
  'subscription parts': {
    contentType: 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0',
    head: '--graphql',
    event: (text) => `${PART}{"payload":${text}}\r\n--graphql`,
    heartbeat: `${PART}{}\r\n--graphql`,
    end: '--\r\n',
  },
  parts: {
    contentType: 'multipart/mixed; boundary="-"',
    head: '---',
    event: (text) => `${PART}${text}\r\n---`,
    heartbeat: undefined,
    end: '--\r\n',
  },
};

/** Milliseconds of silence after which it is said that the connection is still there. */
const HEARTBEAT_MS = 10_000;

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** The Content-Type of results in this form. */
export function eventsType(form: StreamForm): string {
  return FORMS[form].contentType;
}

/** Results as the bytes of a body. Ending it ends them, also while one is awaited. */
export class EventBody implements AsyncIterableIterator<Uint8Array> {
  readonly #events: AsyncIterator<string>;
  readonly #form: EventForm;
  readonly #heartbeatMs: number;
  #pending: Promise<IteratorResult<string>> | undefined;
  /** nothing more comes */
  readonly over: Promise<void>;
  #isBegun = false;
  #isOver = false;
  #end!: () => void;

  /** @param heartbeatMs see {@link HEARTBEAT_MS} */
  constructor(events: AsyncIterable<string>, form: StreamForm, heartbeatMs = HEARTBEAT_MS) {
    this.#events = events[Symbol.asyncIterator]();
    this.#form = FORMS[form];
    this.#heartbeatMs = heartbeatMs;
    this.over = new Promise((resolve) => (this.#end = resolve));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#isOver) return DONE;
    if (!this.#isBegun) {
      this.#isBegun = true;
      return piece(this.#form.head);
    }
    this.#pending ??= this.#events.next();
    const { heartbeat } = this.#form;
    const next = await (heartbeat === undefined
      ? this.#pending
      : beforeSilence(this.#pending, this.#heartbeatMs));
    if (next === undefined) return piece(heartbeat!);
    this.#pending = undefined;
    if (!next.done) return piece(this.#form.event(next.value));
    this.#isOver = true;
    this.#end();
    return piece(this.#form.end);
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#isOver = true;
    this.#end();
    await this.#events.return?.();
    return DONE;
  }
}

function piece(text: string): IteratorYieldResult<Uint8Array> {
  return { done: false, value: Buffer.from(text) };
}

/** @returns undefined when so many milliseconds have passed first */
async function beforeSilence<T>(awaited: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  try {
    return await Promise.race([awaited, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** Ends a stream when its client goes away, also while a result is awaited. */
export function endsWith(events: AsyncIterator<string>, onAbort: OnAbort | undefined): void {
  onAbort?.(() => void events.return?.());
}
