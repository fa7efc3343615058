import { createHash } from 'node:crypto';
import {
  isInterfaceType,
  isObjectType,
  print,
  printType,
  type ConstDirectiveNode,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { nodesOfField, nodesOfType } from './directives';
import type { LoadedSchema, SchemaText } from './load-schema';
import { SchemaError } from './schema-error';

/**
 * A name for a schema and everything said about it: types, directives in use, and configuration. Entries made under
 * another version are never served. The same in every process and after every restart; the order in which an
 * upstream lists its types does not matter.
 * @param extra the configuration that answers or their policy depend on
 * @returns 22 characters of base64url
 */
export function schemaVersion(schema: GraphQLSchema, extra: string): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(extra));
  const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__'));
  types.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const type of types) hash.update(`\n${printType(type)}\n${printUses(type).join('\n')}`);
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  hash.update(JSON.stringify(roots.map((type) => type?.name)));
  return hash.digest('base64url').slice(0, 22);
}

/** Every directive on a type or its fields: graphql-js does not print them. */
function printUses(type: GraphQLNamedType): string[] {
  const uses = printAll(type.name, nodesOfType(type));
  if (!isObjectType(type) && !isInterfaceType(type)) return uses;
  for (const field of Object.values(type.getFields())) {
    uses.push(...printAll(`${type.name}.${field.name}`, nodesOfField(type, field)));
  }
  return uses;
}

function printAll(
  where: string,
  nodes: readonly { readonly directives?: readonly ConstDirectiveNode[] }[],
): string[] {
  return nodes.flatMap((node) => (node.directives ?? []).map((directive) => `${where} ${print(directive)}`));
}

/** A schema and its name. */
export interface KeptSchema extends LoadedSchema {
  readonly version: string;
}

export interface SchemaKeeperOptions {
  readonly read: () => Promise<SchemaText>;
  /** the configuration that is part of the version: see {@link schemaVersion} */
  readonly extra: string;
  /** milliseconds between two looks at an introspected schema that is known; 0: it is read once */
  readonly refreshMs: number;
  /** called with the first schema, and again whenever it changed; must not throw */
  readonly onChange: (kept: KeptSchema) => void;
  /** called when a look failed; what is known stays in use */
  readonly onFault: (error: unknown, retryInMs: number) => void;
  /** the first pause after a failed look, doubled each time up to the longest; milliseconds */
  readonly firstRetryMs?: number;
  readonly longestRetryMs?: number;
}

/** What a look came to. */
export type Look =
  | { readonly kind: 'changed' | 'unchanged' }
  /** what was known before, if anything was, stays in use */
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Has the schema, or keeps asking for it: a gateway starts before its upstream does, and is not ready until then.
 *
 *   start ── loaded ──────────────> every refreshMs, and when told to: look again, tell if it changed
 *     │
 *     ├──── upstream is not there ─> look again, each pause twice the last
 *     └──── the files are wrong ───> start() rejects, there is no second look
 */
export class SchemaKeeper {
  readonly #options: SchemaKeeperOptions;
  #kept: KeptSchema | undefined;
  /** of the text looked at last, and what was wrong with it */
  #digest: string | undefined;
  #refusal: SchemaError | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  /** the look under way, and the one that was asked for since it began */
  #looking: Promise<Look> | undefined;
  #next: Promise<Look> | undefined;
  #closed = false;

  constructor(options: SchemaKeeperOptions) {
    this.#options = options;
  }

  get kept(): KeptSchema | undefined {
    return this.#kept;
  }

  /**
   * Looks once, then goes on by itself. Resolves after the first look, whether it found a schema or not.
   * @throws SchemaError when the first look found that the files are wrong: that is for the operator to change
   */
  async start(): Promise<void> {
    const look = await (this.#looking = this.#look('first'));
    if (look.kind === 'failed' && look.error instanceof SchemaError) throw look.error;
  }

  /** Looks at once. One look under way may have read what was true before, so another follows it. Never rejects. */
  look(): Promise<Look> {
    if (!this.#looking) return (this.#looking = this.#look());
    this.#next ??= this.#looking.then(() => {
      this.#next = undefined;
      return this.look();
    });
    return this.#next;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #look(which?: 'first'): Promise<Look> {
    clearTimeout(this.#timer);
    try {
      const text = await this.#options.read();
      const changed = this.#keep(text);
      this.#lookAgain(text.introspected ? this.#options.refreshMs : 0);
      return { kind: changed ? 'changed' : 'unchanged' };
    } catch (error) {
      // Later also SchemaErrors: upstream's schema may have changed under the overlay, and may change again.
      if (which !== 'first' || !(error instanceof SchemaError)) this.#fail(error);
      return { kind: 'failed', error };
    } finally {
      this.#looking = undefined;
    }
  }

  /** @returns whether the schema is another. @throws SchemaError, the same for the same text, which is built once */
  #keep(text: SchemaText): boolean {
    if (text.digest === this.#digest) {
      if (this.#refusal) throw this.#refusal;
      this.#failures = 0;
      return false;
    }
    const loaded = this.#build(text);
    this.#failures = 0;
    const version = schemaVersion(loaded.schema, this.#options.extra);
    if (this.#closed || version === this.#kept?.version) return false;
    this.#kept = { ...loaded, version };
    this.#options.onChange(this.#kept);
    return true;
  }

  #build(text: SchemaText): LoadedSchema {
    this.#refusal = undefined;
    try {
      const loaded = text.build();
      this.#digest = text.digest;
      return loaded;
    } catch (error) {
      if (error instanceof SchemaError) {
        this.#digest = text.digest;
        this.#refusal = error;
      }
      throw error;
    }
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    const { firstRetryMs = 500, longestRetryMs = 30_000, onFault } = this.#options;
    const pause = Math.min(firstRetryMs * 2 ** this.#failures++, longestRetryMs);
    // Half of it by chance, so that the gateways of all regions do not come back to upstream at once.
    const retryInMs = Math.round(pause * (0.5 + Math.random() / 2));
    this.#lookAgain(retryInMs);
    onFault(error, retryInMs);
  }

  #lookAgain(inMs: number): void {
    if (this.#closed || inMs === 0) return;
    this.#timer = setTimeout(() => void this.look(), inMs);
    // Looking for a schema keeps no process alive; serving does.
    this.#timer.unref();
  }
}
