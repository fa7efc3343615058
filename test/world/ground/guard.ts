/**
 * Ends every process of the world and removes its folder when the program that started them is gone, however it went:
 * also by SIGKILL, when no handler runs. A shell waits at the other end of a pipe for the list of processes, and for
 * the pipe to break.
 */
import { spawn, type ChildProcess } from 'node:child_process';

const SCRIPT = `
pids=''
while read -r line; do
  case "$line" in
    +*) pids="$pids \${line#+}" ;;
    -*) kept=''; for pid in $pids; do [ "$pid" = "\${line#-}" ] || kept="$kept $pid"; done; pids="$kept" ;;
  esac
done
for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done
sleep 0.2
rm -rf -- "$1"
`;

export class Guard {
  readonly #shell: ChildProcess;

  /** @param folder what to remove */
  constructor(folder: string) {
    // Detached, so that Ctrl-C does not end it before its time.
    this.#shell = spawn('/bin/sh', ['-c', SCRIPT, 'guard', folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#shell.unref();
    // A broken pipe is how this ends, not a fault.
    this.#shell.stdin?.on('error', () => {});
    (this.#shell.stdin as unknown as { unref(): void }).unref();
  }

  watch(pid: number): void {
    this.#shell.stdin?.write(`+${pid}\n`);
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
