import { z } from 'zod';
import { url, type Reader } from './readers';

/** A Redis by the name that Sentinels know its primary by, wherever that is at present. */
export interface SentinelUrl {
  /** Redis and Sentinels are reached by TLS */
  readonly isEncrypted: boolean;
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  readonly name: string;
  readonly db: number;
  /** of the Redis */
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** as a URL of a Redis would have it */
  readonly encodedPassword: string | undefined;
  /** of the Sentinels, where they ask for one */
  readonly sentinelUsername: string | undefined;
  readonly sentinelPassword: string | undefined;
}

const SENTINEL_PORT = 26_379;
const SENTINEL_FORM = 'redis+sentinel://user:password@host1:26379,host2:26379/name';
const SENTINEL =
  /^(?<scheme>rediss?)\+sentinel:\/\/(?:(?<user>[^@/:]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^@/?#]+)\/(?<name>[\w.-]+)(?:\/(?<db>\d{1,9})?)?(?:\?(?<query>[^#]*))?$/i;

/** Why the log is never found by a Sentinel: it may promote one replica while the primary before still takes purges. */
const NOT_FOR_LOG =
  'A Sentinel URL is for entries alone: of two primaries, as a failover can leave them, only one has a purge, and which of them a region follows cannot be shown.';

export function isSentinelUrl(text: string): boolean {
  return /^rediss?\+sentinel:/i.test(text);
}

/** @returns undefined for any other text, and for one with a fault */
export function readSentinelUrl(text: string): SentinelUrl | undefined {
  const { scheme, user, password, hosts, name, db, query } = SENTINEL.exec(text)?.groups ?? {};
  if (!scheme || !hosts || !name) return undefined;
  const places = hosts.split(',').map((host) => `redis://${host}`);
  if (!places.every((place) => URL.canParse(place) && new URL(place).hostname !== '')) return undefined;
  const params = new URLSearchParams(query);
  try {
    return {
      isEncrypted: scheme.toLowerCase() === 'rediss',
      sentinels: places.map((place) => {
        const { hostname, port } = new URL(place);
        return { host: bareHost(hostname), port: Number(port || SENTINEL_PORT) };
      }),
      name,
      db: Number(db ?? 0),
      username: user ? decodeURIComponent(user) : undefined,
      password: password ? decodeURIComponent(password) : undefined,
      // What else has to be encoded is, as in any URL.
      encodedPassword: password ? new URL(`redis://:${password}@host`).password : undefined,
      sentinelUsername: params.get('sentinelUsername') ?? undefined,
      sentinelPassword: params.get('sentinelPassword') ?? undefined,
    };
  } catch {
    // A % that begins no character.
    return undefined;
  }
}

/** A host as a URL has it, without the brackets of an IPv6 address. */
export function bareHost(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

/** @returns why a URL of a Redis is none that ioredis takes: it crashes over a database that is no number */
export function databaseFault(text: string): string | undefined {
  const { pathname, searchParams } = new URL(text);
  const named = [pathname.slice(1), searchParams.get('db') ?? ''].filter((number) => number !== '');
  return named.every((number) => /^\d{1,9}$/.test(number))
    ? undefined
    : 'What follows the host is not the number of a database.';
}

/** @returns why entries cannot be kept at this URL, as far as it shows */
export function entriesUrlFault(text: string): string | undefined {
  if (!isSentinelUrl(text)) return databaseFault(text);
  return readSentinelUrl(text) ? undefined : `It is not of the form ${SENTINEL_FORM}.`;
}

/** @returns why the purge log cannot be kept at this URL, as far as it shows */
export function logUrlFault(text: string): string | undefined {
  return isSentinelUrl(text) ? NOT_FOR_LOG : databaseFault(text);
}

/** Where the purge log is kept. */
export function logUrl(): Reader<string> {
  const { expects } = url('redis:', 'rediss:');
  return urlOf(`${expects}, with the number of a database at its end or none`, logUrlFault);
}

/** Where entries are kept. */
export function entriesUrl(): Reader<string> {
  const { expects } = url('redis:', 'rediss:');
  return urlOf(
    `${expects}, with the number of a database at its end or none, or ${SENTINEL_FORM}`,
    entriesUrlFault,
  );
}

function urlOf(expects: string, faultOf: (text: string) => string | undefined): Reader<string> {
  const { schema: anyUrl } = url('redis:', 'rediss:');
  const schema = z
    .string()
    .trim()
    .superRefine((text, context) => {
      const isOther = !isSentinelUrl(text) && !anyUrl.safeParse(text).success;
      // What is no URL is not looked at further.
      const message = isOther ? `The value is not ${expects}.` : faultOf(text);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    });
  return { expects, schema, isQuotable: false };
}
