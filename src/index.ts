export { defineConfig, type Settings } from './config/define-config';
export { DIRECTIVES_SDL } from './schema/directives';
export type { LastmileOptions } from './plugin/options';
export { openRegion, type PluginRegion as Region, type RegionOptions } from './plugin/region';
export { createRegionalCache, type RegionalCacheOptions } from './plugin/regional-cache';
export { useLastmile } from './plugin/use-lastmile';
export type { CacheStatus } from './report/cache-status';
export { REASONS, type Reason } from './report/reason';
export { LastmileError } from './report/error';

/**
 * Lastmile as a library: the gateway's caching inside your own Yoga or Envelop server. See the README for the gateway.
 *
 *   const region = openRegion({ redisUrl: 'redis://127.0.0.1:6379' });
 *   const yoga = createYoga({ schema, plugins: [useLastmile({ region })] });
 */
