import { z } from 'zod';

/**
 * The operation log: JSON lines, each of one of these kinds. Every line names the run of a gateway process it belongs to,
 * because processes share a file and each has its own clock and its own salt. Hashes are salted with a value that is
 * written nowhere: within a run equal values have equal hashes, and a value cannot be found by guessing.
 */

const run = z.string();
/** milliseconds since the run began, on a monotonic clock */
const t = z.number().nonnegative();
const tags = z.array(z.string());

/** A run begins. */
export const beginLine = z.object({
  run,
  /** of this format */
  version: z.literal(1),
  /** ISO 8601, for people */
  began: z.string(),
  /** which part of the queries is written down, by operation and variables; mutations and purges always all */
  sample: z.number(),
});

/** An operation, before the first line that names it. Values that a client wrote into the text are part of it. */
export const operationLine = z.object({ run, operation: z.string(), text: z.string() });

/** A query that was answered. */
export const queryLine = z.object({
  run,
  t,
  /** hash of its operation's text */
  op: z.string(),
  /** its name, where it has one */
  name: z.string().optional(),
  /** hash of its variables; absent: none */
  vars: z.string().optional(),
  /** the variables themselves, only with OPERATION_LOG_VARIABLES */
  variables: z.record(z.string(), z.unknown()).optional(),
  /** hash of the session, else of the credentials; absent: neither */
  who: z.string().optional(),
  /** hash of the headers that vary the answer; absent: none */
  vary: z.string().optional(),
  /** milliseconds upstream took; absent: it was not asked */
  ms: z.number().nonnegative().optional(),
  bytes: z.number(),
  /** hash of the answer's bytes */
  answer: z.string(),
  /**
   * hashes of the values of each leaf, by its path of response keys: what an answer in parts differs by; absent: there are
   * too many
   */
  leaves: z.record(z.string(), z.string()).optional(),
  /** what it can be purged by, ids hashed */
  tags,
  /** there were more tags than are written down: of the rest only types and lists are */
  cut: z.literal(true).optional(),
  /** it holds errors, or there was none */
  failed: z.literal(true).optional(),
  /** `hit`, or why it was forwarded: a word of `Cache-Status` */
  why: z.string(),
});

/** A mutation that ran here. What it purged comes in a line of its own, before this one. */
export const mutationLine = z.object({
  run,
  t,
  op: z.string(),
  name: z.string().optional(),
  mutation: z.literal(true),
  ms: z.number().nonnegative().optional(),
  /** what it purged itself, ids hashed */
  tags,
});

/** A purge that reached this process, whatever its origin. */
export const purgeLine = z.object({
  run,
  t,
  purged: tags,
  /** those of them whose purge kept all lists as they were; absent: none */
  keeping: tags.optional(),
});

/** Lines that could not be written, because too many were waiting. */
export const droppedLine = z.object({ run, dropped: z.number() });

export type BeginLine = z.infer<typeof beginLine>;
export type OperationLine = z.infer<typeof operationLine>;
export type QueryLine = z.infer<typeof queryLine>;
export type MutationLine = z.infer<typeof mutationLine>;
export type PurgeLine = z.infer<typeof purgeLine>;
export type DroppedLine = z.infer<typeof droppedLine>;

export type Line = BeginLine | OperationLine | QueryLine | MutationLine | PurgeLine | DroppedLine;

/** The kinds apart by what only they have. A mutation has all that a purge has and more, so it comes before. */
export const anyLine: z.ZodType<Line> = z.union([
  queryLine,
  mutationLine,
  purgeLine,
  operationLine,
  beginLine,
  droppedLine,
]);
