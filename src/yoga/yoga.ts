import type { GraphQLSchema } from 'graphql';
import {
  createYoga,
  processRegularResult,
  type Plugin,
  type YogaLogger,
  type YogaServer,
} from 'graphql-yoga';
import type { MergedAppends } from '../purge/merged-appends';
import type { RepeatedPurges } from '../purge/repeated-purges';
import { isInPieces, type Upstream, type UpstreamAnswer } from '../upstream/upstream';
import type { Execution, WithExecution } from './execution';
import { useAnswer, useResponseCacheVerdict } from './use-response-cache';
import { SchemaDescriber } from './describe-schema';
import { useEvents } from './use-events';
import { paramsOf, useKnownOperation } from './use-known-operation';
import { usePurge, type PurgeReport, type PurgeSettings } from './use-purge';
import { useUpstream, type UpstreamReport } from './use-upstream';

/** What Yoga makes of an execution. */
export interface YogaRunner {
  /** A whole answer. @param type the media type it is written in, one of the two that it may have */
  whole(execution: Execution, type: string): Promise<Response>;
  /** An answer that may come in parts. @param accept the media types the client takes, as in its `Accept` header */
  inParts(execution: Execution, accept: string): Promise<Response>;
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

/** The part of Yoga behind its HTTP adapter: reads a request, runs it through the plugins, makes the response. */
type Server = Pick<YogaServer<WithExecution, object>, 'getResultForParams'> & {
  handle(request: Request, context: WithExecution): Promise<Response> | Response;
};

/**
 * GraphQL itself, for whatever is not answered from stored bytes: Yoga, with its slow or leaky defaults off because the
 * front does their work (body limit, batching, CORS) or the operation is known already (parse and validation caches).
 * The order of the plugins matters: upstream answers, the response cache plugin judges a digest of the answer, the
 * answer takes the digest's place, the purge is appended.
 *
 * Requests go straight to what is behind `yoga.fetch`. What `fetch` does before is the front's work (routes) or unneeded
 * (copies of the context, an AbortSignal for each request), and costs as much as all the rest of Yoga. Of a whole answer it is
 * known what is asked and in which of two media types it is written: then Yoga neither looks for a parser nor at `Accept`.
 */
export function createYogaRunner(parts: YogaRunnerParts): YogaRunner {
  let server!: Server;
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
          server = yoga as Server;
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
  const makeRequest = (accept: string): Request => {
    const headers = { accept, 'content-type': 'application/json' };
    return new yoga.fetchAPI.Request(ADDRESS, { method: 'POST', headers });
  };
  // The execution carries what is asked: there is no body to read.
  const request = makeRequest('*/*');
  return {
    whole: async (execution, type) => {
      const params = paramsOf(execution);
      const result = await server.getResultForParams({ params, request }, { lastmile: execution });
      // Its client accepts no stream, and is told so: then nothing will read what upstream began to send.
      if (execution.answer && isInPieces(execution.answer)) endStream(execution.answer);
      return processRegularResult(result!, yoga.fetchAPI, type);
    },
    inParts: async (execution, accept) => {
      const response = await server.handle(makeRequest(accept), { lastmile: execution });
      const { answer, events } = execution;
      if (answer && isInPieces(answer) && !events && response.body === null) endStream(answer);
      return response;
    },
  };
}

/** Ends the call upstream of an answer in parts. */
function endStream({ result }: UpstreamAnswer): void {
  if (Symbol.asyncIterator in result) void result[Symbol.asyncIterator]().return?.();
}
