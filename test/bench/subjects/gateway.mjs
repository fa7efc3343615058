import { join } from 'node:path';
import { answers } from '../process/answers.mjs';
import { start } from '../process/child.mjs';
import { freePort } from '../process/project.mjs';
import { SCHEMA_FILE } from '../workload/shop.mjs';

/**
 * Lastmile as `lastmile serve` starts it, with default settings but for what a row says.
 * @param {{ redis?: boolean, settings?: Record<string, string> }} mode redis: a region's own, for log and entries
 */
export function startGateway({ redis = false, settings = {} }) {
  return async (world, name) => {
    const [port, adminPort] = [await freePort(), await freePort()];
    const region = redis ? { REDIS_URL: (await world.redis(name)).url } : {};
    const child = start(name, world.role, process.execPath, [join(world.gatewayFolder, 'main.js'), 'serve'], {
      env: {
        HOST: '127.0.0.1',
        PORT: String(port),
        ADMIN_PORT: String(adminPort),
        UPSTREAM_URL: world.upstream,
        SCHEMA: SCHEMA_FILE,
        LOG_LEVEL: 'warn',
        ...region,
        ...settings,
        ...world.settings,
      },
    });
    await answers(child, async () => {
      const ready = await fetch(`http://127.0.0.1:${adminPort}/health/ready`).catch(() => undefined);
      return ready?.status === 200;
    });
    return { child, port, adminPort };
  };
}
