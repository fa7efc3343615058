/**
 * Ends what this process started, and removes its folders, when this process is gone, however it went: also by SIGKILL,
 * when no handler runs. A shell waits at the other end of a pipe for the list of them, and for the pipe to break.
 */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import type { Stream } from 'node:stream';

/** A line is `+` or `-` and what kill(1) takes, a process or `-` and a group; or a folder, and `!` before it when it is gone. */
const WAIT = `
pids=''
while IFS= read -r line; do
  case "$line" in
    +*) pids="$pids \${line#+}" ;;
    -*) kept=''; for pid in $pids; do [ "$pid" = "\${line#-}" ] || kept="$kept $pid"; done; pids="$kept" ;;
    /*) set -- "$@" "$line" ;;
    !*) for folder do shift; [ "$folder" = "\${line#!}" ] || set -- "$@" "$folder"; done ;;
  esac
done
for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf -- "$@"
  sleep 0.2
  left=''
  for folder do [ ! -e "$folder" ] || left=yes; done
  [ -n "$left" ] || exit
done
`;

/** Where a process finds the pipe. */
const PIPE = 3;
const ENLIST = `echo "+-$$" >&${PIPE}; exec "$@" ${PIPE}>&-`;

class Guard {
  /** processes and folders on the list, and processes about to be */
  held = 0;
  readonly #shell: ChildProcess;

  constructor() {
    // Detached, so that Ctrl-C does not end it before its time.
    this.#shell = spawn('/bin/sh', ['-c', WAIT, 'guard'], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#shell.unref();
    // Either end of the pipe may go first; a broken pipe is how this ends, not a fault.
    this.#shell.stdin!.on('error', () => {});
    (this.#shell.stdin as unknown as { unref(): void }).unref();
  }

  get pipe(): Stream {
    return this.#shell.stdin!;
  }

  tell(line: string): void {
    this.#shell.stdin!.write(`${line}\n`);
  }

  dismiss(): void {
    this.#shell.kill('SIGKILL');
  }
}

/** There as long as it has something to guard. */
let current: Guard | undefined;

/** @returns the guard, and what to call once, with its line, when what was begun is over by itself */
function hold(): { readonly guard: Guard; readonly release: (line: string) => void } {
  const guard = (current ??= new Guard());
  guard.held++;
  let isOver = false;
  const release = (line: string): void => {
    if (isOver) return;
    isOver = true;
    guard.tell(line);
    if (--guard.held > 0) return;
    guard.dismiss();
    if (current === guard) current = undefined;
  };
  return { guard, release };
}

export interface GuardedOptions extends Omit<SpawnOptions, 'stdio' | 'detached'> {
  /** input, output and errors, and `ipc` if messages are exchanged with it */
  readonly stdio: readonly ('pipe' | 'ignore' | 'inherit' | 'ipc')[];
}

/**
 * Starts a process, alone in a group of its own: whole groups are ended, since Redis has a child of its own while it
 * writes its data. It outlives a Ctrl-C, which is for this process to handle, and never this process.
 *
 * It puts itself on the list before it becomes the program, and holds the pipe open until it has. So there is no moment,
 * however short, at which it has begun and would be forgotten if this process ended then.
 */
export function spawnGuarded(
  program: string,
  args: readonly string[],
  { stdio, ...options }: GuardedOptions,
): ChildProcess {
  const { guard, release } = hold();
  const child = spawn('/bin/sh', ['-c', ENLIST, 'guarded', program, ...args], {
    ...options,
    stdio: [...stdio.slice(0, PIPE), guard.pipe, ...stdio.slice(PIPE)],
    detached: true,
  } as SpawnOptions);
  // By the time it has ended its number may be somebody else's.
  child.once('exit', () => release(`--${child.pid}`));
  child.once('error', () => release(''));
  return child;
}

/** Guards a process that another one started. @returns what to call when it has ended by itself: it is not killed then */
export function watch(pid: number): () => void {
  const { guard, release } = hold();
  guard.tell(`+${pid}`);
  return () => release(`-${pid}`);
}

/**
 * Guards a folder. To be called before it is made, or it would be left if this process ended in between.
 * @param folder its whole path
 * @returns what to call when it was removed
 */
export function guardFolder(folder: string): () => void {
  const { guard, release } = hold();
  guard.tell(folder);
  return () => release(`!${folder}`);
}
