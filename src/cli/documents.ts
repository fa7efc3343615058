import { parseArgs } from 'node:util';
import { OperationTypeNode, print } from 'graphql';
import type { Config } from '../config/config';
import { hashOf, readTrustedDocuments } from '../operation/persisted-documents';
import { upstreamDocuments, type UpstreamDocument } from '../operation/upstream-documents';
import { readKnowledge } from '../server/read-knowledge';
import { USUAL_QUESTION } from '../upstream/storage-hints';
import { readSettingsOrComplain, SCHEMA_OPTIONS, SCHEMA_USAGE, type GivenSettings } from './settings';
import { failure, usageError, type Command } from './usage';

export const documentsCommand: Command = {
  name: 'documents',
  summary: 'what upstream is sent for known documents, to be registered there',
  usage: `lastmile documents [<file>] [options]

For an upstream that takes known documents only. Types and keys are added to what clients ask, so that answers can be kept
and purged, and that makes another text of it. Reads documents from a JSON file of ids and texts, by default TRUSTED_DOCUMENTS,
and prints all that upstream will be sent for them, each under the SHA-256 of its text: with what is added, and as it is. Where
upstream does not know the first, it is asked as the client wrote it, and the answer is not kept.

${SCHEMA_USAGE}
  --apollo           as a manifest of Apollo's persisted queries

Exit status: 0 printed, 1 a document is refused, or the schema cannot be read, 2 wrong usage or configuration.`,
  run,
};

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  let given: string | undefined;
  let apollo: boolean;
  let settings: GivenSettings;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...SCHEMA_OPTIONS, apollo: { type: 'boolean', default: false } },
    });
    if (positionals.length > 1) return usageError('documents', 'Give one file.');
    [given] = positionals;
    ({ apollo, ...settings } = values);
  } catch (error) {
    return usageError('documents', (error as Error).message);
  }
  const config = await readSettingsOrComplain(settings, env);
  if (!config) return 2;
  const file = given ?? config.documents.trusted;
  if (file === undefined) return usageError('documents', 'Give a file, or set TRUSTED_DOCUMENTS.');
  try {
    const texts = readTrustedDocuments(file);
    const { knowledge } = await readKnowledge(config);
    const found = upstreamDocuments(knowledge, config.limits, texts);
    const documents = [...found.documents, ...askedOfItself(config)];
    const shown = apollo ? apolloManifest(documents) : textsByHash(documents);
    process.stdout.write(`${JSON.stringify(shown, undefined, 2)}\n`);
    for (const { id, problem } of found.refused)
      process.stderr.write(`${JSON.stringify(id)} is refused by this gateway: ${problem}\n`);
    return found.refused.length > 0 ? 1 : 0;
  } catch (error) {
    return failure(error);
  }
}

/** What the gateway asks by itself, to know what upstream's Cache-Control says of every answer alike. */
function askedOfItself({ policy }: Config): UpstreamDocument[] {
  if (policy.upstreamCacheControl !== 'auto') return [];
  const text = print(USUAL_QUESTION);
  return [{ hash: hashOf(text), text, kind: OperationTypeNode.QUERY, name: undefined }];
}

function textsByHash(documents: readonly UpstreamDocument[]): Record<string, string> {
  return Object.fromEntries(documents.map(({ hash, text }) => [hash, text]));
}

/** The format of Apollo's `generate-persisted-query-manifest`, version 1. */
function apolloManifest(documents: readonly UpstreamDocument[]): object {
  const operations = documents.map(({ hash: id, text: body, kind: type, name }) => ({
    id,
    name: name ?? '',
    type,
    body,
  }));
  return { format: 'apollo-persisted-query-manifest', version: 1, operations };
}
