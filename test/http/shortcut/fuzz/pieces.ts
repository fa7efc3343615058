/** What is sent of a {@link Stream}. */
import { LONGEST_HEAD } from '../../../../src/http/shortcut/read-message';
import { MISLEADING, type Cut, type Plan, type Stream } from './stream';

export interface Piece {
  /** a character for each byte */
  readonly text: string;
  /** after it what is held is answered */
  readonly releases: boolean;
}

/** Where a text is cut -> whether what is held is answered then. */
type Cuts = Map<number, boolean>;

/** A stream as it is sent. */
export function piecesOf({ plans }: Stream): Piece[] {
  let text = '';
  const cuts: Cuts = new Map();
  for (const [id, plan] of plans.entries()) {
    const request = requestOf(plan, id);
    if (plan.isApart) cuts.set(text.length, cuts.get(text.length) ?? false);
    addCuts(cuts, text.length, request, plan);
    text += request.repeat(plan.copies);
  }
  return piecesAt(cuts, text);
}

/** The text of one request, which may be another than {@link requestOf} says, in the pieces of its plan. */
export function cutRequest(text: string, plan: Plan): Piece[] {
  const cuts: Cuts = new Map();
  addCuts(cuts, 0, text, plan);
  return piecesAt(cuts, text);
}

function addCuts(cuts: Cuts, from: number, request: string, plan: Plan): void {
  const marks = marksOf(request);
  for (const { mark, by, releases } of plan.cuts) {
    const at = from + marks[mark] + by;
    cuts.set(at, releases || (cuts.get(at) ?? false));
  }
}

function piecesAt(cuts: Cuts, text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const [at, releases] of [...cuts].sort(([a], [b]) => a - b)) {
    if (at <= from || at >= text.length) continue;
    pieces.push({ text: text.slice(from, at), releases });
    from = at;
  }
  return [...pieces, { text: text.slice(from), releases: false }];
}

function marksOf(text: string): Readonly<Record<Cut['mark'], number>> {
  const headEnd = text.indexOf('\r\n\r\n');
  const lineBreak = text.indexOf('\r\n', LONGEST_HEAD);
  const misleading = text.indexOf(MISLEADING, 1);
  return {
    start: 0,
    longest: LONGEST_HEAD,
    break: lineBreak < 0 ? LONGEST_HEAD : lineBreak,
    headEnd,
    body: headEnd + 4,
    misleading: misleading < 0 ? headEnd + 4 : misleading,
    end: text.length,
    middle: text.length >> 1,
  };
}

/** Methods whose requests have a body, whatever else their kind says. */
export const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'QUERY']);

/** The text of one request, a character for each byte. @param id said in its target and in X-Id */
export function requestOf(
  { kind, quirk, way, headBytes, breakBy, bodyBytes, isMisleading }: Plan,
  id: number,
): string {
  const [verb] = kind.split(' ') as [string];
  const method = verb === 'elsewhere' ? 'GET' : verb;
  const hasBody = kind.includes('body') || WITH_BODY.has(method);
  const body =
    hasBody || kind.includes('chunks') ? 'b'.repeat(bodyBytes) + (isMisleading ? MISLEADING : '') : '';
  const isChunked = kind.includes('chunks');
  const lines = [
    firstLine(kind.includes('elsewhere') ? '/elsewhere' : `/graphql?${id}`, method, quirk),
    ...(quirk === 'no host' ? [] : ['Host: a']),
    `X-Id: ${id}`,
    `X-Way: ${way}`,
    ...(isChunked ? ['Transfer-Encoding: chunked'] : []),
    ...(hasBody && !isChunked ? [`Content-Length: ${body.length}`] : []),
    ...quirkLines(quirk, body.length),
  ];
  const top = padded(lines.join('\r\n'), headBytes, breakBy);
  const text = `${top}\r\n\r\n${isChunked ? chunked(body) : body}`;
  if (quirk === 'a bare line feed') return text.replace('\r\nX-Id', '\nX-Id');
  return quirk === 'an empty line before' ? `\r\n${text}` : text;
}

function firstLine(target: string, method: string, quirk: Plan['quirk']): string {
  if (quirk === 'a CONNECT') return 'CONNECT a:1 HTTP/1.1';
  const at = quirk === 'an absolute target' ? `http://a${target}` : target;
  const version = quirk === 'an older version' ? 'HTTP/1.0' : 'HTTP/1.1';
  return `${quirk === 'a method in lower case' ? method.toLowerCase() : method} ${at} ${version}`;
}

function quirkLines(quirk: Plan['quirk'], length: number): string[] {
  switch (quirk) {
    case 'an expectation':
      return ['Expect: 100-continue'];
    case 'an upgrade':
      return ['Connection: upgrade', 'Upgrade: other'];
    case 'a header twice':
      return ['X-A: 1', 'x-a: 2'];
    case 'a header named by its connection':
      return ['Connection: x-way, keep-alive'];
    case 'a tab':
      return ['X-A:\ta'];
    case 'a close':
      return ['Connection: close'];
    case 'a folded line':
      return ['X-A: 1\r\n 2'];
    case 'a space before a colon':
      return ['X-A : 1'];
    case 'two lengths':
      return [`Content-Length: ${length}`, `Content-Length: ${length + 1}`];
    case 'length and chunks':
      return ['Transfer-Encoding: chunked', `Content-Length: ${length}`];
    default:
      return [];
  }
}

/** Adds headers, so that the head with its last line has so many bytes, and a line begins so far from the longest head. */
function padded(top: string, headBytes: number, breakBy: number | null): string {
  let text = top;
  if (breakBy !== null) text += pad(LONGEST_HEAD + breakBy - 2 - text.length, headBytes - 20 - text.length);
  return text + pad(headBytes - 4 - text.length, Infinity);
}

/** A header of so many bytes with the end of the line before it, if there is room for it. */
function pad(bytes: number, room: number): string {
  return bytes < 10 || bytes > room ? '' : `\r\nX-Pad: `.padEnd(bytes, 'a');
}

/** In chunks of ten, a thousand, and the rest. */
function chunked(body: string): string {
  let text = '';
  let from = 0;
  for (const size of [10, 1000, Infinity]) {
    const chunk = body.slice(from, from + size);
    if (chunk === '') break;
    text += `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
    from += chunk.length;
  }
  return `${text}0\r\n\r\n`;
}
