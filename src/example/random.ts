/**
 * A seeded source of numbers from 0 up to 1, so that the example's data is the same in every process: mulberry32, a
 * public-domain generator. Good enough to look varied; never for secrets.
 */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of a list's elements. @throws RangeError when the list is empty */
export function pick<Element>(random: () => number, from: readonly Element[]): Element {
  const picked = from[Math.floor(random() * from.length)];
  if (picked === undefined) throw new RangeError('Nothing can be picked from an empty list.');
  return picked;
}
