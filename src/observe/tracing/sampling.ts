/**
 * Which requests are traced, decided before anything of OpenTelemetry is touched: an unsampled span of its SDK takes a
 * microsecond, a twentieth of a hit.
 */
export class Sampling {
  #due = 0;

  /** @param part which part of the requests that say nothing is traced: 0 to 1 */
  constructor(readonly part: number) {}

  /** @param isSampled what a valid `traceparent` said: it is obeyed. undefined: there was none */
  takes(isSampled: boolean | undefined): boolean {
    if (isSampled !== undefined) return isSampled;
    this.#due += this.part;
    if (this.#due < 1) return false;
    this.#due -= 1;
    return true;
  }
}
