/**
 * A log whose lines a test can read.
 *
 *   const { log, lines } = takeDownLog();
 *   await startGateway(env, { log });
 *   expect(lines).toContainEqual(expect.objectContaining({ level: 40 }));
 */
import { Writable } from 'node:stream';
import pino from 'pino';
import { LOG_OPTIONS, type Log } from '../../src/report/log';

/** As pino writes it: 30 is info, 40 warn. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export function takeDownLog(level = 'info'): { readonly log: Log; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const stream = new Writable({
    write(line, _encoding, done) {
      lines.push(JSON.parse(String(line)) as LogLine);
      done();
    },
  });
  return { log: pino({ ...LOG_OPTIONS, level }, stream), lines };
}
