/**
 * Lets a plain Node process load the project's TypeScript, for tests that need a process of their own:
 *
 *   node --require test/kit/typescript-hook.cjs test/cache/memory-probe.ts
 */
const { readFileSync } = require('node:fs');
const { transformSync } = require('@swc/core');

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  // oxlint-disable-next-line no-underscore-dangle -- what Node's own loaders call
  module._compile(code, filename);
};
