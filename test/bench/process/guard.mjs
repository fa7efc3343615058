/**
 * Ends what this process started when this process ends, however it ends: also by SIGKILL, when no exit handler runs.
 * A tiny shell waits at the other end of a pipe; the pipe breaks when this process is gone.
 */
import { spawn } from 'node:child_process';

const SCRIPT = `
pids=' '
while read -r sign pid; do
  case $sign in
    +) pids="$pids$pid " ;;
    -) case $pids in *" $pid "*) pids="\${pids%% $pid *} \${pids#* $pid }" ;; esac ;;
  esac
done
for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done
rm -rf -- "$1"
`;

/** @type {import('node:child_process').ChildProcess | undefined} */
let shell;

/** @param {string} folder removed at the end */
export function startGuard(folder) {
  // Detached, so that a Ctrl-C meant for the benchmark does not end the guard before its time.
  shell = spawn('/bin/sh', ['-c', SCRIPT, 'guard', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  shell.unref();
  shell.stdin?.unref?.();
  // Either end of the pipe may go first; a broken pipe is how this ends, not a fault.
  shell.stdin?.on('error', () => {});
}

/** To be killed at the end. */
export function guard(/** @type {number} */ pid) {
  shell?.stdin?.write(`+ ${pid}\n`);
}

/** Has ended by itself. */
export function release(/** @type {number} */ pid) {
  shell?.stdin?.write(`- ${pid}\n`);
}
