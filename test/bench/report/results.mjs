import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chart } from './chart.mjs';
import { markdown } from './markdown.mjs';

const FOLDER = fileURLToPath(new URL('../results/', import.meta.url));

/** A quick look never takes the place of a measurement. */
function filesOf({ quick }) {
  return {
    markdown: quick ? 'quick.md' : 'latest.md',
    json: quick ? 'quick.json' : 'latest.json',
    chart: quick ? 'quick.svg' : 'chart.svg',
  };
}

/** The rows of the last run; none when there was none. */
export function readResults(options) {
  try {
    return JSON.parse(readFileSync(join(FOLDER, filesOf(options).json), 'utf8')).rows;
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** @returns {string[]} the files, as seen from the project's folder */
export function writeResults(results, options) {
  const files = filesOf(options);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, files.json), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(FOLDER, files.markdown), markdown(results));
  writeFileSync(join(FOLDER, files.chart), chart(results));
  return Object.values(files).map((name) => `test/bench/results/${name}`);
}
