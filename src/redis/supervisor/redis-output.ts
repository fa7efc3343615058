import type { Log } from '../../report/log';

/** `123:M 23 Nov 2025 04:34:34.123 # text`: the mark before the text says how grave it is. */
const LINE = /^\d+:[A-Z] \d+ \w+ \d+ [\d:.]+ (?<mark>[.\-*#]) (?<text>.*)$/;
/** Milliseconds in which the same warning is told once: a replica without its primary repeats itself each second. */
const SILENCE = 60_000;
const MOST_REMEMBERED = 100;

/** Marked as warnings, and said of what went as it should. */
const ROUTINE = /^Diskless rdb transfer, done reading from pipe/;

/**
 * A replica says so each second until its primary is there. Where that begins beside it, it is a moment later: what is still so
 * after these milliseconds is news.
 */
const NOT_THERE_YET = /^Error condition on socket for SYNC: Connection refused/;
const BEGINNING = 5_000;

/** Lines remembered, for when the server ends. */
const LAST_WORDS = 5;

/** Passes on what a redis-server prints. */
export class RedisOutput {
  readonly #name: string;
  readonly #log: Log;
  readonly #secrets: readonly string[];
  readonly #told = new Map<string, number>();
  #last: string[] = [];
  #readyAt = Infinity;
  /** Until then warnings are greetings, and advice about the machine; if it does not get there, see {@link lastWords}. */
  #isReady = false;

  /** @param secrets what must not appear: a server that refuses its settings prints the line it stumbled over */
  constructor(name: string, log: Log, secrets: readonly string[]) {
    this.#name = name;
    this.#log = log;
    this.#secrets = secrets;
  }

  /** The last it printed. */
  get lastWords(): readonly string[] {
    return this.#last;
  }

  started(): void {
    this.#isReady = false;
    this.#last = [];
  }

  /** All of this machine is about to end: what the servers then say of each other is no news. */
  ending(): void {
    this.#isReady = false;
  }

  line(line: string): void {
    const { mark, text = line } = LINE.exec(line)?.groups ?? {};
    const shown = this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text.trim());
    if (shown === '') return;
    this.#last = [...this.#last, shown].slice(-LAST_WORDS);
    // What it says of an end that it was told to make is no news.
    if (shown.startsWith('User requested shutdown')) this.#isReady = false;
    const isNews = mark === '#' && this.#isReady && !this.#isRoutine(shown) && !this.#wasTold(shown);
    this.#log[isNews ? 'warn' : 'debug']({ task: this.#name }, shown);
    if (!shown.startsWith('Ready to accept connections')) return;
    this.#isReady = true;
    this.#readyAt = performance.now();
  }

  #isRoutine(text: string): boolean {
    if (ROUTINE.test(text)) return true;
    return NOT_THERE_YET.test(text) && performance.now() - this.#readyAt < BEGINNING;
  }

  #wasTold(text: string): boolean {
    const now = performance.now();
    if (now - (this.#told.get(text) ?? -Infinity) < SILENCE) return true;
    if (this.#told.size >= MOST_REMEMBERED) this.#told.clear();
    this.#told.set(text, now);
    return false;
  }
}
