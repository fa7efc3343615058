import { getNamedType, isEnumType, isLeafType, type GraphQLArgument, type GraphQLField } from 'graphql';
import { indexOfWords, joinedWords, wordsOf } from './name-words';

const joined = (names: string) => new Set(names.split(/\s+/));

/** How many there are of all; an argument that filters them changes that. */
const COUNTS =
  joined(`count total totalcount totalitems totalresults totalrecords totalelements totaldocs totalhits
  totalnodes itemcount itemscount nodescount allcount countall numberof size length totalpages pagecount pages lastpage`);

/** Where in a list a page of it stands. */
const PLACES =
  joined(`page pagenumber pagesize perpage currentpage nextpage previouspage prevpage firstpage limit offset
  skip take cursor startcursor endcursor hasnextpage haspreviouspage hasprevpage hasnext hasprevious hasprev hasmore
  hasmorepages`);

/** Arguments that choose a page of a list. */
const PAGE =
  joined(`first last after before limit offset skip take page perpage pagesize pagenumber size cursor start
  paging pagination`);

/** Arguments that order it. */
const ORDER = joined(
  'order orderby orderdirection ordering sort sortby sortfield sortorder sorting direction',
);

/** Arguments that have values counted, and not what has them: `count(columns: [likes], distinct: true)`. */
const COUNTED = joined(
  'distinct distincton distinctby unique uniqueby column columns field fields property properties by on',
);

/** What is computed of values, which may be called anything: `sum { count }`. */
const AGGREGATES = joined('sum avg average mean median min minimum max maximum stddev variance var');

/**
 * Whether a plain value about a list changes only with the list's members: a count of all of them, or a page's place.
 * @param about the types of the members, where nothing but its name or filter tells of them: `postCount`
 */
export function isPagingValue(
  name: string,
  isFiltered: boolean,
  about: readonly { readonly name: string }[],
): boolean {
  let words = wordsOf(name);
  for (const type of about) {
    const others = wordsOf(type.name);
    const at = indexOfWords(words, others);
    if (at >= 0) words = words.toSpliced(at, others.length);
  }
  const word = words.join('');
  // `postTotal` may be a sum.
  const isCount = about.length > 0 ? word.includes('count') || word === 'numberof' : true;
  return PLACES.has(word) || (!isFiltered && isCount && COUNTS.has(word));
}

/** Whether a field holds what was computed of values, by its name. */
export function isAggregate(name: string): boolean {
  return wordsOf(name).some((word) => AGGREGATES.has(word) || AGGREGATES.has(word.replace(/s$/, '')));
}

/**
 * Whether what a field counts, or what is counted below it, are values rather than what has them, as its arguments say: by their
 * names, or by an enum, which names columns to a field that is a count itself. Then how many there are changes with the values.
 * @param isGiven whether a request uses an argument; default: any of them may be
 */
export function countsValues(
  { args, type }: GraphQLField<unknown, unknown>,
  isGiven: (argument: GraphQLArgument) => boolean = () => true,
): boolean {
  const isLeaf = isLeafType(getNamedType(type));
  return args.some(
    (argument) =>
      (COUNTED.has(joinedWords(argument.name)) || (isLeaf && isEnumType(getNamedType(argument.type)))) &&
      isGiven(argument),
  );
}

/** Whether an argument chooses a page of a list, by its name. */
export function isPageArgument(name: string): boolean {
  return PAGE.has(joinedWords(name));
}

/** Whether an argument leaves alone how many there are of all, by its name. */
export function isNoFilter(name: string): boolean {
  return isPageArgument(name) || ORDER.has(joinedWords(name));
}
