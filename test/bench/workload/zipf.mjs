/**
 * Draws from 0..count-1, the first the most often: the chance of rank r is proportional to 1 / (r + 1) ^ exponent.
 * By inversion of the cumulated weights, so exact for any exponent.
 * @param {number} count
 * @param {number} draws
 * @param {() => number} random in [0, 1)
 * @param {number} exponent 1 is what traffic to many sites looks like
 * @returns {Uint32Array}
 */
export function zipf(count, draws, random, exponent = 1) {
  const cumulated = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) {
    sum += 1 / (rank + 1) ** exponent;
    cumulated[rank] = sum;
  }
  const drawn = new Uint32Array(draws);
  for (let draw = 0; draw < draws; draw++) drawn[draw] = firstAtLeast(cumulated, random() * sum);
  return drawn;
}

function firstAtLeast(ascending, value) {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The same sequence in every run: a generator of Marsaglia's xorshift family. */
export function repeatable(seed = 0x2545f491) {
  let state = seed >>> 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
