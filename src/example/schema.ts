import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { DIRECTIVES_SDL } from '../schema/directives';
import { createExampleData, type ExampleData } from './data';
import { DateScalar, objectResolvers } from './objects';
import { mutationResolvers } from './mutation';
import { queryResolvers } from './query';
import type { ExampleContext } from './input';

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

export interface ExampleOptions {
  /** The same seed gives the same data; 1 unless said otherwise. */
  readonly seed?: number;
  /** Data to work on, in place of fresh data from the seed. */
  readonly data?: ExampleData;
  /** Milliseconds every field of `Query` and `Mutation` takes: half before it reads or writes, half after. Default 0. */
  readonly serviceTimeMs?: number;
}

type RootResolver = GraphQLFieldResolver<unknown, ExampleContext | undefined>;

/** The example API: executable, with fresh data for every call. Its resolvers take an {@link ExampleContext}. */
export function createExampleSchema(options: ExampleOptions = {}): GraphQLSchema {
  const data = options.data ?? createExampleData(options.seed);
  const serviceTimeMs = options.serviceTimeMs ?? 0;
  return makeExecutableSchema<ExampleContext | undefined>({
    typeDefs: [DIRECTIVES_SDL, readExampleSdl()],
    resolvers: {
      Query: slowedDown(queryResolvers(data), serviceTimeMs),
      Mutation: slowedDown(mutationResolvers(data), serviceTimeMs),
      Date: DateScalar,
      ...objectResolvers(data),
    },
  });
}

/** With a service time of 0 resolvers stay synchronous: GraphQL then answers without a turn of the event loop. */
function slowedDown(
  resolvers: Record<string, RootResolver>,
  serviceTimeMs: number,
): Record<string, RootResolver> {
  if (serviceTimeMs <= 0) return resolvers;
  return Object.fromEntries(
    Object.entries(resolvers).map(([field, resolve]): [string, RootResolver] => [
      field,
      async (...all) => {
        await wait(serviceTimeMs / 2);
        const value: unknown = await resolve(...all);
        // What was read is now old news, if something changed meanwhile: as with a database.
        await wait(serviceTimeMs / 2);
        return value;
      },
    ]),
  );
}
