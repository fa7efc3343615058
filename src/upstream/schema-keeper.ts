import type { LoadedSchema } from './load-schema';
import { SchemaError } from './schema-error';
import { schemaVersion } from './schema-version';

/** A schema and its name. */
export interface KeptSchema extends LoadedSchema {
  readonly version: string;
}

export interface SchemaKeeperOptions {
  readonly load: () => Promise<LoadedSchema>;
  /** the configuration that is part of the version: see {@link schemaVersion} */
  readonly extra: string;
  /** milliseconds between two looks at a schema that is known; 0: it is read once */
  readonly refreshMs: number;
  /** called with the first schema, and again whenever it changed; must not throw */
  readonly onChange: (kept: KeptSchema) => void;
  /** called when a look failed; what is known stays in use */
  readonly onFault: (error: unknown, retryInMs: number) => void;
  /** the first pause after a failed look, doubled each time up to the longest; milliseconds */
  readonly firstRetryMs?: number;
  readonly longestRetryMs?: number;
}

/**
 * Has the schema, or keeps asking for it: a gateway starts before its upstream does, and is not ready until then.
 *
 *   start ── loaded ──────────────> every refreshMs: look again, tell if it changed
 *     │
 *     ├──── upstream is not there ─> look again, each pause twice the last
 *     └──── the files are wrong ───> start() rejects, nobody looks again
 */
export class SchemaKeeper {
  readonly #options: SchemaKeeperOptions;
  #kept: KeptSchema | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
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
    try {
      this.#keep(await this.#options.load());
    } catch (error) {
      if (error instanceof SchemaError) throw error;
      this.#fail(error);
      return;
    }
    this.#lookAgain(this.#options.refreshMs);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      this.#keep(await this.#options.load());
      this.#lookAgain(this.#options.refreshMs);
    } catch (error) {
      // Also SchemaErrors: upstream's schema may have changed under the overlay, and may change again.
      this.#fail(error);
    }
  }

  #keep(loaded: LoadedSchema): void {
    this.#failures = 0;
    const version = schemaVersion(loaded.schema, this.#options.extra);
    if (this.#closed || version === this.#kept?.version) return;
    this.#kept = { ...loaded, version };
    this.#options.onChange(this.#kept);
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
    this.#timer = setTimeout(() => void this.#look(), inMs);
    // Looking for a schema keeps no process alive; serving does.
    this.#timer.unref();
  }
}
