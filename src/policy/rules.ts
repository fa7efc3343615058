/** PRIVATE: for one session only. As in Apollo's `@cacheControl`. */
export type Scope = 'PUBLIC' | 'PRIVATE';

/** `@cacheControl` on one field or one type, as declared; what was not said is undefined. */
export interface CacheHint {
  /** seconds */
  readonly maxAge?: number;
  readonly scope?: Scope;
  readonly inheritMaxAge?: boolean;
  /** seconds past maxAge during which the answer may be served while it is refreshed (RFC 5861) */
  readonly swr?: number;
}

/** `@purges` on a mutation field: what it purges beyond or below the automatic rule. */
export interface PurgeRule {
  /** tag formats as users write tags, for example `Post:{$args.id}` */
  readonly tags: readonly string[];
  /** false: the lists of the types this mutation returns keep their members, so leave them alone */
  readonly lists: boolean;
}

/** What the directives of a schema say, read once. Everything that decides about caching asks here. */
export interface Rules {
  /** `@cacheControl` on an object, interface or union type. */
  typeHint(type: string): CacheHint | undefined;
  /** `@cacheControl` on a field definition. */
  fieldHint(type: string, field: string): CacheHint | undefined;
  /**
   * The fields that identify an entity of an object type, in order: `@key(fields)`, else `['id']` where it has such a
   * field that is never null and needs no arguments, else undefined: its objects cannot be purged one by one.
   */
  keyFields(type: string): readonly string[] | undefined;
  /** All sets of fields that identify an entity of an object type: each `@key`, and such an `id`. */
  keys(type: string): readonly (readonly string[])[];
  /** The name that objects of a type have in tags: that of `@key(entity:)`, else the type's own. */
  tagName(type: string): string;
  /** The types whose `@key(entity:)` is this name, and the one that is called so; empty where there is no such `@key`. */
  typesTagged(name: string): readonly string[];
  /** `@cacheTag` formats on a field definition. */
  fieldTags(type: string, field: string): readonly string[];
  /** `@cacheTag` formats on an object type; they may use `{$key.x}`. */
  typeTags(type: string): readonly string[];
  /** `@purges` on a field of the mutation type. */
  purgeRule(field: string): PurgeRule | undefined;
  /** seconds, for root fields and object fields that say nothing */
  readonly defaultMaxAge: number;
}
