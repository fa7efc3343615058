import { createHash } from 'node:crypto';
import { isInterfaceType, isObjectType, print, type GraphQLNamedType, type GraphQLSchema } from 'graphql';
import { nodesOfField, nodesOfType, usesOn } from './directives';
import { inputText, typeText } from './type-text';
import { LastmileError } from '../report/error';
import type { LoadedSchema, SchemaText } from './load-schema';
import { SchemaError } from './schema-error';

/**
 * A name for a schema and everything said about it: types with their descriptions, and directives in use. What answers are
 * made with is replaced when it changes; which entries stay is for `operationVersion` to say. The same in every process
 * and after every restart; the order in which an upstream lists its types and fields does not matter.
 * @returns 22 characters of base64url
 */
export function schemaVersion(schema: GraphQLSchema): string {
  const hash = createHash('sha256');
  const directives: string[] = [];
  const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__'));
  types.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const type of types) hash.update(`\n${typeText(type)}\n${printUses(type).join('\n')}`);
  for (const { name, args, locations, isRepeatable } of schema.getDirectives()) {
    directives.push(JSON.stringify([name, args.map(inputText).sort(), [...locations].sort(), isRepeatable]));
  }
  hash.update(JSON.stringify(directives.sort()));
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  hash.update(JSON.stringify(roots.map((type) => type?.name)));
  return hash.digest('base64url').slice(0, 22);
}

/** Every directive on a type or its fields, with where it stands. */
function printUses(type: GraphQLNamedType): string[] {
  const uses = usesOn(nodesOfType(type)).map((use) => `${type.name} ${print(use)}`);
  if (!isObjectType(type) && !isInterfaceType(type)) return uses;
  for (const field of Object.values(type.getFields())) {
    uses.push(...usesOn(nodesOfField(type, field)).map((use) => `${type.name}.${field.name} ${print(use)}`));
  }
  return uses;
}

/** A schema, its name, and what it was built from. */
export interface KeptSchema extends LoadedSchema {
  readonly version: string;
  readonly text: SchemaText;
}

/** Why a look was taken: `operation`, because one is no valid operation of the schema that is known. */
export type LookCause = 'start' | 'interval' | 'retry' | 'told' | 'file' | 'operation';

/** What a look came to. */
export type Look =
  | { readonly kind: 'changed' | 'unchanged' }
  /** It could not be read (`failed`), or is none, or the files do not fit it (`refused`): what was known stays in use. */
  | { readonly kind: 'failed' | 'refused'; readonly error: Error };

export interface SchemaKeeperOptions {
  readonly read: (cause: LookCause) => Promise<SchemaText>;
  /** milliseconds between two looks at an introspected schema that is known; 0: it is read once */
  readonly refreshMs: number;
  /** called with the first schema, and again whenever it changed; must not throw */
  readonly onChange: (kept: KeptSchema, before: KeptSchema | undefined) => void;
  /** told what each look came to. @param nextInMs when it looks again by itself; undefined: not at all */
  readonly onLook: (look: Look, cause: LookCause, nextInMs: number | undefined) => void;
  /** monotonic milliseconds */
  readonly now: () => number;
  /** looks because of operations that may find nothing new before they become rare; default 3 */
  readonly mostInVain?: number;
  /** the first pause after a failed look, doubled each time up to the longest; milliseconds */
  readonly firstRetryMs?: number;
  readonly longestRetryMs?: number;
}

/** Milliseconds between two looks because of operations; the longer one once so many in a row have found nothing new. */
const OPERATION_INTERVAL = 1000;
const LONG_OPERATION_INTERVAL = 30_000;
const MOST_IN_VAIN = 3;

/** Milliseconds that an operation waits for a look. */
const OPERATION_PATIENCE = 2000;

/**
 * Has the schema, or keeps asking for it: a gateway starts before its upstream does, and is not ready until then.
 *
 *   start ── loaded ───────────────> every refreshMs, and when told to: look again, tell if it changed
 *     │
 *     ├──── upstream is not there ──> look again, each pause twice the last
 *     └──── the files are wrong ────> start() rejects, there is no second look
 *
 * What cannot be read later on, or does not fit the files, leaves the schema that is known in use.
 */
export class SchemaKeeper {
  readonly #options: SchemaKeeperOptions;
  #kept: KeptSchema | undefined;
  #confirmedAt: number | undefined;
  /** the text that was built last, and what was wrong with it */
  #built: { readonly digest: string; readonly refusal: SchemaError | undefined } | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  /** the look under way, and the one that was asked for since it began */
  #looking: Promise<Look> | undefined;
  #next: Promise<Look> | undefined;
  #lookedAt = -Infinity;
  #operationAt = -Infinity;
  #inVain = 0;
  /** upstream described itself once, and does so no more */
  #isSilent = false;
  #closed = false;

  constructor(options: SchemaKeeperOptions) {
    this.#options = options;
  }

  get kept(): KeptSchema | undefined {
    return this.#kept;
  }

  /** When what is kept was last found to be so, in monotonic milliseconds; undefined: never. */
  get confirmedAt(): number | undefined {
    return this.#confirmedAt;
  }

  /**
   * Looks once, then goes on by itself. Resolves after the first look, whether it found a schema or not.
   * @throws SchemaError when the first look found that the files are wrong: that is for the operator to change
   */
  async start(): Promise<void> {
    const look = await this.look('start');
    if ('error' in look && look.error instanceof SchemaError) throw look.error;
  }

  /** Looks at once. One look under way may have read what was true before, so another follows it. Never rejects. */
  look(cause: LookCause): Promise<Look> {
    if (!this.#looking) return (this.#looking = this.#look(cause));
    this.#next ??= this.#looking.then(() => {
      this.#next = undefined;
      return this.look(cause);
    });
    return this.#next;
  }

  /**
   * Looks because an operation is not valid here, and may be by now where upstream is: at most once a second, and after
   * three looks that found nothing new once in half a minute. Resolves once it is known, one look under way included, or
   * after two seconds; at once where it is too soon to look, or upstream does not describe itself.
   */
  async recheck(): Promise<void> {
    const looking = this.#looking ?? (this.#mayRecheck() ? this.#recheck() : undefined);
    if (!looking) return;
    let limit: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (limit = setTimeout(resolve, OPERATION_PATIENCE)));
    await Promise.race([looking, patience]);
    clearTimeout(limit);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #mayRecheck(): boolean {
    if (this.#kept?.text.introspection === undefined || this.#isSilent) return false;
    const now = this.#options.now();
    const { mostInVain = MOST_IN_VAIN } = this.#options;
    const interval = this.#inVain < mostInVain ? OPERATION_INTERVAL : LONG_OPERATION_INTERVAL;
    return now - this.#lookedAt >= OPERATION_INTERVAL && now - this.#operationAt >= interval;
  }

  #recheck(): Promise<Look> {
    this.#operationAt = this.#options.now();
    this.#inVain++;
    return this.look('operation');
  }

  async #look(cause: LookCause): Promise<Look> {
    clearTimeout(this.#timer);
    const look = await this.#read(cause);
    this.#looking = undefined;
    this.#lookedAt = this.#options.now();
    // What is wrong with the files at the start is for the operator to change, who is told by start().
    if (this.#closed || (cause === 'start' && look.kind === 'refused')) return look;
    const next = this.#nextAfter(look);
    if (next) {
      this.#timer = setTimeout(() => void this.look(next.cause), next.inMs);
      // Looking for a schema keeps no process alive; serving does.
      this.#timer.unref();
    }
    this.#options.onLook(look, cause, next?.inMs);
    return look;
  }

  async #read(cause: LookCause): Promise<Look> {
    try {
      const text = await this.#options.read(cause);
      this.#isSilent = false;
      const changed = this.#keep(text);
      this.#failures = 0;
      this.#confirmedAt = this.#options.now();
      return { kind: changed ? 'changed' : 'unchanged' };
    } catch (error) {
      return { kind: error instanceof SchemaError ? 'refused' : 'failed', error: error as Error };
    }
  }

  /** @returns whether the schema is another. @throws SchemaError, the same for the same text, which is built once */
  #keep(text: SchemaText): boolean {
    if (text.digest !== this.#built?.digest) return this.#build(text);
    if (this.#built.refusal) throw this.#built.refusal;
    return false;
  }

  #build(text: SchemaText): boolean {
    const { digest } = text;
    let kept: KeptSchema;
    try {
      const loaded = text.build();
      const version = schemaVersion(loaded.schema);
      this.#built = { digest, refusal: undefined };
      if (this.#closed || version === this.#kept?.version) return false;
      kept = { ...loaded, version, text };
    } catch (error) {
      if (error instanceof SchemaError) this.#built = { digest, refusal: error };
      throw error;
    }
    this.#inVain = 0;
    const before = this.#kept;
    this.#kept = kept;
    this.#options.onChange(kept, before);
    return true;
  }

  #nextAfter(look: Look): { readonly inMs: number; readonly cause: LookCause } | undefined {
    const { refreshMs, firstRetryMs = 500, longestRetryMs = 30_000 } = this.#options;
    const isFollowed = this.#kept?.text.introspection !== undefined && refreshMs > 0;
    // A tenth more or less by chance: gateways that were started at once are not to ask at once for ever.
    const inMs = Math.ceil(refreshMs * (0.9 + Math.random() / 5));
    const refresh = isFollowed ? ({ inMs, cause: 'interval' } as const) : undefined;
    if (!('error' in look)) return refresh;
    // Upstream's schema may have changed under the files, and may change again.
    if (look.kind === 'refused' && this.#kept) return refresh;
    this.#isSilent = look.error instanceof LastmileError && look.error.code === 'INTROSPECTION_REFUSED';
    if (this.#isSilent && this.#kept) return undefined;
    const pause = Math.min(firstRetryMs * 2 ** this.#failures++, longestRetryMs);
    // Half of it by chance, so that the gateways of all regions do not come back to upstream at once.
    return { inMs: Math.round(pause * (0.5 + Math.random() / 2)), cause: 'retry' };
  }
}
