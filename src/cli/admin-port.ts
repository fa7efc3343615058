import type { ParseArgsConfig } from 'node:util';
import { ConfigError } from '../config/problem';
import { readSettingsFile } from '../config/settings-file';

/** What the commands share that ask a gateway's admin port. */

/** A region's name, and the URL of a gateway's admin port there. */
export interface NamedRegion {
  readonly name: string;
  readonly url: string;
}

/** Of the gateway on this machine. */
function adminUrl(env: NodeJS.ProcessEnv): string {
  return `http://127.0.0.1:${env['ADMIN_PORT'] || '4001'}`;
}

/**
 * @param given as --region has them, `name=URL`; none: those of REGION_URLS
 * @returns a sentence when one cannot be understood
 */
function readRegions(given: readonly string[], env: NodeJS.ProcessEnv): NamedRegion[] | string {
  const listed = given.length > 0 ? given : (env['REGION_URLS'] ?? '').split(',');
  const regions = listed.filter((text) => text.trim() !== '').map(readRegion);
  const wrong = regions.find((region) => typeof region === 'string');
  if (wrong !== undefined) return `${wrong} is not name=URL, as in syd=http://10.0.0.7:4001.`;
  return regions.filter((region) => typeof region === 'object');
}

function readRegion(text: string): { name: string; url: string } | string {
  const at = text.indexOf('=');
  const [name, url] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  return at > 0 && isHttp(url) ? { name, url } : text;
}

/** What every such command may be told. */
export const PORT_OPTIONS = {
  config: { type: 'string' },
  url: { type: 'string' },
  wait: { type: 'boolean', default: false },
  within: { type: 'string', default: '10000' },
  region: { type: 'string', multiple: true, default: [] as string[] },
  json: { type: 'boolean', default: false },
} as const satisfies NonNullable<ParseArgsConfig['options']>;

/** The same, understood. */
export interface PortOptions {
  /** a file of settings, where one is named */
  readonly config: string | undefined;
  /** of an admin port */
  readonly url: string;
  readonly token: string | undefined;
  readonly wait: boolean;
  readonly withinMs: number;
  readonly regions: readonly NamedRegion[];
  readonly json: boolean;
}

const LONGEST_WAIT_MS = 60_000;

/** @returns a sentence when they cannot be understood */
export function readPortOptions(
  given: {
    readonly config?: string | undefined;
    readonly url?: string | undefined;
    readonly wait: boolean;
    readonly within: string;
    readonly region: readonly string[];
    readonly json: boolean;
  },
  env: NodeJS.ProcessEnv,
): PortOptions | string {
  const { wait, within, json } = given;
  const regions = readRegions(given.region, env);
  if (typeof regions === 'string') return regions;
  // Who names regions is on a machine of none of them, mostly.
  const near = given.region.length > 0 ? regions[0]?.url : undefined;
  const url = given.url ?? near ?? adminUrl(env);
  if (!isHttp(url)) return `--url ${url} is not an http: or https: URL.`;
  const withinMs = Number(within);
  if (!Number.isInteger(withinMs) || withinMs < 0 || withinMs > LONGEST_WAIT_MS)
    return `--within ${within} is not a whole number of milliseconds up to ${LONGEST_WAIT_MS}.`;
  return { config: given.config, url, token: env['ADMIN_TOKEN'] || undefined, wait, withinMs, regions, json };
}

/** That only the gateway that was asked is waited for, although others may follow the log. */
export function unnamedRegions({ wait, regions }: Pick<PortOptions, 'wait' | 'regions'>): string[] {
  if (!wait || regions.length > 0) return [];
  return ['No other region is waited for: name each with --region name=URL, or in REGION_URLS.'];
}

/**
 * What a command was told, where the file of `--config` says what neither its options nor the environment do.
 * @param read what it was told and the environment say
 * @returns a sentence when it cannot be understood
 */
export async function readWithFile<Options extends PortOptions>(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  read: (args: readonly string[], env: NodeJS.ProcessEnv) => Options | string,
): Promise<Options | string> {
  const options = read(args, env);
  if (typeof options === 'string' || options.config === undefined) return options;
  try {
    const { env: file, problems } = await readSettingsFile(options.config, process.cwd());
    if (problems.length > 0) throw new ConfigError(problems);
    const set = Object.entries(env).filter(([, value]) => value !== undefined && value !== '');
    return read(args, { ...file, ...Object.fromEntries(set) });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

function isHttp(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

/** What an admin port answered. */
export interface AdminAnswer {
  /** 0 when there was no answer */
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>> | undefined;
  /** why there was no answer */
  readonly problem: string | undefined;
  /** monotonic milliseconds at which it was here */
  readonly at: number;
}

/** How the admin port is asked. */
export interface AdminQuestion {
  readonly token: string | undefined;
  /** after which there is no answer */
  readonly patienceMs: number;
  /** sent as JSON by POST; without one it is a GET */
  readonly body?: unknown;
}

/**
 * Asks a gateway's admin port. Never rejects.
 * @param path with its query
 */
export async function askAdmin(
  url: string,
  path: string,
  { token, patienceMs, body }: AdminQuestion,
): Promise<AdminAnswer> {
  try {
    const response = await fetch(new URL(path, url), {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      // The token is for this address, and for none that it may name.
      redirect: 'error',
      signal: AbortSignal.timeout(patienceMs),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: object(text), problem: undefined, at: performance.now() };
  } catch (error) {
    return { status: 0, json: undefined, problem: why(error), at: performance.now() };
  }
}

function object(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : undefined;
  } catch {
    // Something answered that is no gateway: the status is all there is to tell.
    return undefined;
  }
}

function why(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // What fetch throws says only that it failed; its cause says how.
  const { cause } = error as { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? error.message;
}

/** What, where, and what to do. */
export function complaint(url: string, { status, json, problem }: AdminAnswer): string {
  if (problem !== undefined)
    return `${url} did not answer (${problem}). Start a gateway, or give the address of its admin port with --url.`;
  const error = json?.['error'] as { message?: string; remedy?: string } | undefined;
  if (!error?.message && status === 404)
    return `${url} does not know that: it is no gateway's admin port, or that of an earlier version. Give the address of one with --url, or upgrade that gateway.`;
  if (!error?.message)
    return `${url} answered with status ${status}, and not as a gateway. Give the address of an admin port with --url.`;
  return `${url} answered: ${error.message} ${error.remedy ?? ''}`.trimEnd();
}
