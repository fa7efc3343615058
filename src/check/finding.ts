import { getLocation, Kind, type ASTNode, type Source } from 'graphql';

/** error: not what was meant, or not safe. warning: probably not what was meant. note: good to know. */
export type Severity = 'error' | 'warning' | 'note';

/** Everything `lastmile check` can find in a schema: how bad it is and what to do.  */
export const FINDINGS = {
  'unreadable-argument': ['error', 'Write a literal of the type that the directive declares.'],
  'negative-seconds': ['error', 'Write 0 or more; it is taken as 0.'],
  'contradictory-max-age': ['warning', 'Remove one of them; inheritMaxAge wins.'],
  'repeated-directive': ['warning', 'Join them into one; the later wins here, the earlier in Apollo Server.'],
  'swr-without-max-age': ['warning', 'Add a maxAge beside swr, or remove swr.'],
  'inherit-at-root': ['warning', 'Write a maxAge: at the root there is nothing to inherit.'],
  'unused-directive': ['warning', 'Remove it, or move it to where it is read.'],
  'max-age-never-applies': ['warning', 'Remove it, or give a maxAge to what leads here.'],
  'max-age-without-effect': ['note', 'Remove it, or make it smaller.'],
  'unreachable-type': ['note', 'Remove the directive: no query can return this type.'],
  'public-field-of-private-type': [
    'warning',
    'Remove PUBLIC from the field unless its answers are for everyone.',
  ],
  'public-without-effect': ['warning', 'Remove PUBLIC; or mark private fields instead of the whole type.'],
  'public-against-interface': ['warning', 'Remove PUBLIC unless this one is for everyone.'],
  'private-by-type': ['note', 'Nothing, if these answers belong to one session each.'],
  'key-unusable': ['error', 'Name fields of the type that are plain values and need no argument.'],
  'key-nested': ['warning', 'Add a @key of plain fields, if the type has one.'],
  'cached-type-without-key': [
    'warning',
    'Declare @key(fields: ...); or inheritMaxAge, if it is part of what holds it.',
  ],
  'entity-keys-differ': ['error', 'Give each a key of the same fields, in the same order.'],
  'entity-under-several-names': [
    'warning',
    'Declare it if they are the same objects: until then a change of the one does not purge the other.',
  ],
  'tag-format-malformed': ['error', 'Write text with placeholders, such as "posts-by-{$args.userId}".'],
  'tag-format-unknown-argument': ['error', 'Name an argument of this field, or a field of its input type.'],
  'tag-format-unknown-key': [
    'error',
    'Name a key field of the type: {$key.id}. Root fields and mutations have {$args...} only.',
  ],
  'tag-format-of-another-kind': [
    'error',
    'Begin it differently: entities, lists and types have tags already.',
  ],
  'tag-format-unknown-type': ['error', 'Correct the name of the type.'],
  'tag-never-purged': ['note', 'Name it in @purges on a mutation, or purge it from outside.'],
  'purges-not-on-mutation': ['warning', 'Move it to a field of the mutation type.'],
  'purges-unknown-type': ['error', 'Correct the name of the type.'],
  'purges-wrong-key': ['error', 'Give one value for each key field, in order, joined by colons.'],
  'purges-optional-argument': ['warning', 'Make the argument required, or name a tag without it as well.'],
  'purges-unmatched-tag': ['warning', 'Correct it, or declare @cacheTag with this format where it is read.'],
  'mutation-purges-nothing': [
    'warning',
    'Return what it changed, or say it with @purges(tags: ...); @purges alone says that it changes nothing.',
  ],
  'mutation-purges-type': [
    'note',
    'Let it return that or take its id, or say what it changes: @purges(tags: ...), or @purges alone for nothing.',
  ],
  'purges-without-its-type': [
    'note',
    'Nothing, if answers do not show that; else name it as well, such as "Post:{$args.id}" and "[Post]", or let the mutation return it.',
  ],
  'delete-may-cascade': [
    'note',
    'Name in @purges(tags: ...) what goes with it, if anything does; and itself, where it returns nothing of it.',
  ],
  'change-may-cascade': [
    'note',
    'Name in @purges(tags: ...) what changes with it, if anything does; and itself, where it returns nothing of it.',
  ],
  'former-owner': [
    'note',
    'Return the former one as well, or name its type in @purges(tags: ...), if its figures show.',
  ],
  'list-nobody-purges': ['warning', 'Let a mutation of its members purge it, or rely on a short maxAge.'],
  'value-nobody-purges': [
    'note',
    'Declare @cacheTag(format: ...) and name it in @purges, or rely on a short maxAge.',
  ],
  'object-nobody-purges': [
    'note',
    'Purge it from outside by the name of its type, declare @cacheTag(format: ...) and name it in @purges, or rely on a short maxAge.',
  ],
  'argument-not-read': [
    'note',
    'Nothing, if it looks at these only; else name the others: @cacheTag(format: "~Author") for any change of an Author.',
  ],
  'list-purged-from-outside': ['note', 'Purge it from outside when its members change.'],
} as const satisfies Record<string, readonly [severity: Severity, remedy: string]>;

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
   */
  add(
    code: FindingCode,
    coordinate: string,
    nodes: readonly ASTNode[],
    message: string,
    { also = [] }: { readonly also?: readonly string[] } = {},
  ): void {
    const [severity, remedy] = FINDINGS[code];
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
