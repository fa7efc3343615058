import { similarName } from '../config/warnings';
import { ConfigError, formatProblems } from '../config/problem';
import { docsOf, LastmileError } from '../report/error';
import { SchemaError } from '../schema/schema-error';

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

/** A sentence about the word that was probably meant, with a space before it; empty where none is like it. */
export function didYouMean(word: string, known: readonly string[]): string {
  const capitals = known.map((name) => name.toUpperCase());
  const near = known[capitals.indexOf(similarName(word, capitals) ?? '')];
  return near === undefined ? '' : ` Did you mean ${near}?`;
}

/** Says on standard error what is wrong. @returns the exit status of wrong usage */
export function usageError(command: string, problem: string): number {
  process.stderr.write(`lastmile ${command}: ${problem}\nSee lastmile ${command} --help.\n`);
  return 2;
}

/**
 * @returns the exit status of a failure
 * @throws what is no failure an operator can do anything about
 */
export function failure(error: unknown): number {
  if (error instanceof SchemaError) {
    process.stderr.write(`${error.message}\n`);
    return error.isOfConfiguration ? 2 : 1;
  }
  if (error instanceof ConfigError) {
    process.stderr.write(`${formatProblems(error.problems)}\n`);
    return 2;
  }
  if (!(error instanceof LastmileError)) throw error;
  const detail = error.detail === undefined ? '' : ` (${error.detail})`;
  const sentence = `${error.message.replace(/\.$/, '')}${detail}.`;
  process.stderr.write(`${sentence} ${error.remedy} See \`${docsOf(error.code)}\`.\n`);
  return 1;
}
