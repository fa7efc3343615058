import { LRUCache } from 'lru-cache';

/** A request whose whole text is there. */
export interface Message {
  readonly method: string;
  /** what stands in the request line between method and version */
  readonly target: string;
  /** lower-case names; the same object for every request with the same text of headers, so it is frozen */
  readonly headers: Readonly<Record<string, string>>;
  /** where in the text its body begins, and where it ends */
  readonly bodyStart: number;
  readonly end: number;
}

/**
 * partial  it is not known yet where it ends: the rest of its head has not come
 * unusual  something in it is for a real parser to judge
 */
export type Read = Message | 'partial' | 'unusual';

/** What the lines of a head say. */
interface Fields {
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
}

/** Longer heads, in bytes, are unusual. */
export const LONGEST_HEAD = 8192;
/** Bytes of what is known of heads, and what one takes beyond its text. */
const KNOWN_BYTES = 8 * 2 ** 20;
const FIELDS_BYTES = 1500;

const VERSION = ' HTTP/1.1\r\n';
/** RFC 9112 3.2.1, and no more of it than every parser agrees on. */
const TARGET = /^\/[!"$-~]*$/;
const METHOD = /^[A-Z]{3,7}$/;
/** RFC 9112 5: a token, a colon, at most one space, and visible characters with single bytes between them. */
const LINE = /^([A-Za-z][A-Za-z0-9-]*): ?([!-~](?:[ -~]*[!-~])?)?$/;
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

  /** @param text begins where a request begins; one character for each byte */
  read(text: string): Read {
    const methodEnd = text.indexOf(' ');
    const targetEnd = text.indexOf(' ', methodEnd + 1);
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd < 0) return text.length > LONGEST_HEAD ? 'unusual' : 'partial';
    if (methodEnd < 0 || targetEnd < 0 || targetEnd > headEnd || headEnd > LONGEST_HEAD) return 'unusual';
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
    const fields = readFields(text);
    // A slice would keep the whole request it was cut from.
    this.#known.set(Buffer.from(text, 'latin1').toString('latin1'), fields);
    return fields;
  }
}

function readFields(text: string): Fields | 'unusual' {
  if (!text.startsWith(VERSION)) return 'unusual';
  const headers: Record<string, string> = {};
  for (const line of text.slice(VERSION.length).split('\r\n')) {
    const [whole, written = '', value = ''] = LINE.exec(line) ?? [];
    const name = written.toLowerCase();
    // Of several with one name some are joined, of others the first or the last counts.
    if (whole === undefined || UNUSUAL.has(name) || Object.hasOwn(headers, name)) return 'unusual';
    headers[name] = Buffer.from(value, 'latin1').toString('latin1');
  }
  const { connection, host, 'content-length': length } = headers;
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return 'unusual';
  if (!host || (length !== undefined && !LENGTH.test(length))) return 'unusual';
  return { headers: Object.freeze(headers), bodyBytes: Number(length ?? 0) };
}
