/** What the benchmark borrows from the project's own tests, which are TypeScript. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const require = createRequire(import.meta.url);
require('../../kit/typescript-hook.cjs');

/** @type {() => Promise<number>} */
export const freePort = require('../../kit/free-port.ts').freePort;

/** @type {() => Promise<{ path: string, env: Record<string, string> }>} */
export const findRedis = require('../../kit/redis-binary.ts').findRedis;
