import { stampSchemaFiles } from './load-schema';

/** Milliseconds between two looks at the files. */
const INTERVAL = 500;

export interface FileWatchOptions {
  readonly patterns: readonly string[];
  /** what relative patterns are relative to */
  readonly folder: string;
  /** told once for each change, when the files have been the same for two looks: one may be half written before */
  readonly onChange: () => void;
  /** milliseconds between two looks */
  readonly intervalMs?: number;
}

/**
 * Sees that files have changed, by asking the file system what it says of them: `fs.watch` is told nothing of folders
 * that are mounted, replaced as a whole (as a ConfigMap of Kubernetes is), or named by a pattern only later on.
 */
export class FileWatch {
  readonly #options: FileWatchOptions;
  /** of the files that were told of last, and of those seen last */
  #told: string | undefined;
  #last: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: FileWatchOptions) {
    this.#options = options;
  }

  /** Resolves once it knows what the files are like now: every change from then on is told. Never rejects. */
  async start(): Promise<void> {
    const { patterns, folder } = this.#options;
    this.#told = this.#last = await stampSchemaFiles(patterns, folder);
    this.#lookAgain();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const { patterns, folder, onChange } = this.#options;
    const stamp = await stampSchemaFiles(patterns, folder);
    if (this.#closed) return;
    const isSettled = stamp === this.#last;
    this.#last = stamp;
    if (isSettled && stamp !== this.#told) {
      this.#told = stamp;
      onChange();
    }
    this.#lookAgain();
  }

  #lookAgain(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#look(), this.#options.intervalMs ?? INTERVAL);
    this.#timer.unref();
  }
}
