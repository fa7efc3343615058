export interface BuildsOptions {
  readonly regions: readonly string[];
  /** undefined: from src/ */
  readonly own: string | undefined;
  /** the folder of another build; undefined: all gateways are of one */
  readonly beside: string | undefined;
}

/**
 * Which build a region's gateway runs. Where there are two, every second region begins with the other, and whichever a gateway
 * was it comes back as the other, as in an upgrade that rolls, and in one that is taken back.
 */
export class Builds {
  readonly #options: BuildsOptions;
  readonly #starts = new Map<string, number>();

  constructor(options: BuildsOptions) {
    this.#options = options;
  }

  /** To be asked once for each start. @returns a folder; undefined: from src/ */
  next(region: string): string | undefined {
    const { regions, own, beside } = this.#options;
    const starts = this.#starts.get(region) ?? 0;
    this.#starts.set(region, starts + 1);
    return beside !== undefined && (regions.indexOf(region) + starts) % 2 === 1 ? beside : own;
  }
}
