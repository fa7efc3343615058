import { isObjectType, type GraphQLInterfaceType, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { indexOfWords, wordsOf } from './name-words';

/** Words in a name that mean the current user. */
const ASKERS: readonly (readonly string[])[] = [
  ['viewer'],
  ['me'],
  ...['user', 'viewer', 'customer'].map((word) => ['current', word]),
  ['authenticated', 'user'],
  ['logged', 'in', 'user'],
  ['signed', 'in', 'user'],
];

/** Words behind one that make a figure or a thing of it: `viewerCount`, `viewerUrl`. */
const OF_A_THING = new Set(['count', 'counts', 'total', 'link', 'type', 'uri', 'url', 'version']);

/** Words before one: `isViewer`, `likedByMe`, `savedForViewer`; with these also any in -ing, as in `isFollowingViewer`. */
const LEADING = new Set(['by', 'for', 'from', 'is', 'of', 'to', 'with']);

/**
 * Whether a field's name alone says that it depends on the user: `viewerHasLiked`, `currentUserCanEdit`,
 * `likedByMe`, `myRating`. A name is no proof: `isLiked` may depend on the user as well, and is not among them.
 */
export function isOfViewer(name: string): boolean {
  const words = wordsOf(name);
  const [first, second] = words;
  if (first === 'my') return second !== undefined && second !== 'sql';
  return ASKERS.some((asker) => {
    const at = indexOfWords(words, asker);
    // `viewers` are those of a stream.
    if (at < 0 || words[at + asker.length - 1] !== asker.at(-1)) return false;
    const before = words[at - 1];
    const behind = words[at + asker.length];
    if (at > 0) return before !== undefined && (LEADING.has(before) || before.endsWith('ing'));
    // `meCanEdit` is no English: it stands alone.
    return asker[0] === 'me' ? behind === undefined : behind === undefined || !OF_A_THING.has(behind);
  });
}

/** Where one declaration of a field is enough: of its type and the interfaces that have the field, the one most types are of. */
export function holderOf(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  field: string,
): GraphQLObjectType | GraphQLInterfaceType {
  const members = (one: GraphQLObjectType | GraphQLInterfaceType): number =>
    isObjectType(one) ? 1 : schema.getPossibleTypes(one).length;
  return type
    .getInterfaces()
    .filter((parent) => parent.getFields()[field])
    .reduce<GraphQLObjectType | GraphQLInterfaceType>(
      (most, parent) => (members(parent) > members(most) ? parent : most),
      type,
    );
}
