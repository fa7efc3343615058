import { readFileSync } from 'node:fs';
import { FRESH, freshText } from '../workload/requests.mjs';

/**
 * Reads a workload that plan.mjs wrote down.
 * @param {string} path @param {number} first where in its order to begin
 * @returns {() => string} the next request, as latin1 text of its bytes
 */
export function readPlan(path, first) {
  const wire = readFileSync(`${path}.wire`, 'latin1');
  const numbers = readFileSync(`${path}.plan`, 'latin1').trim().split('\n').map(Number);
  const isFresh = numbers[0] === 1;
  const count = numbers[1];
  const texts = [];
  let offset = 0;
  for (const length of numbers.slice(2, 2 + count)) {
    texts.push(wire.slice(offset, offset + length));
    offset += length;
  }
  const order = numbers.slice(2 + count);
  let position = first;
  return () => {
    const text = texts[order[position % order.length]];
    const number = position++;
    return isFresh && text.includes(FRESH) ? freshText(text, number) : text;
  };
}
