import type { Log } from '../report/log';
import { LastmileError } from '../report/error';
import { faultFields } from '../report/fault-fields';
import { formatFinding, SchemaError } from '../schema/schema-error';
import type { LookCause, Look, SchemaKeeper } from '../schema/schema-keeper';

/**
 * Tells the log what looks at the schema came to: a change once, and what stands in the way of one once for each cause,
 * with what to do about it. Before there is any schema, each time: the gateway is not ready meanwhile.
 */
export function tellLooks(
  log: Pick<Log, 'info' | 'warn' | 'debug'>,
  schema: () => Pick<SchemaKeeper, 'kept'>,
): (look: Look, cause: LookCause, nextInMs: number | undefined) => void {
  let told = '';
  return (look, cause, nextInMs) => {
    const version = schema().kept?.version;
    if (!('error' in look)) {
      if (look.kind === 'changed') log.info({ cause, version }, 'the schema was read and is in use');
      else if (told !== '')
        log.info({ cause, version }, 'the schema is accepted again, and is as it was before');
      told = '';
      return;
    }
    const { error } = look;
    // What cannot be reached is told of as an outage.
    if (error instanceof LastmileError && /^UPSTREAM_(UNREACHABLE|TIMEOUT)$/.test(error.code)) return;
    const isNew = version === undefined || error.message !== told;
    told = error.message;
    log[isNew ? 'warn' : 'debug'](
      { ...about(error), cause, ...(version !== undefined && { inUse: version }), nextInMs },
      `${sentence(look, error, nextInMs)}${version === undefined ? '' : '; the previous one stays in use'}`,
    );
  };
}

function about(error: Error): Record<string, unknown> {
  if (error instanceof SchemaError) return { findings: error.findings.map(formatFinding) };
  return faultFields(error);
}

function sentence({ kind }: Look, error: Error, nextInMs: number | undefined): string {
  if (kind === 'refused') return 'the schema is refused, see its findings for what to correct';
  if (error instanceof LastmileError && error.code === 'INTROSPECTION_REFUSED')
    return nextInMs === undefined
      ? 'upstream refuses introspection, so only a changed file, SIGHUP or POST /reload makes the gateway ask again'
      : 'upstream refuses introspection; the gateway asks again';
  return 'the schema could not be read';
}
