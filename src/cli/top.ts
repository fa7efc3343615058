import { emitKeypressEvents, type Key } from 'node:readline';
import type { PurgeView, View } from '../dashboard/view';
import { readWithFile, type PortOptions } from './admin-port';
import { CannotLook, formatMs, formatPart, followEvents, readLookOptions } from './look';
import { TopScreen } from './top-screen';
import { usageError, type Command } from './usage';

export const topCommand: Command = {
  name: 'top',
  summary: 'shows live what is answered from where, why not from the cache, purges and regions',
  usage: `lastmile top [--url URL] [--json]

Shows a gateway at work, once a second, from the moment it is opened, over at most the last five minutes: operations by
the time that users lost because their answers did not come from the cache, the reasons with what to do, purges with how long
they took to each region, and all regions. It covers all processes of the gateway's machine. Where the output is not a terminal
it prints a line a second.

  --url     a gateway's admin port (http://127.0.0.1:ADMIN_PORT, which is 4001 by default)
  --config  a file of settings, as for \`lastmile serve\`
  --json    prints a JSON object on each line: {"view": ...} once a second, {"purge": ...} when there is one

Keys: tab or 1 to 4 what is shown; < and > the column to sort by, r reverses the order; / filter, escape ends it; space freezes;
up and down scroll; q ends.

Lost is, for each operation, how many answers did not come from the cache, times how much longer such an answer usually takes
than a hit. Mutations, subscriptions and errors are not counted there.

Environment:

  ADMIN_TOKEN  bearer token of the gateway; a gateway without one answers its own machine only, and refuses in production
  ADMIN_PORT   port of the gateway on this machine (4001)
  NO_COLOR     set to anything: no colours

Exit status: 0 ended by q or ctrl-c, 1 the gateway cannot be looked at, 2 wrong usage.
`,
  run,
};

/** @returns a sentence when they cannot be understood */
export function readTopOptions(args: readonly string[], env: NodeJS.ProcessEnv): PortOptions | string {
  const read = readLookOptions(args, env);
  return typeof read === 'string' ? read : read.port;
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const options = await readWithFile(args, env, readTopOptions);
  if (typeof options === 'string') return usageError('top', options);
  const end = new AbortController();
  const isShown = process.stdout.isTTY && process.stdin.isTTY && !options.json;
  const screen = isShown ? new Terminal(new TopScreen(!env['NO_COLOR']), () => end.abort()) : undefined;
  const stop = (): void => end.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  // A pipe that was closed says so at each write, also after the end.
  process.stdout.on('error', stop);
  try {
    const lost = (why: string | undefined): void => {
      if (screen) screen.problem(why);
      else
        process.stderr.write(
          `lastmile top: ${why === undefined ? 'connected again' : `${why}; trying again`}\n`,
        );
    };
    for await (const { event, data } of followEvents(options, '/events', { signal: end.signal, lost })) {
      // The terminal is taken once there is something to show: a refusal is said where the command was typed.
      screen?.begin();
      if (event === 'view') {
        const view = JSON.parse(data) as View;
        if (screen) screen.see(view);
        else process.stdout.write(`${options.json ? `{"view":${data}}` : plainLine(view)}\n`);
      }
      if (event === 'purge') {
        if (screen) screen.seePurge(JSON.parse(data) as PurgeView);
        else if (options.json) process.stdout.write(`{"purge":${data}}\n`);
      }
    }
    return 0;
  } catch (error) {
    if (!(error instanceof CannotLook)) throw error;
    screen?.end();
    process.stderr.write(`lastmile top: ${error.message}\n`);
    return 1;
  } finally {
    screen?.end();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** One line, for a pipe: what the head of the screen says, and what costs most. */
export function plainLine({ region, regions, answers, operations }: View): string {
  const here = regions.find(({ isHere }) => isHere);
  const [worst] = operations;
  const why = worst?.reasons[0]?.[0];
  const most =
    worst && worst.lostMs > 0
      ? `, most by ${worst.name} (${formatMs(worst.lostMs)}${why === undefined ? '' : `, ${why}`})`
      : '';
  return (
    `${new Date().toISOString()} ${region} ${here?.state ?? ''} ${here?.perSecond.toFixed(1) ?? '-'} a second, ` +
    `hits ${formatPart(answers.hitRate)} of at most ${formatPart(answers.highestHitRate)}, ` +
    `hit ${formatMs(answers.hitMs.p50)}, other ${formatMs(answers.otherMs.p50)}, lost ${formatMs(answers.lostMs)}${most}`
  );
}

const ALTERNATE = '\x1b[?1049h\x1b[?25l';
const USUAL = '\x1b[?25h\x1b[?1049l';

/** The screen on a terminal, which is given back as it was however this ends. */
class Terminal {
  readonly #screen: TopScreen;
  readonly #end: () => void;
  #isBegun = false;
  #isOver = false;

  /** @param end called when a key says so */
  constructor(screen: TopScreen, end: () => void) {
    this.#screen = screen;
    this.#end = end;
  }

  begin(): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    process.stdout.write(ALTERNATE);
    // Also where something throws that is caught nowhere.
    process.once('exit', this.#restore);
    emitKeypressEvents(process.stdin);
    process.stdin.setRawMode(true);
    process.stdin.on('keypress', this.#pressed);
    process.stdin.resume();
    process.stdout.on('resize', this.#draw);
    this.#draw();
  }

  see(view: View): void {
    this.#screen.see(view);
    this.#draw();
  }

  seePurge(purge: PurgeView): void {
    this.#screen.seePurge(purge);
    this.#draw();
  }

  problem(why: string | undefined): void {
    this.#screen.problem = why;
    if (this.#isBegun) this.#draw();
  }

  end(): void {
    if (!this.#isBegun || this.#isOver) return;
    process.stdin.off('keypress', this.#pressed);
    process.stdin.pause();
    process.stdout.off('resize', this.#draw);
    process.off('exit', this.#restore);
    this.#restore();
  }

  readonly #restore = (): void => {
    if (this.#isOver) return;
    this.#isOver = true;
    process.stdin.setRawMode(false);
    process.stdout.write(USUAL);
  };

  readonly #pressed = (character: string | undefined, key: Key): void => {
    if ((key.ctrl && key.name === 'c') || !this.#screen.press(key.name, character)) this.#end();
    else this.#draw();
  };

  readonly #draw = (): void => {
    // A terminal may say that it has none.
    const { columns, rows } = process.stdout;
    const lines = this.#screen.lines(columns || 80, rows || 24);
    process.stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`);
  };
}
