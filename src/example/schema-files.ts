import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// Two folders up is the package's root, seen from src/example as from dist/example.
const FOLDER = join(__dirname, '..', '..', 'schema');

/** Absolute paths of the example API's SDL, in the order in which they are best read. */
export const EXAMPLE_SCHEMA_FILES: readonly string[] = ['query', 'world', 'travel', 'mutation'].map((name) =>
  join(FOLDER, `${name}.graphql`),
);

/** The example API's SDL, without the definitions of the directives it uses. @throws Error when a file cannot be read */
export function readExampleSdl(): string {
  return EXAMPLE_SCHEMA_FILES.map((file) => readFileSync(file, 'utf8')).join('\n');
}
