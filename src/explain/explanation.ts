import type { Reason } from '../report/reason';
import type { OperationTypeNode } from 'graphql';
import type { UncutPlace, UselessMaxAge } from '../gateway/parts/explain-parts';
import type { WholeReason } from '../gateway/parts/plan';
import type { Scope } from '../policy/rules';
import type { FieldWithoutMaxAge } from '../policy/without-max-age';

/** What the gateway would do with an operation, and why. Plain data: it is printed, and sent as JSON. */
export interface Explanation {
  readonly operation: { readonly kind: OperationTypeNode; readonly name?: string };
  readonly kept:
    | 'for all clients'
    | 'for all sessions, and apart for all other clients'
    | 'for all without credentials'
    | 'for one session'
    | 'for one session, or for all without credentials'
    | 'never';
  /** of a query only, as is the rest up to `tags`: the fields that keep an answer with them from being kept */
  readonly withoutMaxAge?: readonly FieldWithoutMaxAge[];
  readonly scope?: { readonly is: Scope; readonly decidedBy?: string };
  readonly maxAge?: MaxAge;
  /** seconds past maxAge during which it may still be served while it is refreshed */
  readonly swr?: number;
  readonly key?: KeyParts;
  readonly tags?: AnswerTags;
  /** how it is cut into parts, each with a key and a maxAge of its own; undefined: it is not, and nothing stands in the way */
  readonly parts?: readonly PartsForSome[];
  /** of a mutation only */
  readonly purges?: MutationPurges;
  /** everything that keeps an answer from being stored or served from the cache */
  readonly obstacles: readonly Obstacle[];
  /** variables the operation needs and was not given: what depends on them is shown as a format */
  readonly missingVariables: readonly string[];
  /** variables it was given and does not declare: the gateway drops them */
  readonly unknownVariables: readonly string[];
}

/** How answers to some requests are cut, as if no condition left anything out. */
export interface PartsForSome {
  readonly requests: 'all' | 'with credentials' | 'without credentials';
  /** why they are not cut; undefined: they are */
  readonly whole?: { readonly reason: WholeReason; readonly because: string };
  readonly slots: readonly ExplainedPart[];
  /** places where what may be kept is not, since it cannot be told apart */
  readonly uncut: readonly UncutPlace[];
  readonly useless: readonly UselessMaxAge[];
}

/** One part of an answer. */
export interface ExplainedPart {
  /** what upstream is asked for it */
  readonly asks: string;
  readonly kept: Explanation['kept'];
  /** of one that is kept, in seconds */
  readonly maxAge?: number;
  /** why it is never kept */
  readonly because?: string;
}

/** In seconds. Which fields an answer has is known only once it is there, so there are two ends. */
export interface MaxAge {
  readonly most: number;
  readonly decidedBy?: string;
  /** of an answer that has every field that was selected */
  readonly least: number;
  readonly leastDecidedBy?: string;
}

/** What two requests must have in common to be given the same entry. */
export interface KeyParts {
  /** of configuration and of all definitions that the operation depends on: another schema may have the same */
  readonly version: string;
  /** the operation as the gateway prints it: white space, comments and other operations of the text are gone */
  readonly document: string;
  /** with defaults applied, and only those the operation declares */
  readonly variables: Readonly<Record<string, unknown>>;
  /** what the session is taken from; undefined: the answer is shared */
  readonly session?: string;
  /** request headers listed in VARY */
  readonly headers: readonly string[];
  /**
   * the names of the URL parameters that are part of it, in their order; undefined: those of the request, all but GraphQL's own
   * and those of IGNORE_PARAMS
   */
  readonly parameters?: readonly string[];
  /** the key itself, of a request without URL parameters where they are not said; undefined when session or headers are part of it */
  readonly value?: string;
}

/** What an answer can be purged by, as far as the operation alone tells. */
export interface AnswerTags {
  /** `Product:<id>`, for every such object in the answer; of a composite key all parts */
  readonly entities: readonly string[];
  /** objects without a key: purged only with all others of their type */
  readonly types: readonly string[];
  /** `[Product]` */
  readonly lists: readonly string[];
  /** `~Author`: any change of the type, through which a list is filtered or ordered, or which a figure is about; `~[Author]`: what may move one into lists or out of them */
  readonly changes: readonly string[];
  /** tags, or formats where a value is not known before the answer is */
  readonly declared: readonly string[];
  /** carried when the object is null: creating it purges the answer */
  readonly ifMissing: readonly string[];
  /** the operation has too many combinations of fragments and types to list all */
  readonly isCut: boolean;
}

/** What a mutation would purge if it succeeds. */
export interface MutationPurges {
  /** `Product:<id>`, for every such object that it returns or that is referred to, and those its arguments name */
  readonly entities: readonly string[];
  readonly lists: readonly string[];
  /** every answer that holds any of the type */
  readonly types: readonly string[];
  /** tags that `@purges` names, or its formats where a variable is missing */
  readonly declared: readonly string[];
  /** whether it purges the private answers of the session it is made under (P36); false where there are none */
  readonly session: boolean;
  /** its fields that purge nothing (P21) */
  readonly silent: readonly string[];
  /** `Review.product`, for what has to be asked for once it is done; where that fails, all of the type is purged */
  readonly askedAfterwards: readonly string[];
  /** of each of its fields what it purges, in words */
  readonly because: readonly { readonly field: string; readonly purges: readonly string[] }[];
}

/** One "no", in the words of `Cache-Status`. */
export interface Obstacle {
  readonly reason: Reason;
  /** undefined: always */
  readonly when?: string;
  /** the field that decided */
  readonly field?: string;
  readonly meaning: string;
  readonly remedy: string;
}
