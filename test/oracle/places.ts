/** Which fields of the schema two answers to one question differ at. */
import type { AnswerWalk } from './answer-walk';
import type { Reply } from './ask';
import { differences, Digits, isList, isMembers, type Lossless, type Path } from './lossless';
import type { Difference } from './tally';

export interface Places {
  /** in the data; none when the answers differ in their errors alone */
  readonly paths: readonly Path[];
  /** for each difference the coordinates (`Type.field`) on the way to it, one at least */
  readonly ways: readonly (readonly string[])[];
  /** the coordinates by which the difference is counted */
  readonly keys: readonly string[];
}

/**
 * A stale answer is so as a whole, for one reason: it is counted by the deepest field that holds all its differences, one
 * for each root field. What an addition changes is each field by itself.
 */
export function placesOf(walk: AnswerWalk, served: Reply, straight: Reply, difference: Difference): Places {
  const paths = differences(served.data, straight.data);
  const ways = waysOf(walk, paths);
  if (ways.length === 0) ways.push(errorWay(walk, served.errors ?? straight.errors));
  const common = waysOf(walk, commonPaths(paths));
  const counted = difference === 'stale' && common.length > 0 ? common : ways;
  return { paths, ways, keys: counted.map((way) => way.at(-1) ?? '(whole answer)') };
}

function waysOf(walk: AnswerWalk, paths: readonly Path[]): string[][] {
  return paths.map((path) => walk.coordinates(path)).filter((way) => way.length > 0);
}

/** Of each root field that differs, the deepest place that holds all its differences: one object that is another, one list. */
function commonPaths(paths: readonly Path[]): Path[] {
  const places = new Map<string | number | undefined, Path>();
  for (const path of paths) {
    const known = places.get(path[0]);
    const length = known?.findIndex((key, index) => key !== path[index]) ?? -1;
    places.set(path[0], known ? (length < 0 ? known : known.slice(0, length)) : path);
  }
  return [...places.values()];
}

/** Where the first error of an answer stands. */
function errorWay(walk: AnswerWalk, errors: Lossless | undefined): string[] {
  const [first] = isList(errors) ? errors : [];
  const path = isMembers(first) ? first.get('path') : undefined;
  const keys = isList(path)
    ? path.map((key) => (key instanceof Digits ? Number(key.text) : String(key)))
    : [];
  return walk.coordinates(keys);
}
