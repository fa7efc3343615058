import { isAsUsual, SWITCHED_ON, type CacheOrder } from '../purge/cache-order';
import type { CacheSwitch } from '../purge/cache-switch';
import type { Log } from '../report/log';

/** Milliseconds between two lines while it is off: what is forgotten in the morning costs for weeks. */
const AGAIN_MS = 60_000;

/**
 * Says in the log how the cache is switched: when that changes, and each minute while it is not as usual.
 * @returns ends it
 */
export function reportSwitch(
  cacheSwitch: Pick<CacheSwitch, 'current' | 'onChange'>,
  log: Pick<Log, 'info' | 'warn'>,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let said = describeOrder(cacheSwitch.current);
  const say = (): void => {
    const { current } = cacheSwitch;
    const { number: order, serve, without } = current;
    if (isAsUsual(current)) return log.info({ order }, 'the cache is on again');
    log.warn({ order, serve, without, remedy: SWITCHED_ON }, describeOrder(current));
  };
  cacheSwitch.onChange(() => {
    const now = describeOrder(cacheSwitch.current);
    // That the primary has taken it down changes nothing here.
    if (now === said) return;
    said = now;
    clearInterval(timer);
    say();
    if (!isAsUsual(cacheSwitch.current)) timer = setInterval(say, AGAIN_MS).unref();
  });
  return () => clearInterval(timer);
}

/** In a line: `the cache is off`. */
export function describeOrder({ serve, without }: CacheOrder): string {
  const names = without.join(', ');
  if (!serve) return names === '' ? 'the cache is off' : `the cache is off, and by name for ${names}`;
  return names === '' ? 'the cache is on' : `the cache is off for ${names}`;
}
