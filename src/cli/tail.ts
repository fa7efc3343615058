import type { SeenOperation } from '../dashboard/recorder';
import { OUTCOMES, type AnswerOutcome } from '../report/cache-status';
import type { PassedView, PurgeView } from '../dashboard/view';
import { isNamedBy } from '../config/operation-pattern';
import { readWithFile, type PortOptions } from './admin-port';
import { CannotLook, formatMs, paints, followEvents, readLookOptions } from './look';
import { usageError, type Command } from './usage';

/** What `lastmile tail` was told. */
export interface TailOptions extends PortOptions {
  /** names of operations, with * for any letters; none: all */
  readonly operations: readonly string[];
  /** none: all */
  readonly outcomes: readonly AnswerOutcome[];
}

export const tailCommand: Command = {
  name: 'tail',
  summary: 'prints operations with their verdicts as they pass, and purges',
  usage: `lastmile tail [--operation NAME]... [--outcome WORD]... [--url URL] [--json]

Prints a line for each operation that a gateway answers, on all processes of its machine: when, what became of it and why, how
long it took, and its name. Purges stand between them: what was purged, who caused it, and where in the log it is.

  --operation  only operations of this name; * stands for any letters: 'Checkout*'
  --outcome    only what became this: ${OUTCOMES.join(', ')}
  --url        a gateway's admin port (http://127.0.0.1:ADMIN_PORT, which is 4001 by default)
  --config     a file of settings, as for \`lastmile serve\`
  --json       prints a JSON object on each line

Of more than 2,000 operations a second of one process it says only how many there were. It ends with ctrl-c.

Environment:

  ADMIN_TOKEN  bearer token of the gateway; a gateway without one answers its own machine only, and refuses in production
  ADMIN_PORT   port of the gateway on this machine (4001)
  NO_COLOR     set to anything: no colours

Exit status: 0 ended by ctrl-c, 1 the gateway cannot be looked at, 2 wrong usage.
`,
  run,
};

/** @returns a sentence when they cannot be understood */
export function readTailOptions(args: readonly string[], env: NodeJS.ProcessEnv): TailOptions | string {
  const read = readLookOptions(args, env, {
    operation: { type: 'string', multiple: true, default: [] },
    outcome: { type: 'string', multiple: true, default: [] },
  });
  if (typeof read === 'string') return read;
  const { port, values } = read;
  const outcomes = values['outcome'] as string[];
  const wrong = outcomes.find((word) => !OUTCOMES.some((known) => known === word));
  if (wrong !== undefined) return `--outcome ${wrong} is none of ${OUTCOMES.join(', ')}.`;
  return { ...port, operations: values['operation'] as string[], outcomes: outcomes as AnswerOutcome[] };
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const options = await readWithFile(args, env, readTailOptions);
  if (typeof options === 'string') return usageError('tail', options);
  const end = new AbortController();
  const stop = (): void => end.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  // The reader of the lines, such as head, may have enough.
  // A pipe that was closed says so at each write, also after the end.
  process.stdout.on('error', stop);
  try {
    const lines = new TailLines(options, process.stdout.isTTY && !env['NO_COLOR'], (line) =>
      process.stdout.write(`${line}\n`),
    );
    const events = followEvents(options, '/events?show=operations', {
      signal: end.signal,
      lost: (why) =>
        process.stderr.write(
          `lastmile tail: ${why === undefined ? 'connected again' : `${why}; trying again`}\n`,
        ),
    });
    for await (const { event, data } of events) {
      if (event === 'operations') lines.passed(JSON.parse(data) as PassedView);
      if (event === 'purge') lines.purged(JSON.parse(data) as PurgeView);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof CannotLook)) throw error;
    process.stderr.write(`lastmile tail: ${error.message}\n`);
    return 1;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** Milliseconds for which a purge waits for the operations of the same moment, and for its cause from another process. */
const TOGETHER_MS = 300;
const CAUSE_MS = 600;

const COLOUR_OF = {
  hit: 'green',
  stale: 'cyan',
  partial: 'cyan',
  miss: 'yellow',
  bypass: 'magenta',
  error: 'red',
} as const;

/** Makes lines of what passes. */
export class TailLines {
  readonly #options: Pick<TailOptions, 'json' | 'operations' | 'outcomes'>;
  readonly #paint: ReturnType<typeof paints>;
  readonly #print: (line: string) => void;
  /** purges whose cause is not known, or that were printed */
  readonly #purges = new Map<string, NodeJS.Timeout | undefined>();

  constructor(
    options: Pick<TailOptions, 'json' | 'operations' | 'outcomes'>,
    isColourful: boolean,
    print: (line: string) => void,
  ) {
    this.#options = options;
    this.#paint = paints(isColourful);
    this.#print = print;
  }

  passed({ operations, left }: PassedView): void {
    for (const operation of operations)
      if (this.#isWanted(operation)) this.#print(this.#operation(operation));
    if (left > 0) this.#print(this.#options.json ? JSON.stringify({ left }) : `... and ${left} more`);
  }

  purged(purge: PurgeView): void {
    const waiting = this.#purges.get(purge.position);
    if (this.#purges.has(purge.position) && waiting === undefined) return;
    clearTimeout(waiting);
    const print = (): void => {
      this.#purges.set(purge.position, undefined);
      this.#print(this.#purge(purge));
      const [oldest] = this.#purges.keys();
      if (this.#purges.size > 1000) this.#purges.delete(oldest!);
    };
    this.#purges.set(purge.position, setTimeout(print, purge.cause === undefined ? CAUSE_MS : TOGETHER_MS));
  }

  #isWanted({ name, outcome }: SeenOperation): boolean {
    const { operations, outcomes } = this.#options;
    if (outcomes.length > 0 && !outcomes.includes(outcome)) return false;
    return operations.length === 0 || isNamedBy(operations, name);
  }

  #operation(operation: SeenOperation): string {
    if (this.#options.json) return JSON.stringify({ operation });
    const { at, name, kind, outcome, reason, stored, collapsed, ms } = operation;
    const words = [
      this.#paint('dim', timeOf(at)),
      this.#paint(COLOUR_OF[outcome], outcome.padEnd(7)),
      formatMs(ms).padStart(8),
      '',
      // Without a name it is what it asks for, as it may be written.
      ...(kind === '' || (kind === 'query' && name.startsWith('{')) ? [] : [kind]),
      this.#paint('bold', name),
      this.#paint('dim', [reason, stored && 'stored', collapsed && 'collapsed'].filter(Boolean).join(', ')),
    ];
    return words.join(' ').trimEnd();
  }

  #purge(purge: PurgeView): string {
    if (this.#options.json) return JSON.stringify({ purge });
    const { at, tags, more, cause, position, isSoft } = purge;
    const rest = more > 0 ? ` and ${more} more` : '';
    return [
      this.#paint('dim', timeOf(at)),
      this.#paint('blue', 'purge  '),
      `${tags.join(' ')}${rest}${isSoft ? ' (soft)' : ''}`,
      this.#paint('dim', `${cause === undefined ? '' : `by ${cause} `}at ${position}`),
    ].join(' ');
  }
}

function timeOf(at: number): string {
  const time = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const thousandths = String(time.getMilliseconds()).padStart(3, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${thousandths}`;
}
