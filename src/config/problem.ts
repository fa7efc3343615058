/** One thing that is wrong with the configuration. Its text never holds a secret, nor a URL, which may contain one. */
export interface Problem {
  /** the environment variable it is about */
  readonly variable: string;
  /** a sentence that says what is wrong */
  readonly problem: string;
  /** a sentence that says what to do */
  readonly remedy: string;
}

/** All that is wrong with the configuration, at once. The message is ready to be printed; the exit status is 2. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  /** @param problems at least one */
  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`;
    super(`${count} with the configuration:\n\n${formatProblems(problems)}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Problems, or warnings, as lines for a terminal: the variable, and below it what is wrong and what to do. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ variable, problem, remedy }) => `  ${variable}\n    ${problem}\n    ${remedy}\n`)
    .join('\n');
}
