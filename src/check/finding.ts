import { getLocation, Kind, type ASTNode, type Source } from 'graphql';

/** error: not what was meant, or not safe. warning: probably not what was meant. note: good to know. */
export type Severity = 'error' | 'warning' | 'note';

/** Everything `lastmile check` can find in a schema: how bad it is, what it means, and what to do. `lastmile docs` prints it too. */
export const FINDINGS = {
  'unreadable-argument': [
    'error',
    'a value in a directive has another type than its argument',
    'Write a literal of the type that the directive declares.',
  ],
  'negative-seconds': ['error', 'a number of seconds is below 0', 'Write 0 or more; it is taken as 0.'],
  'contradictory-max-age': [
    'warning',
    '@cacheControl has both maxAge and inheritMaxAge',
    'Remove one of them; inheritMaxAge wins.',
  ],
  'repeated-directive': [
    'warning',
    '@cacheControl appears more than once in one place',
    'Join them into one; the later wins here, the earlier in Apollo Server.',
  ],
  'swr-without-max-age': [
    'warning',
    'swr has no maxAge that it could follow',
    'Add a maxAge beside swr, or remove swr.',
  ],
  'inherit-at-root': [
    'warning',
    'a field of the query type inherits its maxAge, but there is nothing above it',
    'Write a maxAge: at the root there is nothing to inherit.',
  ],
  'unused-directive': [
    'warning',
    'a directive says nothing, or is in a place where it is not read',
    'Remove it, or move it to where it is read.',
  ],
  'max-age-never-applies': [
    'warning',
    'a maxAge applies to no answer, because of what leads to it or replaces it',
    'Remove it, or give a maxAge to what leads here.',
  ],
  'max-age-without-effect': [
    'note',
    'no answer with the field would be kept for longer without this maxAge',
    'Remove it, or make it smaller.',
  ],
  'unreachable-type': [
    'note',
    'a directive is on a type that no query can return',
    'Remove the directive: no query can return this type.',
  ],
  'public-field-of-private-type': [
    'warning',
    'a field is PUBLIC, and the type that it returns is PRIVATE: its answers are kept for all clients',
    'Remove PUBLIC from the field unless its answers are for everyone.',
  ],
  'public-without-effect': [
    'warning',
    'a field is PUBLIC, and its answers are private all the same: it may return a PRIVATE type',
    'Remove PUBLIC; or mark private fields instead of the whole type.',
  ],
  'public-against-interface': [
    'warning',
    'a type or field is PUBLIC, and its interface declares the same PRIVATE',
    'Remove PUBLIC unless this one is for everyone.',
  ],
  'private-by-type': [
    'note',
    'answers with a field are kept for one session each, because of a type that it may return',
    'Nothing, if these answers belong to one session each.',
  ],
  'viewer-field-shared': [
    'warning',
    "a field's name suggests that it depends on the user (viewerHasLiked, likedByMe, myRating), but its answers are kept for all clients",
    'Declare it PRIVATE; or PUBLIC, if it is the same for everyone.',
  ],
  'key-unusable': [
    'error',
    'a @key names what cannot identify an object',
    'Name fields of the type that are plain values and need no argument.',
  ],
  'key-nested': [
    'warning',
    'a @key names fields of other objects, and is ignored',
    'Add a @key of plain fields, if the type has one.',
  ],
  'cached-type-without-key': [
    'warning',
    'objects of a type are kept but have no key: they can only be purged all at once',
    'Declare @key(fields: ...); or inheritMaxAge, if it is part of the object that contains it.',
  ],
  'entity-keys-differ': [
    'error',
    'types with the same name in tags have keys with different numbers of fields',
    'Give each a key of the same fields, in the same order.',
  ],
  'entity-under-several-names': [
    'warning',
    'mutations return one type and queries another with the same key and fields: they may be the same objects',
    'Declare it if they are the same objects: until then a change of the one does not purge the other.',
  ],
  'tag-format-malformed': [
    'error',
    'the format of a tag cannot be read',
    'Write text with placeholders, such as "posts-by-{$args.userId}".',
  ],
  'tag-format-unknown-argument': [
    'error',
    'the format of a tag names an argument that its field does not have',
    'Name an argument of this field, or a field of its input type.',
  ],
  'tag-format-unknown-key': [
    'error',
    'the format of a tag names a key field that its type does not have',
    'Name a key field of the type: {$key.id}. Root fields and mutations have {$args...} only.',
  ],
  'tag-format-of-another-kind': [
    'error',
    'a declared tag looks like the tag of an entity, a list or a type, and would be purged as that',
    'Begin it differently: entities, lists and types have tags already.',
  ],
  'tag-format-unknown-type': [
    'error',
    'the format of a tag names a type that the schema does not have',
    'Correct the name of the type.',
  ],
  'tag-never-purged': [
    'note',
    'answers carry a declared tag that no mutation purges',
    'Name it in @purges on a mutation, or purge it from outside.',
  ],
  'purges-not-on-mutation': [
    'warning',
    '@purges is on a field that is not a mutation',
    'Move it to a field of the mutation type.',
  ],
  'purges-unknown-type': [
    'error',
    '@purges or @table names a type that the schema does not have',
    'Correct the name of the type.',
  ],
  'purges-wrong-key': [
    'error',
    '@purges names an entity with more or fewer values than its key has fields, or names an interface or union',
    'Give one value for each key field, in order, joined by colons.',
  ],
  'purges-optional-argument': [
    'warning',
    '@purges names an argument that clients may leave out: then it purges nothing',
    'Make the argument required, or name a tag without it as well.',
  ],
  'purges-unmatched-tag': [
    'warning',
    '@purges or @table names a declared tag that no answer carries',
    'Correct it, or declare @cacheTag with this format where it is read.',
  ],
  'references-without-effect': [
    'warning',
    '@purges(references: false) is on a mutation that returns nothing of what it changes',
    'Remove it, and name in @purges(tags: ...) what the mutation changes: a mutation that returns nothing of it purges only that.',
  ],
  'mutation-purges-nothing': [
    'warning',
    "a mutation's name, its arguments and what it returns do not tell what it changes",
    'Return what it changed, or say it with @purges(tags: ...); @purges alone says that it changes nothing.',
  ],
  'mutation-purges-type': [
    'note',
    'a mutation purges all answers with a type, because nothing tells which object it changes',
    'Let it return that or take its id, or say what it changes: @purges(tags: ...), or @purges alone for nothing.',
  ],
  'purges-without-its-type': [
    'note',
    'a mutation returns nothing of what it changes, so it purges what @purges names and nothing else',
    'Nothing, if answers do not show that; else name it as well, such as "Post:{$args.id}" and "[Post]", or let the mutation return it.',
  ],
  'delete-may-cascade': [
    'note',
    'other objects refer to what a mutation deletes, and the database may delete or change them with it',
    'Name in @purges(tags: ...) what is deleted with it, if anything is; and the object itself, if neither its answer nor its arguments say which it is.',
  ],
  'change-may-cascade': [
    'note',
    'a mutation may change what belongs to the object that it changes, such as the lines of an order',
    'Name in @purges(tags: ...) what changes with it, if anything does; and the object itself, if neither its answer nor its arguments say which it is.',
  ],
  'former-owner': [
    'note',
    'a mutation may take something from one object and give it to another, and the former one may show it in its figures',
    'Return the former one as well, or name its type in @purges(tags: ...), if answers show its figures.',
  ],
  'list-never-purged': [
    'warning',
    'mutations return the members of a list that is kept, and none purges the list',
    'Let a mutation of its members purge it, or rely on a short maxAge.',
  ],
  'value-nobody-purges': [
    'note',
    'a plain value is kept at the root, and no purge reaches it, or only some of those that change it',
    'Declare @cacheTag(format: ...) and name it in @purges, or rely on a short maxAge.',
  ],
  'object-nobody-purges': [
    'note',
    'an object without a key is kept at the root, and no mutation purges it',
    'Purge it from outside by the name of its type, declare @cacheTag(format: ...) and name it in @purges, or rely on a short maxAge.',
  ],
  'argument-not-read': [
    'note',
    'a list takes an argument that may look at more than its own members: changes of anything else do not purge it',
    'Nothing, if it looks at these only; else name the others: @cacheTag(format: "~Author") for any change of an Author.',
  ],
  'list-purged-from-outside': [
    'note',
    'no mutation changes the members of a list that is kept',
    'Purge it from outside when its members change.',
  ],
} as const satisfies Record<string, readonly [severity: Severity, meaning: string, remedy: string]>;

export type FindingCode = keyof typeof FINDINGS;

/** Something an operator should know about a schema's directives. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** schema coordinate: `Type`, `Type.field` */
  readonly coordinate: string;
  /** further coordinates that it is about */
  readonly also?: readonly string[];
  /** where it stands in the operator's files; lines and columns begin at 1 */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
  readonly remedy: string;
  /** lines of SDL that do what the remedy says first */
  readonly mend?: readonly string[];
}

/** Gathers findings and knows which files are the operator's. */
export class Findings {
  readonly #found: Finding[] = [];
  readonly #files: ReadonlySet<string>;

  constructor(sources: readonly Source[]) {
    this.#files = new Set(sources.map(({ name }) => name));
  }

  /**
   * @param nodes where it may stand: the last one that is in a file of the operator's is shown
   * @param more.also further coordinates that it is about
   * @param more.mend lines of SDL that mend it
   */
  add(
    code: FindingCode,
    coordinate: string,
    nodes: readonly ASTNode[],
    message: string,
    { also = [], mend }: Partial<Pick<Finding, 'also' | 'mend'>> = {},
  ): void {
    const [severity, , remedy] = FINDINGS[code];
    const node = nodes.findLast(({ loc }) => loc && this.#files.has(loc.source.name));
    // A definition begins with its description, which is not where anybody looks for it.
    const location = node && 'name' in node && node.kind !== Kind.DIRECTIVE ? node.name?.loc : node?.loc;
    const place = location && {
      file: location.source.name,
      ...getLocation(location.source, location.start),
    };
    this.#found.push({
      code,
      severity,
      coordinate,
      ...(also.length > 0 && { also }),
      ...place,
      message,
      remedy,
      ...(mend && { mend }),
    });
  }

  /** The worst first, then in the order of the files, then by coordinate: the same for the same schema. */
  sorted(): Finding[] {
    const worth: Record<Severity, number> = { error: 0, warning: 1, note: 2 };
    return this.#found.toSorted(
      (a, b) =>
        worth[a.severity] - worth[b.severity] ||
        compare(a.file ?? '', b.file ?? '') ||
        (a.line ?? 0) - (b.line ?? 0) ||
        (a.column ?? 0) - (b.column ?? 0) ||
        compare(a.coordinate, b.coordinate) ||
        compare(a.code, b.code) ||
        compare(a.message, b.message),
    );
  }
}

/** By code units, not by locale: the order must not depend on the machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
