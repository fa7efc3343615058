import { setTimeout as wait } from 'node:timers/promises';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { DIRECTIVES_SDL } from '../policy/directives';
import { createExampleData, type ExampleData } from './data';
import { DateScalar } from './date';
import { mutationResolvers } from './mutation';
import { objectResolvers } from './objects';
import { queryResolvers } from './query';
import { readExampleSdl } from './schema-files';
import type { ExampleContext } from './session';

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
