import { LastmileError } from '../report/error';

/** What a subscriber may be behind the others, in events and in characters. */
export interface Patience {
  readonly events: number;
  readonly characters: number;
}

const PATIENCE: Patience = { events: 64, characters: 2 ** 20 };
const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Results that several subscribers are sent, each as fast as it takes them: who falls too far behind is sent no more. */
export class SharedEvents {
  readonly #subscribers = new Set<Subscriber>();
  readonly #events: AsyncIterator<string>;
  #isOver = false;

  /** @param onEnd there is nothing more to be joined */
  constructor(
    events: AsyncIterable<string>,
    readonly onEnd: () => void,
    readonly patience = PATIENCE,
  ) {
    this.#events = events[Symbol.asyncIterator]();
  }

  /** What comes from now on. The first to join has them fetched; when the last one leaves that ends. */
  join(): AsyncIterableIterator<string> {
    const subscriber = new Subscriber(this.patience, () => this.#leave(subscriber));
    this.#subscribers.add(subscriber);
    if (this.#isOver) subscriber.end();
    else if (this.#subscribers.size === 1) void this.#fetch();
    return subscriber;
  }

  #isFetching = false;

  async #fetch(): Promise<void> {
    if (this.#isFetching) return;
    this.#isFetching = true;
    try {
      for (;;) {
        const { done, value } = await this.#events.next();
        if (done) return;
        for (const subscriber of this.#subscribers) subscriber.push(value);
      }
    } finally {
      this.#end();
    }
  }

  #leave(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size > 0 || this.#isOver) return;
    this.#end();
    void this.#events.return?.();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.onEnd();
    for (const subscriber of this.#subscribers) subscriber.end();
  }
}

class Subscriber implements AsyncIterableIterator<string> {
  #waiting: string[] = [];
  #characters = 0;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(
    readonly patience: Patience,
    readonly leave: () => void,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(event: string): void {
    const { patience } = this;
    this.#characters += event.length;
    // One may be as long as it likes.
    const isBehind =
      this.#waiting.length >= patience.events ||
      (this.#waiting.length > 0 && this.#characters > patience.characters);
    this.#waiting = isBehind ? [TOO_SLOW] : [...this.#waiting, event];
    if (isBehind) {
      this.end();
      this.leave();
    }
    this.#wake?.();
  }

  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<string, undefined>> {
    while (this.#waiting.length === 0 && !this.#isOver)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
    const event = this.#waiting.shift();
    if (event === undefined) return DONE;
    this.#characters -= event.length;
    return { done: false, value: event };
  }

  async return(): Promise<IteratorResult<string, undefined>> {
    this.#waiting = [];
    this.end();
    this.leave();
    return DONE;
  }
}

const TOO_SLOW = tooSlow();

function tooSlow(): string {
  const { message, code, remedy } = new LastmileError('SUBSCRIBER_TOO_SLOW');
  return JSON.stringify({ errors: [{ message, extensions: { code, remedy } }] });
}
