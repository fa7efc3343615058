/** What the benchmark has in common with the project's tests, which are TypeScript. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const require = createRequire(import.meta.url);
require('../kit/typescript-hook.cjs');

/** @type {typeof import('../kit/child')} */
export const { Child } = require('../kit/child.ts');
/** @type {typeof import('../kit/folder')} */
export const { temporaryFolder } = require('../kit/folder.ts');
/** @type {typeof import('../kit/lastmile')} */
export const { startServing } = require('../kit/lastmile.ts');
/** @type {typeof import('../kit/markdown')} */
export const { markdownTable } = require('../kit/markdown.ts');
/** @type {typeof import('../kit/nginx')} */
export const { startNginxWith } = require('../kit/nginx.ts');
/** @type {typeof import('../kit/processor-time')} */
export const { cpuSeconds, inSeconds } = require('../kit/processor-time.ts');
/** @type {typeof import('../kit/random')} */
export const { seededRandom } = require('../kit/random.ts');
/** @type {typeof import('../kit/redis-binary')} */
export const { findRedis } = require('../kit/redis-binary.ts');
/** @type {typeof import('../kit/redis-server')} */
export const { startRedis } = require('../kit/redis-server.ts');
/** @type {typeof import('../kit/statistics')} */
export const { median, ratio, spread } = require('../kit/statistics.ts');
/** @type {typeof import('../kit/svg')} */
export const svg = require('../kit/svg.ts');
/** @type {typeof import('../kit/zipf')} */
export const { Zipf } = require('../kit/zipf.ts');
