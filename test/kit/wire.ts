/** One direction of one connection through a link: a queue in which every chunk has the time it is due. */
import type { Socket } from 'node:net';

/** Shared by all wires of a link, so that a change reaches every one of them at once. */
export interface LinkState {
  /** milliseconds, one way */
  delay: number;
  /** true: nothing is delivered */
  stalled: boolean;
  bytes: { toTarget: number; fromTarget: number };
  /** told by how many milliseconds later than due something was delivered that had to wait for its time */
  readonly late: (milliseconds: number) => void;
}

/** What travels: bytes, the end of the stream, or the news that the other end is gone. */
interface Parcel {
  readonly due: number;
  readonly load: Buffer | 'end' | 'reset';
}

/** Beyond this many bytes under way the sender is made to wait, as a full window would. */
const WINDOW = 64 * 1024 * 1024;

export class Wire {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #state: LinkState;
  readonly #direction: keyof LinkState['bytes'];
  readonly #queue: Parcel[] = [];
  #head = 0;
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  #full = false;
  #stopped = false;

  constructor(from: Socket, to: Socket, state: LinkState, direction: keyof LinkState['bytes']) {
    this.#from = from;
    this.#to = to;
    this.#state = state;
    this.#direction = direction;
    from.on('data', (chunk: Buffer) => this.#send(chunk));
    from.on('end', () => this.#send('end'));
    // The error itself tells the other side nothing; that the socket closed does, a little later.
    from.on('error', () => {});
    from.on('close', () => this.#send('reset'));
    to.on('drain', () => {
      this.#full = false;
      this.wake();
    });
  }

  /** Delivers what is due, and comes back when the next is. */
  wake(): void {
    this.#pump(false);
  }

  /** @param hasWaited the parcel at the head had to wait for its time, and now it should have come */
  #pump(hasWaited: boolean): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#head < this.#queue.length && !this.#state.stalled && !this.#full) {
      const parcel = this.#queue[this.#head] as Parcel;
      const wait = parcel.due - performance.now();
      if (wait > 0) {
        // A timer may fire a little early, and then the rest is waited for: that is not late.
        this.#timer = setTimeout(() => this.#pump(true), wait);
        return;
      }
      if (hasWaited) this.#state.late(-wait);
      hasWaited = false;
      this.#head++;
      this.#deliver(parcel.load);
    }
    if (this.#head === this.#queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
    }
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#queue.length = 0;
    this.#head = 0;
  }

  #send(load: Parcel['load']): void {
    if (this.#stopped) return;
    // Should the delay have shrunk meanwhile, this is due before what was sent earlier, and waits behind it all the same.
    this.#queue.push({ due: performance.now() + this.#state.delay, load });
    if (typeof load === 'object') {
      this.#size += load.length;
      if (this.#size > WINDOW) this.#from.pause();
    }
    if (!this.#timer) this.wake();
  }

  #deliver(load: Parcel['load']): void {
    if (load === 'reset') this.#to.destroy();
    else if (load === 'end') this.#to.end();
    else {
      this.#size -= load.length;
      if (this.#size <= WINDOW && this.#from.isPaused()) this.#from.resume();
      this.#state.bytes[this.#direction] += load.length;
      if (!this.#to.destroyed) this.#full = !this.#to.write(load);
    }
  }
}
