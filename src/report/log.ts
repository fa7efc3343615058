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
  return pino({ ...LOG_OPTIONS, level }, stream);
}

/** What every log of a gateway has in common. */
export const LOG_OPTIONS = {
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  serializers: { err: plainError },
} as const;

/** Of an error what it says and where it was made. What libraries hang on it, such as a command with its arguments, stays here. */
function plainError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { type, message, stack } = pino.stdSerializers.err(error);
  const { code } = error as NodeJS.ErrnoException;
  return { type, message, stack, ...(typeof code === 'string' && { code }) };
}

/** By what Node knows of the terminal, NO_COLOR included. */
function hasColours(): boolean {
  const { stdout } = process;
  return stdout.isTTY && stdout.hasColors();
}
