/**
 * What `lastmile check` says beforehand: of which fields answers may be stale, and which mutations purge nothing. An
 * answer that is stale at such a field, or after such a mutation, is one that the operator was told of.
 */

/** The findings that say so; a new one that does belongs here. Any other leaves a stale answer a broken promise. */
const SAYING_STALE: readonly string[] = [
  'mutation-purges-nothing',
  'list-nobody-purges',
  'list-purged-from-outside',
  'value-nobody-purges',
  'delete-may-cascade',
  'change-may-cascade',
  'former-owner',
  'object-nobody-purges',
  'argument-not-read',
];

interface CheckOutput {
  readonly findings: readonly {
    readonly code: string;
    readonly coordinate?: string;
    readonly also?: readonly string[];
    readonly message: string;
  }[];
}

export class Warnings {
  /** coordinate -> code */
  readonly #codes = new Map<string, string>();

  /** @param report what `lastmile check --json` printed */
  constructor(report: unknown) {
    for (const { code, coordinate, also = [], message } of (report as CheckOutput).findings) {
      if (!SAYING_STALE.includes(code)) continue;
      // A finding about several fields has the coordinate of the first, and names the others.
      const named = message.match(/\b[A-Za-z_]\w*\.[a-zA-Z_]\w*\b/g) ?? [];
      for (const one of [coordinate, ...also, ...named]) if (one) this.#codes.set(one, code);
    }
  }

  /**
   * @param mutation coordinate of the mutation that was made
   * @param ways for each difference the coordinates on the way to it
   * @returns the codes that foretold all of it; undefined when one difference was not foretold
   */
  foretold(mutation: string, ways: readonly (readonly string[])[]): string | undefined {
    const ofMutation = this.#codes.get(mutation);
    if (ofMutation) return ofMutation;
    const codes = ways.map((way) => way.map((one) => this.#codes.get(one)).find(Boolean));
    return codes.length > 0 && codes.every(Boolean) ? [...new Set(codes)].join(', ') : undefined;
  }
}
