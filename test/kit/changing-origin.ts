/**
 * An API of graphql-yoga whose schema can be replaced while it runs, as a deploy of a real one does, and which may be
 * several instances that take turns, replaced one after another.
 *
 *   const origin = cleanup.add(await startChangingOrigin('type Query { a: Int }', { Query: { a: () => 1 } }));
 *   origin.deploy('type Query { b: Int }', { Query: { b: () => 2 } });
 */
import { makeExecutableSchema, type IExecutableSchemaDefinition } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { LocalServer } from './local-server';

type Resolvers = NonNullable<IExecutableSchemaDefinition['resolvers']>;

export class ChangingOrigin {
  /** How often its schema was asked for. */
  introspections = 0;
  readonly #server: LocalServer;
  readonly #instances: GraphQLSchema[];
  #turn = 0;

  /** Use {@link startChangingOrigin}. */
  constructor(typeDefs: string, resolvers: Resolvers, instances: number) {
    const schema = makeExecutableSchema({ typeDefs, resolvers });
    this.#instances = Array.from({ length: instances }, () => schema);
    const yoga = createYoga({
      schema: () => this.#instances[this.#turn++ % this.#instances.length]!,
      graphiql: false,
      logging: false,
      plugins: [
        {
          onParams: ({ params }) => {
            if (params.query?.includes('__schema')) this.introspections++;
          },
        },
      ],
    });
    this.#server = new LocalServer(yoga);
  }

  get url(): string {
    return this.#server.url;
  }

  /** Another schema from the next request on. @param at the instance that is replaced; default: each */
  deploy(typeDefs: string, resolvers: Resolvers, at?: number): void {
    this.#instances.fill(makeExecutableSchema({ typeDefs, resolvers }), at, at === undefined ? at : at + 1);
  }

  async listen(): Promise<void> {
    await this.#server.listen();
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

export async function startChangingOrigin(
  typeDefs: string,
  resolvers: Resolvers,
  instances = 1,
): Promise<ChangingOrigin> {
  const origin = new ChangingOrigin(typeDefs, resolvers, instances);
  await origin.listen();
  return origin;
}
