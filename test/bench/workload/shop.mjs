import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { resolvers } from './data.mjs';

export const SCHEMA_FILE = fileURLToPath(new URL('schema.graphql', import.meta.url));

export const typeDefs = readFileSync(SCHEMA_FILE, 'utf8');

export function createShop() {
  return makeExecutableSchema({ typeDefs, resolvers });
}
