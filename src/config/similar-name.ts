/** Names shorter than this are like too many others, as HOST is like POST. */
const SHORTEST_GUESSED = 5;

/** Names of at least this length may differ in two places. */
const LONG = 9;

/** The name that was probably meant, when a name is not one of those known. */
export function similarName<Name extends string>(name: string, known: readonly Name[]): Name | undefined {
  const wanted = name.toUpperCase().replace(/^LASTMILE_/, '');
  const same = known.find((candidate) => candidate === wanted);
  if (same !== undefined) return same;
  let nearest: Name | undefined;
  let least = Infinity;
  for (const candidate of known) {
    const tolerated = candidate.length < SHORTEST_GUESSED ? 0 : candidate.length < LONG ? 1 : 2;
    if (Math.abs(candidate.length - wanted.length) > tolerated) continue;
    const distance = editDistance(wanted, candidate);
    if (distance > tolerated || distance >= least) continue;
    nearest = candidate;
    least = distance;
  }
  return nearest;
}

/** Letters to insert, delete, replace, or swap with their neighbour: the optimal string alignment distance. */
function editDistance(from: string, to: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          at(last, column - 1) + (isSame ? 0 : 1),
          isSwapped ? at(beforeLast, column - 2) + 1 : Infinity,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(distances: readonly number[], index: number): number {
  return distances[index] ?? Infinity;
}
