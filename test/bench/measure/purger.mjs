import { fileURLToPath } from 'node:url';
import { startNode } from '../process/child.mjs';

/**
 * Starts a process that purges tags nobody's entries carry, at a constant rate, through the gateway's own log.
 * @param {string} name whose Redis
 */
export async function startPurger(world, name, perSecond) {
  const { url } = await world.redis(name);
  const file = fileURLToPath(new URL('../load/purger.mjs', import.meta.url));
  const { child } = await startNode('purger', 'load', file, {
    url,
    perSecond,
    gatewayFolder: world.gatewayFolder,
  });
  return world.add(child);
}
