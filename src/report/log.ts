import pino from 'pino';
import type { Logger } from 'pino';
import pretty from 'pino-pretty';

export type Log = Logger;

/** JSON lines on standard output; pretty on a terminal, in colours where it has them and NO_COLOR does not forbid. Never holds a credential, a variable's value or a body. */
export function createLog(level: string, terminal: boolean = process.stdout.isTTY): Log {
  // In this thread: a worker thread for it would keep a drained process alive.
  const stream = terminal
    ? pretty({ colorize: hasColours(), singleLine: true, ignore: 'pid,hostname', sync: true })
    : pino.destination(1);
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}

/** By what Node knows of the terminal, NO_COLOR included. */
function hasColours(): boolean {
  const { stdout } = process;
  return stdout.isTTY && stdout.hasColors();
}
