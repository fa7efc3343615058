import type { Closeness, Recorder, Seen } from './recorder';

/** Milliseconds between two looks, at single operations and at numbers. */
const OPERATIONS_MS = 250;
const NUMBERS_MS = 1000;

/** Reports what a process saw, again and again while there is a viewer. Without one there is no timer either. */
export class Lookout {
  readonly #recorder: Recorder;
  readonly #tell: (seen: Seen) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(recorder: Recorder, tell: (seen: Seen) => void) {
    this.#recorder = recorder;
    this.#tell = tell;
  }

  look(closeness: Closeness): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#recorder.look(closeness);
    if (closeness === 'nothing') return;
    const every = closeness === 'operations' ? OPERATIONS_MS : NUMBERS_MS;
    this.#timer = setInterval(() => this.#tell(this.#recorder.take()), every).unref();
  }
}
