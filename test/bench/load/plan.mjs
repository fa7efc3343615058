import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runFolder } from '../process/run-folder.mjs';
import { FRESH, wireText } from '../workload/requests.mjs';

let plans = 0;

/**
 * Writes a workload down for a load generator: all requests as they go over the wire, one after the other, and a text
 * that says how long each is and in which order they are sent.
 * @returns {string} a path without its endings `.wire` and `.plan`
 */
export function writePlan({ requests, order }) {
  const path = join(runFolder(), `workload-${plans++}`);
  const texts = requests.map((request) => Buffer.from(wireText(request)));
  const isFresh = texts.some((text) => text.includes(FRESH));
  writeFileSync(`${path}.wire`, Buffer.concat(texts));
  const sent = order ?? texts.keys();
  const numbers = [isFresh ? 1 : 0, texts.length, ...texts.map((text) => text.length)];
  writeFileSync(`${path}.plan`, `${numbers.join('\n')}\n${Array.from(sent).join('\n')}\n`);
  return path;
}
