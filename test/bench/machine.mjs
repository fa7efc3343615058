import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';
import { findRedis, ROOT } from './kit.mjs';
import { GENERATOR } from './load/load.mjs';
import { PINNING } from './process/cores.mjs';

/** What the figures depend on besides the code. */
export async function describeMachine(args) {
  const redis = await findRedis();
  return {
    date: new Date().toISOString(),
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    commit: said('git', ['-C', ROOT, 'rev-parse', '--short', 'HEAD']),
    processor: /model name\s*: (.*)/.exec(read('/proc/cpuinfo'))?.[1] ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    redis: /v=(\S+)/.exec(said(redis.path, ['--version'], redis.env))?.[1] ?? 'unknown',
    load: GENERATOR,
    cpus: PINNING,
  };
}

function said(command, args, env = {}) {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, ...env },
    }).trim();
  } catch {
    // It only describes: a copy of the project without its history is measured all the same.
    return 'unknown';
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Not Linux.
    return '';
  }
}
