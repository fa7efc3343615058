import { getHeapStatistics } from 'node:v8';
import { errorsOfSchema } from '../check/check-schema';
import type { Config } from '../config/config';
import { Plans } from '../gateway/parts/plan';
import { SchemaSnapshot } from '../gateway/schema-snapshot';
import { Catalogue } from '../operation/catalogue';
import { howToKeep, isAnythingKept } from '../policy/anything-kept';
import { readRules } from '../policy/rules';
import { mutationsThatPurgeNothing } from '../policy/touched-types';
import { typeOf } from '../purge/tag';
import { LATE_COMMITS } from '../region/region';
import { faultFields } from '../report/fault-fields';
import type { Log } from '../report/log';
import type { KeptSchema } from '../schema/schema-keeper';
import { createYogaRunner, type YogaRunnerParts } from '../yoga/yoga';
import { placesOf } from './places';
import { configurationOf } from './read-knowledge';

/** Bytes for what is known of operations, and for raw requests seen before: bounded whatever arrives (P46). */
const CATALOGUE_BYTES = 64 * 2 ** 20;
/** About 90,000 requests of 200 bytes; less where the engine's heap, in which they lie, is small. */
const MEMO_BYTES = Math.min(64 * 2 ** 20, Math.floor(getHeapStatistics().heap_size_limit / 16));

/** Everything that is rebuilt when the schema changes. */
export function createSnapshot(
  config: Config,
  log: Log,
  { schema, sources }: KeptSchema,
  {
    refusedByUpstream,
    answersOnlyAsWritten,
    purged,
    ...parts
  }: Pick<YogaRunnerParts, 'upstream' | 'merged' | 'repeated'> &
    Pick<YogaRunnerParts['report'], 'refusedByUpstream' | 'answersOnlyAsWritten' | 'purged'>,
): SchemaSnapshot {
  const rules = readRules(schema, config.policy);
  if (!isAnythingKept(schema, rules)) {
    log.warn(
      { variable: 'SCHEMA', remedy: 'see `lastmile check`' },
      `nothing can be cached: no type and no field has a maxAge. ${howToKeep(sources.map(({ name }) => name))}`,
    );
  }
  const [first, ...others] = rules.cutByLimit;
  if (first !== undefined)
    log.warn(
      { field: first, others: others.length, maxAgeLimit: rules.maxAgeLimit },
      'a maxAge, with its swr, is beyond MAX_AGE_LIMIT and counts as that: lower it, or raise MAX_AGE_LIMIT',
    );
  for (const { type, field } of mutationsThatPurgeNothing(schema, rules)) {
    log.warn(
      { field: `${type.name}.${field.name}` },
      'this mutation yields nothing to purge: see `lastmile check`',
    );
  }
  // What follows from the rest of the schema `lastmile check` says: that takes longer than may be taken where requests wait.
  for (const { code, file, line, column, coordinate, message, remedy } of errorsOfSchema(
    schema,
    rules,
    sources,
  )) {
    const place = file === undefined ? coordinate : `${file}:${line}:${column}`;
    log.warn({ code, place, remedy }, message);
  }
  const yoga = createYogaRunner({
    ...parts,
    schema,
    settings: {
      unknownMutations: config.policy.unknownMutations,
      refusedCodes: new Set(config.policy.refusedCodes),
    },
    logger: {
      debug: () => {},
      info: (...all) => log.info(all.map(String).join(' ')),
      warn: (...all) => log.warn(all.map(String).join(' ')),
      error: (...all) => log.error({ err: all[0] }, 'a resolver failed'),
    },
    report: {
      silentMutation: (field) =>
        log.warn({ field: `Mutation.${field}` }, 'a mutation ran and yielded nothing to purge'),
      refusedByUpstream,
      answersOnlyAsWritten,
      purged,
      unanswered: (fields, tags) =>
        log.warn(
          {
            fields: fields.map((field) => `Mutation.${field}`),
            types: [...new Set(tags.flatMap((tag) => typeOf(tag) ?? []))].slice(0, 20),
          },
          'a mutation returned no answer: in case upstream still makes the change, what it touches is purged again for ' +
            `${(LATE_COMMITS * config.upstream.timeoutMs) / 1000} s`,
        ),
      purgeFailed: (error) =>
        log.warn(
          faultFields(error, placesOf(config).redis?.primary),
          'a purge is not acknowledged; it is being retried',
        ),
    },
  });
  const knowledge = { schema, rules, configuration: configurationOf(config) };
  return new SchemaSnapshot(
    new Catalogue(knowledge, config.limits, CATALOGUE_BYTES),
    yoga,
    MEMO_BYTES,
    config.cache.inParts ? new Plans(knowledge, config.limits.maxParts) : undefined,
  );
}
