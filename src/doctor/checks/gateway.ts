import { SWITCHED_ON } from '../../purge/cache-order';
import { error, ok, warning, type Observation, type OptionsCheck } from '../check';

/** Milliseconds a gateway on this machine has to answer. */
const PATIENCE_MS = 2_000;

/** A connection made just now may lead elsewhere than those a gateway has had for days: so it is asked itself. */
export const GATEWAY_CHECKS: readonly OptionsCheck[] = [
  {
    id: 'gateway',
    title: 'does the gateway that runs here serve from its cache',
    run: async ({ admin, http }) =>
      admin.port === undefined || admin.port === 0 ? [] : [await ask(`${hostOf(http?.host)}:${admin.port}`)],
  },
];

/** @param at host and port of its admin port */
async function ask(at: string): Promise<Observation> {
  let text: string;
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    text = await (await fetch(`http://${at}/health/ready`, { redirect: 'manual', signal })).text();
  } catch {
    return ok(`nothing to ask: no gateway runs here, as nothing answers at its admin port, ${at}`);
  }
  const [, state, reason] = /^(?:not )?ready: (\w+) \(([\w-]+)\)/.exec(text) ?? [];
  if (state === undefined)
    return warning(`what answers at ${at} is no gateway`, 'Check ADMIN_PORT, and what else uses that port.');
  const notes = text.trim().split('; ').slice(1);
  const unread = notes.find((note) => note.startsWith('the schema'));
  if (unread !== undefined)
    return error(
      `the gateway at ${at} answers nothing: ${unread}`,
      'See the warnings in its log, and what is said here of the API and the schema.',
    );
  const off = notes.find((note) => note.startsWith('the cache is off'));
  if (off !== undefined)
    return warning(
      `the gateway at ${at} serves ${off.startsWith('the cache is off for') ? 'not everything' : 'nothing'} from its cache: ${off}`,
      `To end that: ${SWITCHED_ON}`,
    );
  if (state === 'proven' || state === 'cold')
    return ok(`the gateway at ${at} serves from its cache (${state})`);
  return error(
    `the gateway at ${at} serves nothing from its cache: ${state} (${reason})`,
    'See the warnings in its log. If all else here is ok, it may still use a connection from before a failover, which it gives up within seconds: ask again.',
  );
}

/** Who listens at all addresses listens at this one. */
function hostOf(host: string | undefined): string {
  if (host === undefined || host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
