import { LastmileError } from '../report/error';

const END_OF_LINE = '\r\n';
const END_OF_HEAD = '\r\n\r\n';

/**
 * The bodies of the parts of a `multipart/mixed` text, each as soon as the delimiter after it has arrived
 * (RFC 2046 5.1.1). Delimiters may be cut anywhere by the network. Headers of parts are not looked at: all parts of
 * an answer are JSON.
 * @throws LastmileError UPSTREAM_BAD_ANSWER when the text ends before the closing delimiter
 */
export async function* readParts(
  text: AsyncIterable<string>,
  boundary: string,
): AsyncGenerator<string, void> {
  const delimiter = `${END_OF_LINE}--${boundary}`;
  // The first delimiter may lack the line end that belongs to every other one.
  let pending = END_OF_LINE;
  let searched = 0;
  let preamble = true;
  for await (const piece of text) {
    pending += piece;
    for (;;) {
      const at = pending.indexOf(delimiter, searched);
      if (at === -1) {
        searched = Math.max(0, pending.length - delimiter.length + 1);
        break;
      }
      if (!preamble) yield* bodyOf(pending.slice(0, at));
      // What follows may be `--`, and half of it may still be on its way.
      pending = pending.slice(at + delimiter.length);
      searched = 0;
      preamble = false;
    }
    if (!preamble && pending.startsWith('--')) return;
  }
  throw new LastmileError('UPSTREAM_BAD_ANSWER', 'an answer in parts that ended before its last part');
}

/** What a delimiter line is followed by: the rest of that line, headers or none, an empty line, the body. */
function* bodyOf(part: string): Generator<string, void> {
  const head = part.indexOf(END_OF_HEAD);
  if (head === -1) throw new LastmileError('UPSTREAM_BAD_ANSWER', 'a part without an end to its headers');
  yield part.slice(head + END_OF_HEAD.length);
}

/** The `boundary` of a content type; `-` where it says none, as GraphQL servers have it. */
export function boundaryOf(contentType: string): string {
  const match = /;\s*boundary=(?:"([^"]*)"|([^\s;]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2] ?? '-';
}
