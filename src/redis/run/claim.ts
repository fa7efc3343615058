import type { Log } from '../../report/log';
import type { Address } from '../accounts';
import { withRedis } from './one-shot';

/**
 * What a candidate says of itself.
 *
 *   primary  a primary answers there
 *   none     nobody listens there, or a replica answers
 *   silent   no telling: no answer in time, or an answer that is none of ours
 */
export type Claim = 'primary' | 'none' | 'silent';

/** Asks a candidate. Never throws. */
export async function askClaim(
  address: Address,
  secret: string,
  timeoutMs: number,
  log: Pick<Log, 'debug'>,
): Promise<Claim> {
  try {
    const [role] = await withRedis(address, { secret, account: 'supervisor' }, timeoutMs, (redis) =>
      redis.role(),
    );
    return role === 'master' ? 'primary' : 'none';
  } catch (error) {
    // The machine is there, and says that nobody listens.
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return 'none';
    log.debug({ err: error, host: address.host }, 'a machine that may run the primary could not be asked');
    return 'silent';
  }
}
