/** @typedef {{ median: number, min: number, max: number }} Spread */

/** @param {readonly number[]} values at least one @returns {Spread} */
export function spread(values) {
  const ascending = [...values].sort((a, b) => a - b);
  const middle = ascending.length >> 1;
  const median =
    ascending.length % 2 === 1 ? ascending[middle] : (ascending[middle - 1] + ascending[middle]) / 2;
  return { median, min: ascending[0], max: ascending.at(-1) };
}

/** Round by round, so that what slowed the machine in one round slowed both. @returns {Spread} */
export function ratio(/** @type {readonly number[]} */ values, /** @type {readonly number[]} */ references) {
  return spread(values.map((value, round) => value / references[round]));
}
