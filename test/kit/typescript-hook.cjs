/**
 * Lets a plain Node process load the project's TypeScript, for tests that need a process of their own:
 *
 *   node --require test/kit/typescript-hook.cjs test/cache/memory-probe.ts
 *
 * What was compiled is kept for the next process: of the start of a gateway that is two fifths.
 */
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { version } = require('@swc/core/package.json');

const KEPT = join(__dirname, '../../node_modules/.cache/typescript-hook');

require.extensions['.ts'] = (module, filename) => {
  const text = readFileSync(filename, 'utf8');
  const kept = join(KEPT, createHash('sha256').update(`${version}\n${text}`).digest('hex'));
  // oxlint-disable-next-line no-underscore-dangle -- what Node's own loaders call
  module._compile(read(kept) ?? keep(kept, compile(text, filename)), filename);
};

function compile(text, filename) {
  // Loaded only where something has changed.
  const { transformSync } = require('@swc/core');
  const { code } = transformSync(text, {
    filename,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  return code;
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Others read and write at the same time, so it is there whole or not at all. */
function keep(file, code) {
  try {
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, code);
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // Then it is compiled again.
  }
  return code;
}
