/** A turnstile for calls: those that arrive while it is closed wait until it is released. */

export interface HoldOptions {
  /**
   * `after` (default): the field has read or changed its data already, and only its answer waits: a slow answer with
   * old data in it. `before`: it has not begun.
   */
  readonly at?: 'before' | 'after';
}

export class Hold {
  /** Resolves when the first call has arrived. */
  readonly arrived: Promise<void>;
  /** calls that arrived so far */
  count = 0;
  #arrive!: () => void;
  #release!: () => void;
  readonly #released: Promise<void>;

  constructor() {
    this.arrived = new Promise((resolve) => (this.#arrive = resolve));
    this.#released = new Promise((resolve) => (this.#release = resolve));
  }

  /** Called by what is held. */
  async pass(): Promise<void> {
    this.count++;
    this.#arrive();
    await this.#released;
  }

  /** Lets all through, those who wait and those to come. */
  release(): void {
    this.#release();
  }
}
