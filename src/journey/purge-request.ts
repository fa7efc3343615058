import type { GraphQLSchema } from 'graphql';
import { z } from 'zod';
import { expandTags } from '../answer/expand';
import type { Rules } from '../policy/rules';
import { isTypeName } from '../policy/type-shape';
import type { Purge } from '../purge/purge';
import { EVERYTHING, parseTag, type Tag } from '../purge/tag';
import { LastmileError } from '../report/error';

/** What somebody outside asks to have purged, in the words they use. */
export interface PurgeRequest {
  /** tags as users write them; undefined: everything */
  readonly tags: readonly string[] | undefined;
  readonly soft: boolean;
}

const MOST_TAGS = 1000;
const LONGEST_DETAIL = 300;

const BODY = z
  .strictObject({
    tags: z.array(z.string().min(1)).min(1).max(MOST_TAGS).optional(),
    all: z.literal(true).optional(),
    soft: z.boolean().default(false),
  })
  .refine(({ tags, all }) => (tags === undefined) !== (all === undefined), {
    error: 'Give either `tags` or `"all": true`.',
  });

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads the body of a purge request. Unknown fields are refused: a misspelt `soft` must not purge hard.
 * @throws LastmileError BAD_PURGE, with a detail that may be told to whoever asked
 */
export function readPurgeRequest(body: Uint8Array): PurgeRequest {
  let json: unknown;
  try {
    json = JSON.parse(UTF8.decode(body));
  } catch {
    throw new LastmileError('BAD_PURGE', 'The body is not JSON in UTF-8.');
  }
  const read = BODY.safeParse(json);
  if (!read.success) throw new LastmileError('BAD_PURGE', problems(read.error));
  const { tags, soft } = read.data;
  if (tags?.includes(EVERYTHING))
    throw new LastmileError('BAD_PURGE', 'tags: to purge everything send `"all": true`.');
  return { tags, soft };
}

/**
 * What a request purges in this schema: a type purges its lists and the types behind it, a declared tag the open tags
 * of its formats; see `expandTags`.
 */
export function purgesOf({ tags, soft }: PurgeRequest, schema: GraphQLSchema, rules: Rules): Purge[] {
  const isType = (name: string) => isTypeName(schema, rules, name);
  const asked: Tag[] = tags ? tags.flatMap((text) => parseTag(text, isType) ?? []) : [EVERYTHING];
  const kind = soft ? 'soft' : 'hard';
  return Array.from(expandTags(schema, rules, asked), (tag) => ({ tag, kind }));
}

function problems({ issues }: z.ZodError): string {
  const texts = issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  return texts.join(' ').slice(0, LONGEST_DETAIL);
}
