/**
 * Runs a measurement: node --expose-gc test/purge/measure.cjs <table | log>
 * The figures are of this machine at this moment; compare them with each other, in one run.
 */
const { readFileSync } = require('node:fs');
const { cpus } = require('node:os');
const { join } = require('node:path');
const { transformSync } = require('@swc/core');

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  });
  // What Node's own loader of .js files calls; there is no other way to hand it a text.
  module['_compile'](code, filename);
};

const what = process.argv[2] ?? 'table';
console.log(
  `${what}: Node ${process.version}, ${cpus().length} x ${cpus()[0].model}, ${new Date().toISOString().slice(0, 10)}`,
);
require(join(__dirname, `${what}.measure.ts`));
