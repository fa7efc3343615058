import {
  GraphQLError,
  type ValidationRule,
  type DocumentNode,
  type GraphQLSchema,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql';
import { analyseOperation, type Knowledge, type Operation } from '../operation/operation';
import { readRules } from '../policy/rules';
import type { Plugin } from 'graphql-yoga';
import { REFUSED_CODES } from '../config/refused-codes';
import { cacheName, formatCacheStatus, type CacheStatus } from '../report/cache-status';
import { Plans } from '../gateway/parts/plan';
import { switchable } from '../gateway/rules';
import { bind, type BoundOperation } from '../operation/bound-operation';
import { formatToken, joinTokens, type Token } from '../gateway/token';
import type { LastmileOptions } from './options';
import { mutate } from './mutations';
import { PluginParts } from './parts';
import { PluginQueries, type RunDocument } from './queries';
import {
  carriesCredentials,
  decideInPlugin,
  requestOf,
  ruleSettingsOf,
  sessionIn,
  tokenProgressIn,
} from './request';
import { ANY_SESSION, sessionTag, type Tag } from '../purge/tag';
import type { Audience } from '../yoga/execution';

/** P35: aliases that begin with `__` are ours. A client's own could pass for a key or a type that was asked for. */
export const reservedAliases: ValidationRule = (context) => ({
  Field({ alias }) {
    if (!alias?.value.startsWith('__')) return;
    context.reportError(
      new GraphQLError('Aliases that begin with `__` are reserved.', {
        nodes: alias,
        extensions: { code: 'RESERVED_ALIAS' },
      }),
    );
  },
});

/**
 * The operations of the documents a server executes, analysed once for each document. Documents are told apart as objects:
 * a server that keeps parsed documents, as Yoga does, has each analysed once for all requests.
 */
export class KnownDocuments {
  readonly knowledge: Knowledge;
  /** undefined: nothing is cut */
  readonly plans: Plans | undefined;
  readonly #known = new WeakMap<DocumentNode, Map<string, Operation | undefined>>();

  /** @param limits see {@link readRules} */
  constructor(
    schema: GraphQLSchema,
    limits: { readonly defaultMaxAge: number; readonly maxAgeLimit: number },
    maxParts = 0,
  ) {
    // Entries of a plugin are never those of a gateway, although both may know the same schema.
    const configuration = JSON.stringify(['plugin', limits.defaultMaxAge, limits.maxAgeLimit]);
    this.knowledge = { schema, rules: readRules(schema, limits), configuration };
    this.plans = maxParts > 0 ? new Plans(this.knowledge, maxParts) : undefined;
  }

  /** @returns undefined for a name that is none of the document's operations */
  find(document: DocumentNode, operationName: string | null | undefined): Operation | undefined {
    let named = this.#known.get(document);
    if (!named) this.#known.set(document, (named = new Map()));
    const name = operationName ?? '';
    if (named.has(name)) return named.get(name);
    const found = analyseOperation(this.knowledge, document, operationName ?? undefined);
    const operation = 'errors' in found ? undefined : found;
    // What clients invent takes no memory.
    if (operation) named.set(name, operation);
    return operation;
  }
}

/** As many as the gateway's MAX_PARTS. */
const MOST_PARTS = 16;

type Execute = (args: ExecutionArgs) => unknown;

/**
 * The gateway's caching inside a Yoga or Envelop server: answers kept per region, purged across regions by the mutations
 * that pass here and by gateways on the same purge log. A hit is answered before anything is executed.
 *
 * Put it last among the plugins: it replaces the function that executes. It keeps every promise of the gateway about
 * truth (P01 to P22) and privacy (P30 to P35), but for what stale serving would need: nothing stale is ever served here.
 * Unlike the gateway it runs resolvers, so a shared answer is made with the context of the first request: see
 * {@link LastmileOptions.vary}.
 *
 * On Yoga the response says what happened in `Cache-Status`. A mutation's has a `Lastmile-Token`, and so has the answer to
 * a request that presented one.
 */
export function useLastmile<Context = Record<string, unknown>>(options: LastmileOptions<Context>): Plugin {
  const { region, defaultMaxAge = 0, tokenWaitMs = 100, maxParts = MOST_PARTS } = options;
  const mutations = {
    region,
    unknownMutations: options.unknownMutations ?? 'warn',
    refusedCodes: new Set(options.refusedCodes ?? REFUSED_CODES),
    silentMutation: options.silentMutation ?? (() => {}),
  } as const;
  const queries = new PluginQueries(region, tokenWaitMs);
  const parts = new PluginParts(queries);
  const settings = switchable(ruleSettingsOf(options), region.purges.cacheSwitch);
  const statuses = new WeakMap<Request, string[]>();
  const tokens = new WeakMap<Request, Token>();
  let documents: KnownDocuments | undefined;

  function tell(status: CacheStatus, context: unknown, token: Token | undefined): void {
    options.observe?.(status, context as Context);
    const request = requestOf(context);
    if (!request) return;
    // One for each operation of a batch, and one token for all of them.
    const said = statuses.get(request) ?? [];
    said.push(formatCacheStatus(cacheName(region.name), status));
    statuses.set(request, said);
    const before = tokens.get(request);
    if (token) tokens.set(request, before ? joinTokens(before, token) : token);
  }

  return {
    onSchemaChange({ schema }) {
      documents = new KnownDocuments(schema, { defaultMaxAge, maxAgeLimit: region.maxAgeLimit }, maxParts);
      region.learn(schema, documents.knowledge.rules);
    },
    onValidate({ addValidationRule }) {
      addValidationRule(reservedAliases);
    },
    onExecute({ args, executeFn, setExecuteFn, setResultAndStopExecution }) {
      const operation = documents?.find(args.document, args.operationName);
      if (!operation) return;
      const context: unknown = args.contextValue;
      const bound = bind(operation, args.variableValues ?? {});
      const runWith = (all: ExecutionArgs) => async (document?: DocumentNode) =>
        (await (executeFn as Execute)({
          ...all,
          // What was added to an answer in parts could not be taken out of it again.
          document: operation.incremental || !document ? args.document : document,
          variableValues: bound.variables,
        })) as ExecutionResult;
      const session = sessionIn(context as Context, options);
      const ofSession = session === undefined ? [] : [sessionTag(session)];
      if (operation.kind === 'mutation') {
        setExecuteFn(async (all) => {
          const { result, position } = await mutate(bound, {
            ...mutations,
            sessionTags: ofSession,
            run: runWith(all),
            ask: async ({ document, variables }) =>
              (await (executeFn as Execute)({
                ...all,
                document,
                variableValues: variables,
                operationName: undefined,
              })) as ExecutionResult,
          });
          const token = position && { position, provisional: undefined };
          tell({ kind: 'forwarded', fwd: 'method', why: 'mutation' }, context, token);
          return result;
        });
        return;
      }
      const tagsOf = (scope: Audience): readonly Tag[] =>
        scope === 'private' ? [...ofSession, ANY_SESSION] : [];
      const asks = { context: context as Context, session };
      const decision = decideInPlugin(bound, asks, options, settings());
      const progress = tokenProgressIn(context, region);
      const cut = parts.cut(
        documents?.plans,
        bound,
        { hasCredentials: () => carriesCredentials(asks.context, session, options), whole: decision },
        (slot) => {
          const own = decideInPlugin(slot, asks, options, settings());
          return { decision: own, sessionTags: own.kind === 'lookup' ? tagsOf(own.scope) : [] };
        },
      );
      if (cut) {
        const found = parts.hit(cut, progress);
        if (found) {
          tell(found.status, context, found.token);
          setResultAndStopExecution(found.result);
          return;
        }
        setExecuteFn(async (all) => {
          const runSlot =
            (slot: BoundOperation): RunDocument =>
            async (document = slot.operation.document) =>
              (await (executeFn as Execute)({
                ...all,
                document,
                variableValues: slot.variables,
                operationName: undefined,
              })) as ExecutionResult;
          const run = { runSlot, runWhole: runWith(all) };
          const { result, status, token } = await parts.answer(cut, run, progress);
          tell(status, context, token);
          return result;
        });
        return;
      }
      if (decision.kind === 'bypass') {
        const status: CacheStatus = { kind: 'forwarded', fwd: 'bypass', why: decision.why };
        if (!progress) return tell(status, context, undefined);
        setExecuteFn(async (all) => {
          const result: unknown = await (executeFn as Execute)(all);
          tell(status, context, await progress.nextToken(tokenWaitMs));
          return result;
        });
        return;
      }
      const hit = queries.hit(decision.key, progress);
      if (hit) {
        tell(hit.status, context, hit.token);
        setResultAndStopExecution(hit.result);
        return;
      }
      const { key, scope } = decision;
      setExecuteFn(async (all) => {
        const query = { bound, key, sessionTags: tagsOf(scope), run: runWith(all) };
        const { result, status, token } = await queries.answer(query, progress);
        tell(status, context, token);
        return result;
      });
    },
    onResponse({ request, response }) {
      for (const status of statuses.get(request) ?? []) response.headers.append('Cache-Status', status);
      const token = tokens.get(request);
      if (token) response.headers.set('Lastmile-Token', formatToken(token));
    },
  };
}
