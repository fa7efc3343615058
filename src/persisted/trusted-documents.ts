import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../config/problem';

/**
 * Reads an allow-list of documents: a JSON object of id and text, as Relay's compiler and GraphQL Code Generator write it.
 * @param file path of it
 * @throws ConfigError when it cannot be read or is something else
 */
export function readTrustedDocuments(file: string): ReadonlyMap<string, string> {
  let list: unknown;
  try {
    list = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw problem(error instanceof SyntaxError ? 'The file is not JSON.' : 'The file cannot be read.');
  }
  const documents = z.record(z.string(), z.string()).safeParse(list);
  if (!documents.success) throw problem('The file is not one JSON object of ids and texts.');
  return new Map(Object.entries(documents.data));
}

function problem(text: string): ConfigError {
  const remedy = 'Give the path of a file such as {"id": "query { ... }"}.';
  return new ConfigError([{ variable: 'TRUSTED_DOCUMENTS', problem: text, remedy }]);
}
