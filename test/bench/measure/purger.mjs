import { fileURLToPath } from 'node:url';
import { startNode } from '../process/child.mjs';

/**
 * Starts a process that purges tags nobody's entries carry, at a constant rate: see load/purger.mjs, and ask it for another.
 * @param {string} name whose Redis
 */
export async function startPurger(world, name, perSecond = 0) {
  const { url } = await world.redis(name);
  const file = fileURLToPath(new URL('../load/purger.mjs', import.meta.url));
  const { child } = await startNode('purger', 'load', file, {
    url,
    gatewayFolder: world.gatewayFolder,
  });
  await child.ask(perSecond);
  return world.add(child);
}
