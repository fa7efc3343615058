import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { complaint, PORT_OPTIONS, readPortOptions, type PortOptions } from './admin-port';

/** What the commands share that look at a gateway as it works. */

type Options = NonNullable<ParseArgsConfig['options']>;
type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** @param further options of the command. @returns a sentence when they cannot be understood */
export function readLookOptions(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  further: Options = {},
): { readonly port: PortOptions; readonly values: Values } | string {
  const { config, url, json } = PORT_OPTIONS;
  try {
    const given = parseArgs({ args: [...args], options: { config, url, json, ...further } });
    const values = given.values as Values;
    const port = readPortOptions(
      {
        config: values['config'] as string | undefined,
        url: values['url'] as string | undefined,
        json: values['json'] === true,
        wait: false,
        within: '0',
        region: [],
      },
      env,
    );
    return typeof port === 'string' ? port : { port, values };
  } catch (error) {
    return `${(error as Error).message}.`;
  }
}

/** One server-sent event. */
export interface HeardEvent {
  readonly event: string;
  readonly data: string;
}

/** What stands in the way of looking, for a person. */
export class CannotLook extends Error {}

/** Milliseconds between two attempts to connect again, and without any sign of life. */
const AGAIN_MS = 1000;
const SILENCE_MS = 10_000;

/**
 * The events of a gateway's admin port, until the signal; a stream that ends is opened again.
 * @param lost told why there is none at present, and (undefined) that there is one again
 * @throws CannotLook where there is none at first, or it is refused
 */
export async function* followEvents(
  { url, token }: Pick<PortOptions, 'url' | 'token'>,
  path: string,
  { signal, lost }: { readonly signal: AbortSignal; readonly lost: (why: string | undefined) => void },
): AsyncGenerator<HeardEvent, void> {
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const silence = new Silence(signal);
    try {
      const response = await fetch(new URL(path, url), {
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        redirect: 'error',
        signal: silence.signal,
      });
      if (response.status !== 200 || !response.body) throw new CannotLook(await refusalOf(url, response));
      if (!isFirst) lost(undefined);
      const text = response.body.pipeThrough(new TextDecoderStream());
      for await (const event of eventsIn(text, () => silence.broken())) yield event;
      if (!signal.aborted) lost('the gateway ended the stream');
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof CannotLook) throw error;
      const why = silence.isOver ? 'nothing was heard for 10 s' : causeOf(error);
      if (isFirst) throw new CannotLook(complaint(url, { status: 0, json: undefined, problem: why, at: 0 }));
      lost(why);
    } finally {
      silence.end();
    }
    await pause(AGAIN_MS, undefined, { signal }).catch(() => {});
  }
}

/** Gives a connection up on which nothing arrives any more: a view leaves each second. */
class Silence {
  readonly #controller = new AbortController();
  readonly signal: AbortSignal;
  #timer: NodeJS.Timeout | undefined;

  constructor(signal: AbortSignal) {
    this.signal = AbortSignal.any([signal, this.#controller.signal]);
    this.broken();
  }

  get isOver(): boolean {
    return this.#controller.signal.aborted;
  }

  broken(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(), SILENCE_MS).unref();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** HTML, "Server-sent events": as much of it as a gateway writes. */
async function* eventsIn(text: AsyncIterable<string>, arrived: () => void): AsyncGenerator<HeardEvent, void> {
  let rest = '';
  for await (const part of text) {
    arrived();
    const blocks = (rest + part).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const [event, data] = ['event', 'data'].map(
        (field) => new RegExp(`^${field}: (.*)$`, 'm').exec(block)?.[1],
      );
      if (event !== undefined && data !== undefined) yield { event, data };
    }
  }
}

async function refusalOf(url: string, response: Response): Promise<string> {
  const json = (await response.json().catch(() => undefined)) as Record<string, unknown> | undefined;
  return complaint(url, { status: response.status, json, problem: undefined, at: 0 });
}

function causeOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message?: string };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}

/** 0.18 ms, 12 ms, 1.2 s: three digits at most. */
export function formatMs(ms: number | undefined): string {
  if (ms === undefined) return '-';
  if (ms >= 60_000) return `${trim(ms / 60_000)} min`;
  if (ms >= 1000) return `${trim(ms / 1000)} s`;
  return `${trim(ms)} ms`;
}

/** 91 %, 91.2 % */
export function formatPart(part: number | undefined): string {
  return part === undefined ? '-' : `${(part * 100).toFixed(1)} %`;
}

function trim(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Colours for a terminal, and none elsewhere or where NO_COLOR is set (no-color.org). */
export function paints(isOn: boolean): (colour: keyof typeof COLOURS, text: string) => string {
  return isOn ? (colour, text) => `\x1b[${COLOURS[colour]}m${text}\x1b[0m` : (_, text) => text;
}

const COLOURS = {
  green: 32,
  yellow: 33,
  red: 31,
  blue: 34,
  magenta: 35,
  cyan: 36,
  dim: 2,
  bold: 1,
  inverse: 7,
} as const;
