import { writeJson } from '../json/exact-number';
import { createWriteStream, statSync, type WriteStream } from 'node:fs';

export interface LineFileOptions {
  readonly path: string;
  /** the file grows no further than this; bytes */
  readonly maxBytes: number;
  /** Told once when the file cannot be written, or is full. Must not throw. */
  readonly onEnd: (why: Error | 'full') => void;
}

/** Bytes that may wait to be written: past them lines are dropped, so that a slow disk does not fill this process. */
const MAX_WAITING = 4 * 2 ** 20;

/**
 * A file that lines are appended to. No request waits for it, and whatever happens to it, the process goes on: lines are
 * dropped and counted.
 */
export class LineFile {
  readonly #options: LineFileOptions;
  readonly #stream: WriteStream;
  #bytes: number;
  #dropped = 0;
  #ended = false;

  constructor(options: LineFileOptions) {
    this.#options = options;
    this.#bytes = sizeOf(options.path);
    // Only the operator may read operations.
    this.#stream = createWriteStream(options.path, { flags: 'a', mode: 0o600 });
    this.#stream.on('error', (error) => this.#end(error));
  }

  /** Lines dropped since this was last asked. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /** True while a line would be taken. */
  get isOpen(): boolean {
    return !this.#ended && this.#stream.writableLength < MAX_WAITING;
  }

  /** Counts a line that was not even tried. */
  drop(): void {
    this.#dropped++;
  }

  write(line: unknown): void {
    if (!this.isOpen) return this.drop();
    const text = `${writeJson(line)}\n`;
    this.#bytes += Buffer.byteLength(text);
    if (this.#bytes > this.#options.maxBytes) return this.#end('full');
    this.#stream.write(text);
  }

  /** Resolves once all that was taken is written, or cannot be. */
  async close(): Promise<void> {
    this.#ended = true;
    if (this.#stream.closed) return;
    const closed = new Promise<void>((resolve) => this.#stream.once('close', resolve));
    this.#stream.end();
    await closed;
  }

  #end(why: Error | 'full'): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stream.end();
    this.#options.onEnd(why);
  }
}

function sizeOf(path: string): number {
  // A file that is not there yet is empty; one that cannot be read says so when it is written.
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
