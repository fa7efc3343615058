import { causeOf, saysWhy } from './cause';
import type { Log } from './log';

/** Something outside this process that the gateway needs. */
export interface Place {
  /** as a person would call it: `Redis`, `the GraphQL API` */
  readonly name: string;
  /** host and port, without user and password; what two parts of the gateway use at one address is one place */
  readonly address: string;
  /** the variables that say where it is */
  readonly variables: readonly string[];
  /** a sentence: the command that says more */
  readonly help: string;
}

/** Told how each use of something went. Never throws; may be called as often as one likes. */
export interface Health {
  /** @param error why it cannot be used at present */
  failed(error: unknown): void;
  /** It was used without a fault. */
  well(): void;
  /** Something is not as it should be, and it can be used all the same. @param error what that is */
  noticed(error: unknown): void;
}

export const UNWATCHED: Health = { failed: () => {}, well: () => {}, noticed: () => {} };

/** Something that cannot be used, or not wholly, and why, as one process may tell another. */
export interface Outage {
  readonly place: Place;
  /** one word, by which two failures are the same */
  readonly cause: string;
  /** what is wrong, without a full stop */
  readonly sentence: string;
  readonly remedy: string;
  /** as the other side, or the system, said it */
  readonly detail: string;
  /** it can be used all the same, so this has no end that could be told of */
  readonly isUsable: boolean;
}

export interface OutagesOptions {
  /** monotonic milliseconds */
  readonly now: () => number;
  /** Called for each place and cause when it begins, and again after {@link againMs} while it lasts. Must not throw. */
  readonly begun: (outage: Outage) => void;
  /** Called once when what was told of is over. Must not throw. */
  readonly over: (place: Place, lastedMs: number) => void;
  /** default: a minute */
  readonly againMs?: number;
  /** for how long nothing may fail before it counts as over, so that what comes and goes is one outage; default 2,000 */
  readonly settledMs?: number;
}

const MINUTE = 60_000;
const SETTLED = 2_000;

/** A part of the gateway that cannot use a place. */
interface Part {
  readonly failedAt: number;
  /** runs once it was well, until that has lasted */
  settling?: NodeJS.Timeout;
}

/** Of one place. */
interface State {
  readonly place: Place;
  readonly since: number;
  isTold: boolean;
  /** those that cannot use it, by name */
  readonly parts: Map<string, Part>;
}

/**
 * What cannot be used is told of once for each address and cause, and again each minute while it lasts, however many
 * connections, workers and requests meet it; and once when it is over. Who uses a thing goes on trying: nothing is tried here.
 */
export class Outages {
  readonly #options: OutagesOptions;
  /** by address */
  readonly #states = new Map<string, State>();
  /** address and cause -> when it was told last */
  readonly #told = new Map<string, number>();

  constructor(options: OutagesOptions) {
    this.#options = options;
  }

  /** For one part of the gateway, such as one connection. @param part its name, the only one at that place */
  health(place: Place, part: string): Health {
    return {
      failed: (error) => {
        if (saysWhy(error)) this.failed(outageOf(place, error, false), part);
      },
      well: () => this.well(place, part),
      noticed: (error) => this.failed(outageOf(place, error, true), part),
    };
  }

  /** See {@link Health}; for what a worker was told. */
  failed(outage: Outage, part: string): void {
    const { now, againMs = MINUTE, begun } = this.#options;
    const at = now();
    const state = outage.isUsable ? undefined : this.#begin(outage.place, part, at);
    const key = `${outage.place.address} ${outage.cause}`;
    if (at - (this.#told.get(key) ?? -Infinity) < againMs) return;
    for (const [other, toldAt] of this.#told) if (at - toldAt >= againMs) this.#told.delete(other);
    this.#told.set(key, at);
    if (state) state.isTold = true;
    begun(outage);
  }

  #begin(place: Place, part: string, at: number): State {
    const { address } = place;
    const state = this.#states.get(address) ?? {
      place,
      since: at,
      isTold: false,
      parts: new Map<string, Part>(),
    };
    this.#states.set(address, state);
    clearTimeout(state.parts.get(part)?.settling);
    state.parts.set(part, { failedAt: at });
    return state;
  }

  well(place: Place, part: string): void {
    const { now, settledMs = SETTLED } = this.#options;
    const found = this.#states.get(place.address)?.parts.get(part);
    if (!found) return;
    const left = settledMs - (now() - found.failedAt);
    if (left <= 0) this.end(place, part);
    // It may not be used again for long.
    else found.settling ??= setTimeout(() => this.end(place, part), left).unref();
  }

  /** For a part that was seen to be well for long enough, or is no more. */
  end({ address }: Pick<Place, 'address'>, part: string): void {
    const state = this.#states.get(address);
    clearTimeout(state?.parts.get(part)?.settling);
    if (!state?.parts.delete(part) || state.parts.size > 0) return;
    this.#states.delete(address);
    if (state.isTold) this.#options.over(state.place, this.#options.now() - state.since);
  }

  /** Of a part that is no more nothing is known. */
  endAll(part: string): void {
    for (const address of this.#states.keys()) this.end({ address }, part);
  }
}

function outageOf(place: Place, error: unknown, isUsable: boolean): Outage {
  const { word, what, remedy, detail } = causeOf(error);
  return {
    place,
    cause: word,
    sentence: `${place.name} at ${place.address} ${what} (${word})`,
    remedy: `${remedy(place.variables.join(' and '))} ${place.help}`,
    detail,
    isUsable,
  };
}

/** Tells of them in a log: warn when they begin and while they last, info when they are over. */
export function logOutages(log: Log, now: () => number): Outages {
  return new Outages({
    now,
    begun: ({ place: { address }, sentence, cause, remedy, detail }) =>
      log.warn({ address, cause, remedy, detail }, sentence),
    over: ({ name, address }, lastedMs) =>
      log.info({ address, lastedMs: Math.round(lastedMs) }, `${name} at ${address} can be used again`),
  });
}
