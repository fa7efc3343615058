/**
 * What a test started, ended in reverse order, whatever the test did.
 *
 *   const cleanup = cleanupAfterEach();
 *   const redis = cleanup.add(await startRedis());
 */
import { temporaryFolder } from './folder';

type End = () => unknown;
type Endable = { stop: End } | { close: End } | { [Symbol.asyncDispose]: End };

export class Cleanup {
  #ends: End[] = [];

  /** Registers something that has `stop()` or `close()`, and returns it. */
  add<T extends Endable>(resource: T): T {
    const end =
      'stop' in resource
        ? resource.stop
        : 'close' in resource
          ? resource.close
          : resource[Symbol.asyncDispose];
    this.#ends.push(() => end.call(resource));
    return resource;
  }

  /** Registers anything else to be done at the end. */
  later(end: End): void {
    this.#ends.push(end);
  }

  /** A new folder, removed at the end. @param purpose a part of its name */
  folder(purpose = 'test'): string {
    const { path, remove } = temporaryFolder(purpose);
    this.later(remove);
    return path;
  }

  /** Ends everything, the newest first, also when one of the ends fails. @throws AggregateError of what failed */
  async run(): Promise<void> {
    const ends = this.#ends.toReversed();
    this.#ends = [];
    const errors: unknown[] = [];
    for (const end of ends) {
      try {
        await end();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'not everything a test started could be ended');
  }
}

export function cleanupAfterEach(): Cleanup {
  const cleanup = new Cleanup();
  afterEach(() => cleanup.run());
  return cleanup;
}

export function cleanupAfterAll(): Cleanup {
  const cleanup = new Cleanup();
  afterAll(() => cleanup.run());
  return cleanup;
}
