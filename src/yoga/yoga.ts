import type { GraphQLSchema } from 'graphql';
import { createYoga, type Plugin, type YogaLogger } from 'graphql-yoga';
import type { MergedAppends } from '../purge/merged-appends';
import type { RepeatedPurges } from '../purge/repeated-purges';
import { isInPieces, type Upstream, type UpstreamAnswer } from '../upstream/upstream';
import type { Execution, WithExecution } from './execution';
import { useAnswer, useResponseCacheVerdict } from './use-response-cache';
import { SchemaDescriber } from './describe-schema';
import { useEvents } from './use-events';
import { useKnownOperation } from './use-known-operation';
import { usePurge, type PurgeReport, type PurgeSettings } from './use-purge';
import { useUpstream, type UpstreamReport } from './use-upstream';

/** What Yoga made of an execution: the response as it would leave. */
export interface YogaRunner {
  /** @param accept the media types the client takes, as in its `Accept` header */
  run(execution: Execution, accept: string): Promise<Response>;
}

export interface YogaRunnerParts {
  readonly schema: GraphQLSchema;
  readonly upstream: Upstream;
  readonly merged: MergedAppends;
  readonly repeated: RepeatedPurges;
  readonly settings: PurgeSettings;
  readonly report: PurgeReport & UpstreamReport;
  readonly logger: YogaLogger;
}

const ADDRESS = 'http://gateway/graphql';

/** What whole answers are asked for in: see `gateway/media-type.ts`. */
const ANSWER_TYPES = ['application/json', 'application/graphql-response+json'];

/** The part of Yoga behind its HTTP adapter: reads a request, runs it through the plugins, makes the response. */
type Handle = (request: Request, context: WithExecution) => Promise<Response> | Response;

/**
 * GraphQL itself, for whatever is not answered from stored bytes: Yoga, with its slow or leaky defaults off because the
 * front does their work (body limit, batching, CORS) or the operation is known already (parse and validation caches).
 * The order of the plugins matters: upstream answers, the response cache plugin judges a digest of the answer, the
 * answer takes the digest's place, the purge is appended.
 *
 * Requests go straight to `handle`, where `yoga.fetch` itself ends. What `fetch` does before is the front's work (routes)
 * or nobody's (copies of the context, an AbortSignal for each request), and costs as much as all the rest of Yoga.
 */
export function createYogaRunner(parts: YogaRunnerParts): YogaRunner {
  let handle!: Handle;
  const yoga = createYoga<WithExecution>({
    schema: parts.schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    graphiql: false,
    cors: false,
    batching: false,
    multipart: false,
    maxRequestBodySize: false,
    parserAndValidationCache: false,
    logging: parts.logger,
    plugins: [
      {
        onYogaInit({ yoga }) {
          handle = yoga.handle as Handle;
        },
      } satisfies Plugin,
      useKnownOperation(),
      useEvents(),
      useUpstream({
        upstream: parts.upstream,
        report: parts.report,
        refusedCodes: parts.settings.refusedCodes,
        describer: new SchemaDescriber(parts.schema),
      }),
      useResponseCacheVerdict(),
      useAnswer(),
      usePurge(parts),
    ],
  });
  const requests = new Requests(yoga.fetchAPI.Request);
  return {
    run: async (execution, accept) => {
      const response = await handle(requests.for(execution, accept), { lastmile: execution });
      const { answer, events } = execution;
      // The client takes no stream, and is told so: then nobody will read what upstream began to send. Of a whole answer
      // the body is not asked for: that makes a stream of it, which costs as much as the rest of its way through here.
      if (answer && isInPieces(answer) && !events && response.body === null) endStream(answer);
      return response;
    },
  };
}

/** Ends the call upstream of an answer in parts. */
function endStream({ result }: UpstreamAnswer): void {
  if (Symbol.asyncIterator in result) void result[Symbol.asyncIterator]().return?.();
}

/**
 * The requests Yoga is handed. The execution carries the operation, so there is no body to read and nothing in them but
 * what the client accepts: one will do for all of a media type. Yoga marks those of subscriptions, which get their own.
 */
class Requests {
  readonly #shared = new Map<string, Request>();

  constructor(readonly Request: typeof globalThis.Request) {
    for (const type of ANSWER_TYPES) this.#shared.set(type, this.#make(type));
  }

  for({ bound }: Execution, accept: string): Request {
    const shared = bound?.operation.kind === 'subscription' ? undefined : this.#shared.get(accept);
    return shared ?? this.#make(accept);
  }

  #make(accept: string): Request {
    const headers = { accept, 'content-type': 'application/json' };
    return new this.Request(ADDRESS, { method: 'POST', headers });
  }
}
