import type { GraphQLSchema } from 'graphql';
import { createYoga, type YogaLogger } from 'graphql-yoga';
import type { Purges } from '../purge/purges';
import type { Upstream } from '../upstream/upstream';
import type { Exchange } from './exchange';
import { useAnswer } from './use-answer';
import { useKnownOperation } from './use-known-operation';
import { usePurge, type PurgeReport } from './use-purge';
import { useResponseCacheVerdict } from './use-response-cache';
import { useUpstream } from './use-upstream';

/** What Yoga made of an exchange: the response as it would leave. */
export interface Engine {
  /** @param accept the media types the client takes, as in its `Accept` header */
  run(exchange: Exchange, accept: string): Promise<Response>;
  /** GraphiQL, and nothing else: the page a browser gets at /graphql. */
  page(accept: string): Promise<Response>;
}

export interface EngineParts {
  readonly schema: GraphQLSchema;
  readonly upstream: Upstream;
  readonly purges: Purges;
  readonly report: PurgeReport;
  readonly graphiql: boolean;
  readonly logger: YogaLogger;
}

const ADDRESS = 'http://gateway/graphql';

/**
 * GraphQL itself, for whatever is not answered from stored bytes: Yoga, with its slow or leaky defaults off because the
 * front does their work (body limit, batching, CORS) or the operation is known already (parse and validation caches).
 * The order of the plugins matters: upstream answers, the response cache plugin judges a digest of the answer, the
 * answer takes the digest's place, the purge is appended.
 */
export function createEngine(parts: EngineParts): Engine {
  const yoga = createYoga<{ lastmile?: Exchange }>({
    schema: parts.schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    graphiql: parts.graphiql ? { title: 'Lastmile' } : false,
    cors: false,
    batching: false,
    multipart: false,
    maxRequestBodySize: false,
    parserAndValidationCache: false,
    logging: parts.logger,
    plugins: [
      useKnownOperation(),
      useUpstream(parts.upstream),
      useResponseCacheVerdict(),
      useAnswer(),
      usePurge(parts.purges, parts.report),
    ],
  });
  const { Request } = yoga.fetchAPI;
  return {
    run: (exchange, accept) =>
      // The exchange carries the operation: there is no body to read.
      Promise.resolve(
        yoga.fetch(
          new Request(ADDRESS, { method: 'POST', headers: { accept, 'content-type': 'application/json' } }),
          {
            lastmile: exchange,
          },
        ),
      ),
    page: (accept) => Promise.resolve(yoga.fetch(new Request(ADDRESS, { headers: { accept } }), {})),
  };
}
