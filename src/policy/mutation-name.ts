import type { GraphQLCompositeType } from 'graphql';
import { wordsOf } from './name-words';
import { type TypeNames } from './type-names';

/**
 * What a mutation does to what it is about, as far as its name says: `creates` only what is new; `changes` and `deletes`
 * only what was there before; `either` may do both. Where it says nothing, both have to be reckoned with as well.
 */
export type Effect = 'creates' | 'changes' | 'deletes' | 'either' | 'unknown';

/** What the name of a mutation says. */
export interface MutationName {
  readonly effect: Effect;
  /** the types it names, the one it is about first: `addReviewToProduct` is about Review, and changes a Product too */
  readonly types: readonly GraphQLCompositeType[];
  /** they go by different names, so that a mere `id` may be of any */
  readonly areSeveral: boolean;
}

const WORDS: Readonly<Record<Exclude<Effect, 'unknown'>, string>> = {
  creates: 'create insert',
  changes:
    'activate approve archive assign cancel change close complete deactivate disable edit enable hide modify patch publish rename reopen reorder reset restore show toggle unarchive unassign unpublish update',
  deletes: 'clear delete destroy discard drop erase purge remove trash',
  either:
    'add append attach clone connect copy decrement detach disconnect duplicate generate import increment invite link make mark merge move new overwrite put register replace save set submit swap sync transfer unlink upsert write',
};

const EFFECTS: ReadonlyMap<string, Effect> = new Map(
  Object.entries(WORDS).flatMap(([effect, words]) =>
    words.split(' ').map((word) => [word, effect as Effect] as const),
  ),
);

/**
 * Reads a mutation's name: a verb, and the types that there are. `createPost`, `post_create`, `CreateManyPosts`,
 * `insert_posts_one`, `deletePostById`, `update_posts_by_pk`, `deleteFromPostsCollection`, `productBulkDelete`.
 *
 * What follows `by` names a key and not a type.
 */
export function readMutationName(types: TypeNames, name: string): MutationName {
  const all = wordsOf(name);
  const by = all.indexOf('by');
  const words = by > 0 ? all.slice(0, by) : all;
  for (const verb of verbsOf(words)) {
    const found = typesIn(
      types,
      words.map((word, at) => (at === verb ? undefined : word)),
    );
    if (found.types.length > 0) return { effect: effectOf(words), ...found };
  }
  return { effect: effectOf(words), ...typesIn(types, words) };
}

/** Verbs that say nothing of what becomes of what they are about. None that is a noun as well, as `order` and `checkout` are. */
const OTHERS: ReadonlySet<string> = new Set(
  'accept apply authenticate authorize begin buy calculate compute confirm decline do execute finish follow join leave login logout perform react redeem register reject resend revoke send signin signup start stop subscribe unfollow unlike unsubscribe validate verify'.split(
    ' ',
  ),
);

/** Verbs for what takes other objects along: what hangs on an order that is cancelled, on a user who is blocked. */
const PROCESSES: ReadonlySet<string> = new Set(
  'accept activate apply approve archive ban begin block cancel capture checkout close complete confirm convert deactivate decline disable dismiss duplicate enable end execute expire finish fulfil fulfill hide import lock merge pay perform process publish purchase purge reactivate redeem refund reject release reopen reset resolve restore return revert revoke settle ship split start stop submit suspend swap sync transfer trash unarchive unblock undo unpublish void'.split(
    ' ',
  ),
);

/** Whether a name says that what it is about goes through something that others may go through with it. */
export function isProcess(name: string): boolean {
  return wordsOf(name).some((word) => PROCESSES.has(word));
}

const ORDERS: ReadonlySet<string> = new Set(
  'demote move promote rearrange reorder resequence shuffle sort swap'.split(' '),
);
const CHOICES: ReadonlySet<string> = new Set('default featured pin primary'.split(' '));
const BULK: ReadonlySet<string> = new Set('all batch bulk every many'.split(' '));

/**
 * What a mutation of one object may do to others of its type: give them other places, or take from them what is one's alone.
 * @param types whose own names are not meant: `updatePin`
 */
export function siblingsOf(
  name: string,
  types: readonly { readonly name: string }[],
): 'order' | 'choice' | undefined {
  const own = new Set(types.flatMap((type) => wordsOf(type.name)));
  const words = wordsOf(name).filter((word) => !own.has(word));
  if (words.some((word) => ORDERS.has(word))) return 'order';
  return words.some((word) => CHOICES.has(word)) ? 'choice' : undefined;
}

/** Whether a name says that many are meant: `completeAll(columnId)`. */
export function isBulk(name: string): boolean {
  return wordsOf(name).some((word) => BULK.has(word));
}

/** Whether a name says that something is done. */
export function hasVerb(name: string): boolean {
  const words = wordsOf(name).map((word) => word.replace(/\d+$/, ''));
  return words.some((word) => EFFECTS.has(word) || OTHERS.has(word));
}

/** Whether a name begins with a word for what is done: `clear`, `updateTitle`. */
export function beginsWithVerb(name: string): boolean {
  return EFFECTS.has(wordsOf(name)[0] ?? '');
}

/** Where a verb may stand, the likeliest first: at the beginning, at the end, in between. */
function verbsOf(words: readonly string[]): readonly number[] {
  const verbs = words.flatMap((word, at) => (EFFECTS.has(word) ? [at] : []));
  const rank = (at: number): number => (at === 0 ? 0 : at === words.length - 1 ? 1 : 2);
  return verbs.toSorted((a, b) => rank(a) - rank(b));
}

/** What all its verbs together do: `createOrUpdate` may do either. */
function effectOf(words: readonly string[]): Effect {
  const effects = new Set(verbsOf(words).map((at) => EFFECTS.get(words[at]!)!));
  if (effects.size === 1) return [...effects][0]!;
  return effects.size === 0 ? 'unknown' : 'either';
}

/** The longest runs of words that name types, from left to right. */
function typesIn(
  types: TypeNames,
  words: readonly (string | undefined)[],
): Pick<MutationName, 'types' | 'areSeveral'> {
  const found = new Set<GraphQLCompositeType>();
  let runs = 0;
  for (let start = 0; start < words.length; start++) {
    for (let end = words.length; end > start; end--) {
      const run = words.slice(start, end);
      const named = run.includes(undefined) ? [] : types.named(run as string[]);
      if (named.length === 0) continue;
      runs++;
      for (const type of named) found.add(type);
      start = end - 1;
      break;
    }
  }
  return { types: [...found], areSeveral: runs > 1 };
}
