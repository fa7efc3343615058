import { now } from '../clock';
import { pause } from '../../kit/until';

/** Requests under way at once; beyond it new ones are not sent, and counted. */
const MOST_UNDER_WAY = 1000;

/** Milliseconds; beyond every distance, and the time an origin takes. */
const SLOW_MS = 1000;

/** Decides when requests are sent, and counts those under way. */
export class Pacing {
  underWay = 0;
  /** requests that were due and not sent, because too many were under way */
  unsent = 0;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isStopped = false;

  /** Requests come as they come, whether or not those before were answered: a Poisson process. */
  stream(perSecond: () => number, random: () => number, send: () => Promise<void>): void {
    let due = now();
    const next = (): void => {
      while (due <= now()) {
        due += (-Math.log(1 - random()) / perSecond()) * 1000;
        if (this.underWay >= MOST_UNDER_WAY) this.unsent++;
        else void this.#sent(send());
      }
      this.#after(due - now(), next);
    };
    this.#after(random() * 100, next);
  }

  /** As many as are answered: whenever one of them has come back, the next is sent. */
  loop(atOnce: number, send: () => Promise<void>): void {
    const worker = async (): Promise<void> => {
      while (!this.#isStopped) await this.#sent(send());
    };
    for (let count = 0; count < atOnce; count++) void worker();
  }

  /**
   * Sends a fixed number of requests in turn, evenly spread over some seconds, and fewer when the answers come late.
   * @param atOnce the most of them that are under way together
   * @param send is given the index of each
   */
  async walk(
    count: number,
    seconds: number,
    atOnce: number,
    send: (index: number) => Promise<void>,
  ): Promise<void> {
    const began = now();
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < count) {
        const index = next++;
        const early = began + (index / count) * seconds * 1000 - now();
        if (early > 0) await new Promise<void>((resolve) => this.#after(early, resolve));
        const sent = now();
        await this.#sent(send(index));
        // Where answers take that long there is no more to be had: to ask on would only make all wait.
        const took = now() - sent;
        if (took > SLOW_MS) await new Promise<void>((resolve) => this.#after(took, resolve));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  /** Sends no more. */
  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Resolves when nothing is under way any more, or after so many milliseconds. */
  async idle(withinMs: number): Promise<void> {
    const deadline = now() + withinMs;
    while (this.underWay > 0 && now() < deadline) await pause(20);
  }

  async #sent(answered: Promise<void>): Promise<void> {
    this.underWay++;
    try {
      await answered;
    } finally {
      this.underWay--;
    }
  }

  #after(milliseconds: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, milliseconds);
    this.#timers.add(timer);
  }
}
