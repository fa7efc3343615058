import { isOperationPattern } from './operation-pattern';
import type { Problem } from './problem';
import { z } from 'zod';
import { isIP } from 'node:net';

const LONGEST_QUOTE = 60;

/** What a table of variables comes to. */
export type ValuesOf<Table> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };

/**
 * Reads the variables of a table from the environment. The empty text counts as not set.
 * A variable with a problem has no value: only what does not look at it may use the values then.
 */
export function readValues<Table extends Readonly<Record<string, Variable>>>(
  table: Table,
  env: NodeJS.ProcessEnv,
): { values: ValuesOf<Table>; problems: Problem[] } {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const [name, { reader, fallback, isRequired }] of Object.entries(table)) {
    const given = env[name];
    const text = given === undefined || given === '' ? fallback : given;
    if (text === undefined) continue;
    const quoted = reader.isQuotable ? JSON.stringify(text.slice(0, LONGEST_QUOTE)) : 'The value';
    const result = reader.schema.safeParse(text, { error: () => `${quoted} is not ${reader.expects}.` });
    if (result.success) {
      values[name] = result.data;
    } else {
      const problem = [...new Set(result.error.issues.map((issue) => issue.message))].join(' ');
      const orUnset = isRequired
        ? ''
        : fallback
          ? `, or unset it for the default, ${fallback}`
          : ', or unset it';
      problems.push({ variable: name, problem, remedy: `Set it to ${reader.expects}${orUnset}.` });
    }
  }
  // Each value came from the reader of its name, which is what the type says; the loop cannot show it.
  return { values: values as ValuesOf<Table>, problems };
}

/** What CORS_ORIGINS holds: any origin, or those listed, as browsers write them (RFC 6454 6.2). */
export type Origins = '*' | readonly string[];

/** `*`, or origins such as `https://app.example.com` with commas between them. */
export function originList(): Reader<Origins> {
  const schema = z.string().transform((text, context): Origins => {
    const parts = text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    if (parts.length === 1 && parts[0] === '*') return '*';
    for (const part of parts) {
      if (!isOrigin(part)) context.addIssue({ code: 'custom', message: faultOf(part) });
    }
    return [...new Set(parts.map((part) => part.toLowerCase()))];
  });
  return { expects: '`*`, or origins with commas between them', schema, isQuotable: true };
}

/** Scheme, host and a port where it is not the scheme's own: what is written otherwise would match no request. */
function isOrigin(text: string): boolean {
  return (
    /^https?:\/\/[^*]+$/i.test(text) && URL.canParse(text) && new URL(text).origin === text.toLowerCase()
  );
}

function faultOf(text: string): string {
  const quoted = JSON.stringify(text.slice(0, 100));
  return text === '*'
    ? '`*` stands alone or not at all.'
    : `${quoted} is not an origin, such as https://app.example.com: no path, no slash at its end, no wildcard.`;
}

/** What a variable is about. */
export type Group =
  | 'http'
  | 'admin'
  | 'upstream'
  | 'region'
  | 'redis'
  | 'policy'
  | 'session'
  | 'freshness'
  | 'warm'
  | 'limits'
  | 'log'
  | 'cdn'
  | 'capture'
  | 'fly';

/** An environment variable. */
export interface Variable<Value = unknown, Fallback extends string | undefined = string | undefined> {
  readonly group: Group;
  readonly reader: Reader<Value>;
  /** The text that is read when the variable is not set. */
  readonly fallback: Fallback;
  /** What the documentation says of the default. */
  readonly default: string;
  /** There is no doing without it: what is told of a wrong value does not say that it may be unset. */
  readonly isRequired?: true;
  /** One phrase for the documentation, in Markdown. */
  readonly meaning: string;
}

/** The value of a variable, undefined where it may stay unset. */
export type ValueOf<Of> =
  Of extends Variable<infer Value, infer Fallback>
    ? Fallback extends string
      ? Value
      : Value | undefined
    : never;

/** A variable with a default of its own. */
export function preset<Value>(
  group: Group,
  reader: Reader<Value>,
  fallback: string,
  meaning: string,
): Variable<Value, string> {
  return { group, reader, fallback, default: fallback, meaning };
}

/** A variable that may stay unset. @param unset what its absence means */
export function optional<Value>(
  group: Group,
  reader: Reader<Value>,
  unset: string,
  meaning: string,
): Variable<Value, undefined> {
  return { group, reader, fallback: undefined, default: unset, meaning };
}

/** A variable that has to be set; who reads the table says so where it is not. */
export function required<Value>(
  group: Group,
  reader: Reader<Value>,
  meaning: string,
): Variable<Value, undefined> {
  return { ...optional(group, reader, 'none: required', meaning), isRequired: true };
}

/** How the text of a variable becomes a value. */
export interface Reader<Value> {
  /** What the text has to be, to follow "is not" and "Set it to": `a whole number from 1 to 5`. */
  readonly expects: string;
  /** An issue with a message of its own says more than that the text is not what was expected, and quotes no secret. */
  readonly schema: z.ZodType<Value, string>;
  /** False where the text is a secret or may hold one: it is then not quoted in a problem. */
  readonly isQuotable: boolean;
}

const BYTES_PER_UNIT = new Map([
  ['', 1],
  ['b', 1],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
]);

const trimmed = z.string().trim();

export function wholeNumber(least: number, most: number): Reader<number> {
  const range = z.number().min(least).max(most);
  const schema = trimmed
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(range);
  return { expects: `a whole number from ${least} to ${most}`, schema, isQuotable: true };
}

/** A part of a whole: `0`, `0.25`, `1`. */
export function fraction(): Reader<number> {
  const schema = trimmed
    .regex(/^(?:[01]|0?\.\d{1,9})$/)
    .transform(Number)
    .pipe(z.number().min(0).max(1));
  return { expects: 'a number from 0 to 1', schema, isQuotable: true };
}

/** A size in bytes: `65536`, `64KiB` (1024 bytes each) or `64kB` (1000 bytes each), in any case. */
export function byteSize(least: number, most: number): Reader<number> {
  const schema = trimmed
    .toLowerCase()
    .regex(/^\d{1,15} ?([kmg]i?)?b?$/)
    .transform(
      (text) => Number.parseInt(text, 10) * (BYTES_PER_UNIT.get(text.replace(/[\d ]/g, '')) ?? Number.NaN),
    )
    .pipe(z.int().min(least).max(most));
  return {
    expects: `a size from ${least} to ${most} bytes, such as 65536, 64KiB or 1MB`,
    schema,
    isQuotable: true,
  };
}

export function onOrOff(): Reader<boolean> {
  const schema = trimmed.pipe(
    z.stringbool({ truthy: ['1', 'true', 'yes', 'on'], falsy: ['0', 'false', 'no', 'off'] }),
  );
  return { expects: '1 or 0', schema, isQuotable: true };
}

export function oneOf<const Word extends string>(words: readonly [Word, ...Word[]]): Reader<Word> {
  const schema = trimmed.toLowerCase().pipe(z.enum(words));
  return { expects: `one of ${words.join(', ')}`, schema, isQuotable: true };
}

/** Codes of GraphQL errors, with commas between them. */
export function errorCodes(): Reader<readonly string[]> {
  const schema = trimmed
    .transform((text) => [
      ...new Set(
        text
          .split(',')
          .map((code) => code.trim())
          .filter(Boolean),
      ),
    ])
    .pipe(z.array(z.string().regex(/^[A-Za-z0-9_.:-]{1,100}$/)));
  return { expects: 'codes of errors with commas between them', schema, isQuotable: true };
}

/** @param protocols such as `https:` */
export function url(...protocols: readonly string[]): Reader<string> {
  const isUrl = (text: string) => {
    // `http:host` would be read as a URL with a host, and `redis:host` as one without: neither is what was meant.
    if (!text.includes('://') || !URL.canParse(text)) return false;
    const { protocol, hostname } = new URL(text);
    return hostname !== '' && protocols.includes(protocol);
  };
  return {
    expects: `a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    // What is no URL is not looked at further.
    schema: trimmed.refine(isUrl, { abort: true }),
    isQuotable: false,
  };
}

/** A URL for HTTP requests. User and password in it are refused: `fetch` does not take them, and they end up in logs. */
export function httpUrl(): Reader<string> {
  const anyUrl = url('http:', 'https:');
  const schema = anyUrl.schema.refine(
    (text) => new URL(text).username === '' && new URL(text).password === '',
    {
      error: 'It holds a user or a password.',
    },
  );
  return { ...anyUrl, expects: `${anyUrl.expects}, without user and password`, schema };
}

/** The URL of a WebSocket. */
export function socketUrl(): Reader<string> {
  return url('ws:', 'wss:');
}

/** The URL of a PostgreSQL, with whatever its client takes behind the question mark. */
export function postgresUrl(): Reader<string> {
  return url('postgres:', 'postgresql:');
}

/** What PostgreSQL takes for the name of a slot, and without quotes for that of a publication. */
export function databaseName(): Reader<string> {
  const schema = trimmed.regex(/^[a-z_][a-z0-9_]{0,50}$/);
  return { expects: 'a name of lower-case letters, digits and _, 51 at most', schema, isQuotable: true };
}

/** A region, an app, a machine: what can stand in a host name and in the token of a `Cache-Status` (RFC 9211 2). */
export function placeName(): Reader<string> {
  const schema = trimmed.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/);
  return { expects: 'a name of letters, digits, - and _, 63 at most', schema, isQuotable: true };
}

/** What stands between commas, each once. */
export function listed(text: string): string[] {
  return [...new Set(text.split(',').map((name) => name.trim()))].filter((name) => name !== '');
}

/** Names with commas between them, each once. */
export function plainNames(): Reader<readonly string[]> {
  const schema = z
    .string()
    .transform(listed)
    .pipe(z.array(z.string().regex(/^[\w$.:-]{1,128}$/)));
  return { expects: 'names with commas between them', schema, isQuotable: true };
}

/** Names of operations, with `*`, with commas between them, each once. */
export function operationPatterns(): Reader<readonly string[]> {
  const schema = z
    .string()
    .transform((text) =>
      [...new Set(text.split(',').map((name) => name.trim()))].filter((name) => name !== ''),
    )
    .pipe(z.array(z.string().refine(isOperationPattern)));
  return {
    expects: 'names of operations with commas between them, in which * stands for any letters',
    schema,
    isQuotable: true,
  };
}

const HOST_NAME = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

export function hostAddress(): Reader<string> {
  const schema = trimmed.refine((text) => isIP(text) !== 0 || HOST_NAME.test(text));
  return { expects: 'an IP address or a host name, without a port', schema, isQuotable: true };
}

export function hostName(): Reader<string> {
  const schema = trimmed.regex(HOST_NAME).refine((text) => isIP(text) === 0);
  return { expects: 'a host name', schema, isQuotable: true };
}

/** One file. */
export function filePath(): Reader<string> {
  return { expects: 'the path of a file', schema: trimmed.regex(/^[^\0]+$/), isQuotable: true };
}

/** Files, folders, or paths with `*`, with commas between them. */
export function filePatterns(): Reader<readonly string[]> {
  const schema = trimmed
    .transform((text) =>
      text
        .split(',')
        .map((pattern) => pattern.trim())
        .filter((pattern) => pattern !== ''),
    )
    .pipe(z.array(z.string().regex(/^[^\0]*$/)).min(1));
  return { expects: 'paths of files or folders with commas between them', schema, isQuotable: true };
}

/** What may follow `Bearer` in a header: visible ASCII. */
export function bearerToken(): Reader<string> {
  return {
    expects: 'visible ASCII characters without spaces',
    schema: trimmed.regex(/^[\x21-\x7e]+$/),
    isQuotable: false,
  };
}

/** A key for HMAC, taken as it is, spaces and all. @param leastBytes in UTF-8 */
/** The value of a claim: a name or a URI (RFC 7519 2, StringOrURI). */
export function claimText(): Reader<string> {
  return { expects: 'text without spaces', schema: trimmed.regex(/^\S+$/), isQuotable: true };
}

export function secretKey(leastBytes: number): Reader<string> {
  const schema = z.string().refine((text) => Buffer.byteLength(text) >= leastBytes);
  return { expects: `a secret of at least ${leastBytes} bytes`, schema, isQuotable: false };
}
