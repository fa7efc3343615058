/**
 * Ends every process of the world and removes its folder when the program that started them is gone, however it went:
 * also by SIGKILL, when no handler runs. A shell waits at the other end of a pipe for the list of processes, and for
 * the pipe to break.
 *
 * Every process puts itself on the list, and holds the pipe open until it has. So there is no moment, however short,
 * at which one of them has begun and would be forgotten if the program ended then.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Stream } from 'node:stream';

/** Whole groups are ended: Redis has a child of its own while it writes its data. */
const WAIT = `
pids=''
while read -r line; do
  case "$line" in
    +*) pids="$pids \${line#+}" ;;
    -*) kept=''; for pid in $pids; do [ "$pid" = "\${line#-}" ] || kept="$kept $pid"; done; pids="$kept" ;;
  esac
done
for pid in $pids; do kill -KILL "-$pid" 2>/dev/null; done
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf -- "$1"
  sleep 0.2
  [ -e "$1" ] || exit
done
`;

/** Where a process finds the pipe. */
const PIPE = 3;
const ENLIST = `echo "+$$" >&${PIPE}; exec "$@" ${PIPE}>&-`;

export class Guard {
  readonly #shell: ChildProcess;

  /** @param folder what to remove; not made yet, or it would be left if the program ended before this one is there */
  constructor(folder: string) {
    // Detached, so that Ctrl-C does not end it before its time.
    this.#shell = spawn('/bin/sh', ['-c', WAIT, 'guard', folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#shell.unref();
    // A broken pipe is how this ends, not a fault.
    this.#shell.stdin?.on('error', () => {});
    (this.#shell.stdin as unknown as { unref(): void }).unref();
  }

  /** What the guarded process is to have at index {@link PIPE} of its `stdio`. */
  get pipe(): Stream {
    return this.#shell.stdin!;
  }

  /** The command that puts itself on the list and then becomes the program, as the same process and alone in its group. */
  enlisted(program: string, args: readonly string[]): readonly [program: string, args: readonly string[]] {
    return ['/bin/sh', ['-c', ENLIST, 'guarded', program, ...args]];
  }

  /** The process has ended by itself: its number may soon be somebody else's. */
  forget(pid: number): void {
    this.#shell.stdin?.write(`-${pid}\n`);
  }

  /** Everything has ended well: nothing is left to be done. */
  dismiss(): void {
    this.#shell.kill('SIGKILL');
  }
}
