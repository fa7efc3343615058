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
import { schemaVersion } from '../schema/schema-keeper';
import type { Plugin } from 'graphql-yoga';
import { REFUSED_CODES } from '../config/refused-codes';
import { formatCacheStatus, type CacheStatus } from '../report/cache-status';
import { bind } from '../operation/bound-operation';
import { formatPosition, type Position } from '../purge/position';
import type { LastmileOptions } from './options';
import { mutate } from './mutations';
import { PluginQueries } from './queries';
import { decideInPlugin, requestOf, ruleSettingsOf, tokenProgressIn } from './request';

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
  readonly #known = new WeakMap<DocumentNode, Map<string, Operation | undefined>>();

  /** @param defaultMaxAge seconds, for root fields that say nothing */
  constructor(schema: GraphQLSchema, defaultMaxAge: number) {
    // Entries of a plugin are never those of a gateway, although both may know the same schema.
    const version = schemaVersion(schema, JSON.stringify(['plugin', defaultMaxAge]));
    this.knowledge = { schema, rules: readRules(schema, { defaultMaxAge }), version };
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

type Execute = (args: ExecutionArgs) => unknown;

/**
 * The gateway's caching inside a Yoga or Envelop server: answers kept per region, purged across regions by the mutations
 * that pass here and by gateways on the same purge log. A hit is answered before anything is executed.
 *
 * Put it last among the plugins: it replaces the function that executes. It keeps every promise of the gateway about
 * truth (P01 to P22) and privacy (P30 to P35), but for what stale serving would need: nothing stale is ever served here.
 * Unlike the gateway it runs resolvers, so a shared answer is made with the context of whoever asked first: see
 * {@link LastmileOptions.vary}.
 *
 * On Yoga the response says what happened in `Cache-Status`, and a mutation's has a `Lastmile-Token`.
 */
export function useLastmile<Context = Record<string, unknown>>(options: LastmileOptions<Context>): Plugin {
  const { region, defaultMaxAge = 0, tokenWaitMs = 100 } = options;
  const mutations = {
    region,
    unknownMutations: options.unknownMutations ?? 'warn',
    refusedCodes: new Set(options.refusedCodes ?? REFUSED_CODES),
    silentMutation: options.silentMutation ?? (() => {}),
  } as const;
  const queries = new PluginQueries(region, tokenWaitMs);
  const settings = ruleSettingsOf(options);
  const headers = new WeakMap<Request, Headers>();
  let documents: KnownDocuments | undefined;

  function tell(status: CacheStatus, context: unknown, position?: Position): void {
    options.observe?.(status, context as Context);
    const request = requestOf(context);
    if (!request) return;
    const said = headers.get(request) ?? new Headers();
    // One for each operation of a batch.
    said.append('Cache-Status', formatCacheStatus(`lastmile-${region.name}`, status));
    if (position) said.set('Lastmile-Token', formatPosition(position));
    headers.set(request, said);
  }

  return {
    onSchemaChange({ schema }) {
      documents = new KnownDocuments(schema, defaultMaxAge);
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
      if (operation.kind === 'mutation') {
        setExecuteFn(async (all) => {
          const { result, position } = await mutate(bound, {
            ...mutations,
            run: runWith(all),
            ask: async ({ document, variables }) =>
              (await (executeFn as Execute)({
                ...all,
                document,
                variableValues: variables,
                operationName: undefined,
              })) as ExecutionResult,
          });
          tell({ kind: 'forwarded', fwd: 'method', why: 'mutation' }, context, position);
          return result;
        });
        return;
      }
      const decision = decideInPlugin(bound, context as Context, options, settings);
      if (decision.kind === 'bypass') {
        tell({ kind: 'forwarded', fwd: 'bypass', why: decision.why }, context);
        return;
      }
      const progress = tokenProgressIn(context, region);
      const hit = queries.hit(decision.key, progress);
      if (hit) {
        tell(hit.status, context);
        setResultAndStopExecution(hit.result);
        return;
      }
      setExecuteFn(async (all) => {
        const { result, status } = await queries.answer(bound, decision.key, progress, runWith(all));
        tell(status, context);
        return result;
      });
    },
    onResponse({ request, response }) {
      for (const [name, value] of headers.get(request) ?? []) response.headers.append(name, value);
    },
  };
}
