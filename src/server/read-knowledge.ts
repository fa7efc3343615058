import { VERSION } from '../config/version';
import type { Source } from 'graphql';
import { type Config, gatewaySecret } from '../config/config';
import { digestOfHeaders } from '../config/header-digest';
import { sessionHeader, sessionText } from '../config/headers';
import { EXAMPLE_SCHEMA_FILES } from '../example/schema';
import type { Knowledge } from '../operation/operation';
import { readRules } from '../policy/rules';
import { createHttpUpstream } from '../upstream/http-upstream';
import { INTROSPECTION_LIMITS, Introspector } from '../schema/introspect';
import { loadSchema, type LoadedSchema } from '../schema/load-schema';
import type { ExplainSettings } from '../explain/explain';

/** What a gateway with some configuration would know, without one being started. */
export interface GatewayKnowledge {
  readonly knowledge: Knowledge;
  /** the operator's files */
  readonly sources: readonly Source[];
}

/**
 * Reads the schema a gateway with this configuration would work with, and contacts only its upstream.
 * @throws SchemaError when the operator's files are wrong; LastmileError when upstream cannot be asked for its schema
 */
export async function readKnowledge(config: Config): Promise<GatewayKnowledge> {
  const { schema, sources } = await readSchema(config);
  const rules = readRules(schema, config.policy);
  return { knowledge: { schema, rules, configuration: configurationOf(config) }, sources };
}

/** The configuration that answers or their policy depend on: entries made under another one are never served (P16). */
export function configurationOf(config: Config): string {
  const { policy, upstream, session } = config;
  const headers = digestOfHeaders(upstream.headers, gatewaySecret(config));
  return JSON.stringify([VERSION, policy, upstream.url, session && sessionText(session), headers]);
}

export function settingsOf({ cache, limits, log, policy, upstream, session }: Config): ExplainSettings {
  return {
    serve: true,
    without: cache.without,
    limits,
    logged: log.operations?.sample ?? 0,
    vary: policy.vary,
    forward: upstream.forwardHeaders,
    session: session && sessionText(session),
    sessionHeader: session && sessionHeader(session),
    sharesAmongSessions: policy.sharesAmongSessions,
  };
}

async function readSchema({ upstream }: Config): Promise<LoadedSchema> {
  const { url, schema: patterns, headers, schemaHeaders } = upstream;
  if (url === undefined) return loadSchema({ patterns: patterns ?? EXAMPLE_SCHEMA_FILES });
  const asker = createHttpUpstream({ url, headers, ...INTROSPECTION_LIMITS });
  try {
    const introspector = new Introspector(asker, schemaHeaders);
    return await loadSchema({ patterns: patterns ?? [], introspect: () => introspector.read() });
  } finally {
    await asker.close();
  }
}
