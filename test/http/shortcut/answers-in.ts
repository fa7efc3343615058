/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** All whole answers in a text, a character for each byte, by Content-Length or in chunks. */
export function answersIn(text: string): WireAnswer[] {
  const found: WireAnswer[] = [];
  let rest = text;
  for (;;) {
    const headEnd = rest.indexOf('\r\n\r\n');
    if (headEnd < 0) return found;
    const head = rest.slice(0, headEnd);
    const read = /^transfer-encoding: chunked$/im.test(head)
      ? chunksIn(rest.slice(headEnd + 4))
      : sized(rest.slice(headEnd + 4), Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0));
    if (!read) return found;
    found.push({ status: Number(head.split(' ')[1]), head, body: read.body });
    rest = rest.slice(headEnd + 4 + read.length);
  }
}

function sized(text: string, length: number): { body: string; length: number } | undefined {
  return text.length < length ? undefined : { body: text.slice(0, length), length };
}

function chunksIn(text: string): { body: string; length: number } | undefined {
  let body = '';
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = parseInt(text.slice(at, lineEnd), 16);
    const end = lineEnd + 2 + size + 2;
    if (text.length < end) return undefined;
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = end;
    if (size === 0) return { body, length: at };
  }
}
