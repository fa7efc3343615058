/** One command of `lastmile`. */
export interface Command {
  readonly name: string;
  /** one line for the list of commands */
  readonly summary: string;
  /** the whole text of `--help` */
  readonly usage: string;
  /** @returns the exit status: 0 good, 1 a finding or a failure, 2 wrong usage or configuration */
  readonly run: (args: readonly string[], env: NodeJS.ProcessEnv) => Promise<number>;
}
