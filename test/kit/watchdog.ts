/**
 * Ends a child process when this process ends, however it ends: also by SIGKILL, when no exit handler runs.
 * A tiny shell waits at the other end of a pipe; the pipe breaks when this process is gone.
 */
import { spawn } from 'node:child_process';

const SCRIPT = 'while read -r _; do :; done; kill -KILL "$1" 2>/dev/null; [ -z "$2" ] || rm -rf -- "$2"';

/**
 * @param pid whom to kill
 * @param folder what to remove then, if anything
 * @returns a function to call when the child has ended by itself: nobody is killed then
 */
export function watch(pid: number, folder = ''): () => void {
  // Detached, so that a Ctrl-C meant for the test run does not end the watchdog before its time.
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'watchdog', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  // Either end of the pipe may go first; a broken pipe is how this ends, not a fault.
  shell.stdin.on('error', () => {});
  return () => {
    shell.kill('SIGKILL');
  };
}
