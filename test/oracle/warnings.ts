/**
 * What `lastmile check` says beforehand: of which fields answers may be stale, and which mutations purge nothing. An
 * answer that is stale at such a field, or after such a mutation, is one that the operator was told of.
 */

/** The findings that say so; a new one that does belongs here. Any other leaves a stale answer a broken promise. */
const SAYING_STALE: readonly string[] = [
  'mutation-purges-nothing',
  'purges-without-its-type',
  'list-never-purged',
  'list-purged-from-outside',
  'value-nobody-purges',
  'delete-may-cascade',
  'change-may-cascade',
  'former-owner',
  'object-nobody-purges',
  'argument-not-read',
];

/** What the oracle reads of `lastmile check --json`. */
export interface CheckOutput {
  readonly findings: readonly {
    readonly code: string;
    readonly coordinate?: string;
    readonly also?: readonly string[];
    readonly message: string;
  }[];
  readonly database?: {
    readonly problems: readonly { readonly variable: string; readonly remedy: string }[];
    readonly unlogged: readonly { readonly type: string; readonly table: string }[];
  };
}

export class Warnings {
  /** coordinate -> code */
  readonly #codes = new Map<string, string>();

  #unlogged: NonNullable<CheckOutput['database']>['unlogged'] = [];

  /** @param report what `lastmile check --json` printed */
  constructor(report: Pick<CheckOutput, 'findings'>) {
    for (const { code, coordinate, also = [], message } of report.findings) {
      if (!SAYING_STALE.includes(code)) continue;
      // A finding about several fields has the coordinate of the first, and names the others.
      const named = message.match(/\b[A-Za-z_]\w*\.[a-zA-Z_]\w*\b/g) ?? [];
      for (const one of [coordinate, ...also, ...named]) if (one) this.#codes.set(one, code);
    }
  }

  /** Where the database's own log is read, only what no log holds may be stale. */
  static ofLog({ database }: CheckOutput): Warnings {
    const warnings = new Warnings({ findings: [] });
    warnings.#unlogged = database?.unlogged ?? [];
    return warnings;
  }

  /**
   * @param mutation coordinate of the mutation that was made
   * @param ways for each difference the coordinates on the way to it
   * @returns the codes that foretold all of it; undefined when one difference was not foretold
   */
  foretold(mutation: string, ways: readonly (readonly string[])[]): string | undefined {
    const ofMutation = this.#codes.get(mutation);
    if (ofMutation) return ofMutation;
    const codes = ways.map((way) =>
      way.map((one) => this.#codes.get(one) ?? this.#noLogHolds(mutation, one)).find(Boolean),
    );
    return codes.length > 0 && codes.every(Boolean) ? [...new Set(codes)].join(', ') : undefined;
  }

  /** A field of a type, or that shows some of it, after a statement about a table that no log holds of it. */
  #noLogHolds(statement: string, coordinate: string): string | undefined {
    const tables = statement.split(/[ ,]+/);
    const found = this.#unlogged.find(
      ({ type, table }) => tables.includes(table) && coordinate.toLowerCase().includes(type.toLowerCase()),
    );
    return found && `not in the log: ${found.table}`;
  }
}
