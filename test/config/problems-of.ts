import { ConfigError, type Problem } from '../../src/config/problem';
import { readConfig } from '../../src/config/read-config';

/** What is wrong with an environment; nothing when it can be read. */
export function problemsOf(env: NodeJS.ProcessEnv): readonly Problem[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
