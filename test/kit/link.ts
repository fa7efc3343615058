/**
 * A TCP proxy that stands for the network between two machines: it can be slow, cut, refused or a black hole.
 *
 *   const link = cleanup.add(await startLink(redis.port));
 *   link.delay(80);      // one way, each direction
 *   link.cut();          // connections reset, new ones refused
 *   await link.restore();
 *   link.lead(other.port);   // as a name that leads elsewhere from now on: connections that stand stay where they are
 *
 * Every chunk waits in a queue with the time it is due, so that a delay keeps the order and costs no throughput, as
 * on a long wire. Not simulated: the round trip of TCP's handshake, loss, and limited bandwidth.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './free-port';
import { ended } from './until';
import { Wire, type LinkState } from './wire';

export class Link {
  readonly port: number;
  #targetPort: number;
  readonly #state: LinkState;
  readonly #pairs = new Set<Pair>();
  #listener: Server | undefined;

  /** Use {@link startLink}. */
  constructor(port: number, targetPort: number, late: (milliseconds: number) => void) {
    this.port = port;
    this.#targetPort = targetPort;
    this.#state = { delay: 0, stalled: false, bytes: { toTarget: 0, fromTarget: 0 }, late };
  }

  /** where new connections lead */
  get targetPort(): number {
    return this.#targetPort;
  }

  /** Leads new connections to another port. Those that stand stay where they are. */
  lead(targetPort: number): void {
    this.#targetPort = targetPort;
  }

  /** Bytes delivered since the start, by direction. */
  get bytes(): Readonly<LinkState['bytes']> {
    return this.#state.bytes;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Sets the one-way delay of each direction, for what is sent from now on. What is under way keeps its time. */
  delay(milliseconds: number): void {
    this.#state.delay = milliseconds;
  }

  /** Refuses new connections; those that stand go on. */
  refuse(): void {
    this.#listener?.close();
    this.#listener = undefined;
  }

  /** Resets every connection and refuses new ones: both ends notice at once. */
  cut(): void {
    this.refuse();
    for (const pair of this.#pairs) pair.reset();
  }

  /**
   * Delivers nothing any more, in either direction, and says so to nobody: connections stand, new ones are accepted.
   * What is sent meanwhile is delivered after {@link restore}, as TCP would retransmit it; cut first to lose it.
   */
  blackHole(): void {
    this.#state.stalled = true;
  }

  /** Ends `refuse`, `cut` and `blackHole`. The delay stays. */
  async restore(): Promise<void> {
    this.#state.stalled = false;
    for (const pair of this.#pairs) pair.wake();
    if (!this.#listener) await this.listen();
  }

  async close(): Promise<void> {
    this.cut();
    const closed = Promise.all([...this.#pairs].map((pair) => pair.closed));
    await ended(`the link at port ${this.port} to port ${this.targetPort}`, closed);
  }

  async listen(): Promise<void> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
    listener.listen(this.port, '127.0.0.1');
    await once(listener, 'listening');
    this.#listener = listener;
  }

  #accept(socket: Socket): void {
    const pair = new Pair(socket, this.targetPort, this.#state);
    this.#pairs.add(pair);
    void pair.closed.then(() => this.#pairs.delete(pair));
  }
}

/** One connection through the link: a socket on each side and a wire each way. */
class Pair {
  readonly closed: Promise<void>;
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #wires: readonly Wire[];

  constructor(near: Socket, targetPort: number, state: LinkState) {
    this.#near = near;
    this.#far = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.#wires = [
      new Wire(this.#near, this.#far, state, 'toTarget'),
      new Wire(this.#far, this.#near, state, 'fromTarget'),
    ];
    this.closed = Promise.all([closed(this.#near), closed(this.#far)]).then(() => {});
  }

  wake(): void {
    for (const wire of this.#wires) wire.wake();
  }

  reset(): void {
    for (const wire of this.#wires) wire.stop();
    reset(this.#near);
    reset(this.#far);
  }
}

/**
 * Ends a socket at once. Node's own reset waits for a connection that is being made; and where the end of what is written is on
 * its way, it fails without a word of the socket's being closed.
 */
function reset(socket: Socket): void {
  if (socket.connecting || socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/**
 * A link to a port of this machine. The link's own port stays the same through cut and restore.
 * @param late told by how many milliseconds a delivery came later than the delay says: this process was busy, or waited
 *   for a processor
 */
export async function startLink(
  targetPort: number,
  late: (milliseconds: number) => void = () => {},
): Promise<Link> {
  for (let attempt = 1; ; attempt++) {
    const link = new Link(await freePort(), targetPort, late);
    try {
      await link.listen();
      return link;
    } catch (error) {
      // Another process took the port between the look and the listening.
      if (attempt === 5) throw error;
    }
  }
}
