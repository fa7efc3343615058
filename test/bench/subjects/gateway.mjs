import { startServing } from '../kit.mjs';
import { startOn } from '../process/child.mjs';
import { SCHEMA_FILE } from '../workload/shop.mjs';

/**
 * Lastmile as `lastmile serve` starts it, with default settings but for what a row says.
 * @param {{ redis?: boolean, settings?: Record<string, string> }} mode redis: a region's own, for log and entries
 */
export function startGateway({ redis = false, settings = {} }) {
  return async (world, name) => {
    const region = redis ? { REDIS_URL: (await world.redis(name)).url } : {};
    const env = {
      NODE_ENV: 'production',
      UPSTREAM_URL: world.upstream,
      SCHEMA: SCHEMA_FILE,
      LOG_LEVEL: 'warn',
      ...region,
      ...settings,
      ...world.settings,
    };
    return startServing(env, { name, built: world.gatewayFolder, start: startOn(world.role) });
  };
}
