import type { Problem } from './problem';
import type { ValueOf, Variable } from './variable';

const LONGEST_QUOTE = 60;

/** What a table of variables comes to. */
export type ValuesOf<Table> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };

/**
 * Reads the variables of a table from the environment. The empty text counts as not set.
 * A variable with a problem has no value: only what does not look at it may use the values then.
 */
export function readValues<Table extends Readonly<Record<string, Variable>>>(
  table: Table,
  env: NodeJS.ProcessEnv,
): { values: ValuesOf<Table>; problems: Problem[] } {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const [name, { reader, fallback }] of Object.entries(table)) {
    const given = env[name];
    const text = given === undefined || given === '' ? fallback : given;
    if (text === undefined) continue;
    const quoted = reader.isQuotable ? JSON.stringify(text.slice(0, LONGEST_QUOTE)) : 'The value';
    const result = reader.schema.safeParse(text, { error: () => `${quoted} is not ${reader.expects}.` });
    if (result.success) {
      values[name] = result.data;
    } else {
      const problem = [...new Set(result.error.issues.map((issue) => issue.message))].join(' ');
      const orUnset = fallback ? `, or unset it for the default, ${fallback}` : ', or unset it';
      problems.push({ variable: name, problem, remedy: `Set it to ${reader.expects}${orUnset}.` });
    }
  }
  // Each value came from the reader of its name, which is what the type says; the loop cannot show it.
  return { values: values as ValuesOf<Table>, problems };
}
