import { LRUCache } from 'lru-cache';

/** A request whose whole text is there. */
export interface Message {
  readonly method: string;
  /** what stands in the request line between method and version */
  readonly target: string;
  /** lower-case names; one object may be that of many requests */
  readonly headers: Readonly<Record<string, string>>;
  /** where in the text its body begins, and where it ends */
  readonly bodyStart: number;
  readonly end: number;
}

/**
 * partial  it is not known yet where it ends: the rest of its head has not come, and the longest head has room for more
 * unusual  something in it is for a real parser to judge
 */
export type Read = Message | 'partial' | 'unusual';

/** What the lines of a head say. */
interface Fields {
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
}

/** Longer heads, in bytes with their last line, are unusual. */
export const LONGEST_HEAD = 8192;
/** Bytes of what is known of heads, and what one takes beyond its text. */
const KNOWN_BYTES = 8 * 2 ** 20;
const FIELDS_BYTES = 1500;

/** One of so many unknown heads is kept. */
const ADMITTED_OF = 8;

const VERSION = ' HTTP/1.1\r\n';
/** RFC 9112 3.2.1, and no more of it than every parser agrees on. */
const TARGET = /^\/[!"$-~]*$/;
const METHOD = /^[A-Z]{3,7}$/;
/** RFC 9112 5: a token, a colon, at most one space, and visible characters with single bytes between them. */
const NAME = /^[A-Za-z][A-Za-z0-9-]*$/;
const VALUE = /^(?:[!-~](?:[ -~]*[!-~])?)?$/;
const SPACE = 0x20;
const LENGTH = /^(?:0|[1-9]\d{0,8})$/;

/** Headers that change how a message is framed, what a server owes its client beyond the answer, or have no one value. */
const UNUSUAL = new Set([
  'expect',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Reads HTTP/1.1 requests that are written as nearly all are, and nothing else: whatever could be read in two ways is
 * `unusual`, and left to node:http. Of what it accepts node:http reads the same (a test compares them), so a request is
 * never framed in one way here and in another there (RFC 9112 11.2, request smuggling).
 *
 * Clients repeat their headers: what a head says is kept by its text, without its first line's target.
 */
export class MessageReader {
  readonly #known = new LRUCache<string, Fields | 'unusual'>({
    maxSize: KNOWN_BYTES,
    sizeCalculation: (_, text) => FIELDS_BYTES + text.length,
  });
  #unknown = 0;

  /** @param text begins where a request begins; one character for each byte */
  read(text: string): Read {
    const methodEnd = text.indexOf(' ');
    const targetEnd = text.indexOf(' ', methodEnd + 1);
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd < 0) return text.length >= LONGEST_HEAD ? 'unusual' : 'partial';
    if (methodEnd < 0 || targetEnd < 0 || targetEnd > headEnd || headEnd + 4 > LONGEST_HEAD) return 'unusual';
    const fields = this.#fields(text.slice(targetEnd, headEnd));
    if (fields === 'unusual') return 'unusual';
    const method = text.slice(0, methodEnd);
    const target = text.slice(methodEnd + 1, targetEnd);
    if (!METHOD.test(method) || method === 'CONNECT' || !TARGET.test(target)) return 'unusual';
    const bodyStart = headEnd + 4;
    return { method, target, headers: fields.headers, bodyStart, end: bodyStart + fields.bodyBytes };
  }

  /** @param text of a head from behind its target to before the empty line */
  #fields(text: string): Fields | 'unusual' {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    // Of heads that are never the same twice few get in, and what comes often gets in soon.
    if (++this.#unknown % ADMITTED_OF !== 0) return readFields(text);
    const own = ownCopy(text);
    const fields = readFields(own);
    if (typeof fields === 'object') Object.freeze(fields.headers);
    this.#known.set(own, fields);
    return fields;
  }
}

function readFields(text: string): Fields | 'unusual' {
  if (!text.startsWith(VERSION)) return 'unusual';
  const headers: Record<string, string> = {};
  for (let at = VERSION.length; at <= text.length;) {
    const lineEnd = text.indexOf('\r\n', at);
    const end = lineEnd < 0 ? text.length : lineEnd;
    const colon = text.indexOf(':', at);
    if (colon < 0 || colon > end) return 'unusual';
    const name = nameOf(text.slice(at, colon));
    const value = text.slice(text.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1, end);
    // Of several with one name some are joined, of others the first or the last counts.
    if (name === undefined || !VALUE.test(value) || headers[name] !== undefined) return 'unusual';
    headers[name] = value;
    at = end + 2;
  }
  const { connection, host, 'content-length': length } = headers;
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return 'unusual';
  if (!host || (length !== undefined && !LENGTH.test(length))) return 'unusual';
  return { headers, bodyBytes: Number(length ?? 0) };
}

/** Names as they are written, and in lower case; undefined for those that make a request unusual. */
const names = new Map<string, string | undefined>();
const MOST_NAMES = 1000;
const LONGEST_NAME = 100;

function nameOf(written: string): string | undefined {
  const known = names.get(written);
  if (known !== undefined) return known;
  const name = written.toLowerCase();
  if (written.length > LONGEST_NAME || !NAME.test(written) || UNUSUAL.has(name)) return undefined;
  // Clients use a few. One that invents them empties this memo.
  if (names.size >= MOST_NAMES) names.clear();
  names.set(ownCopy(written), name);
  return name;
}

/** A slice would keep all of what it was cut from. */
function ownCopy(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
