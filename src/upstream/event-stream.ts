import { LastmileError } from '../report/error';

/** One server-sent event. `event` is empty where the stream names none. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** A CR at the end of what has arrived may be the first half of a CRLF. */
const END_OF_LINE = /\r\n|\n|\r(?!$)/;

/**
 * Reads server-sent events (HTML standard 9.2.6), but for one thing: an event without data is passed on if it has a
 * name, because `event: complete` says all it has to say. What follows the last empty line is dropped, as there.
 * @param maxLength UTF-16 units one event may have
 * @throws LastmileError UPSTREAM_BAD_ANSWER for a longer one
 */
export async function* readEvents(
  text: AsyncIterable<string>,
  maxLength: number,
): AsyncGenerator<ServerEvent, void> {
  let pending = '';
  let event = '';
  let data: string | undefined;
  for await (const piece of text) {
    const lines = (pending + piece).split(END_OF_LINE);
    pending = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (event !== '' || data !== undefined) yield { event, data: data ?? '' };
        event = '';
        data = undefined;
        continue;
      }
      const [name, value] = splitField(line);
      if (name === 'event') event = value;
      else if (name === 'data') data = data === undefined ? value : `${data}\n${value}`;
    }
    if (pending.length + (data?.length ?? 0) > maxLength) {
      throw new LastmileError('UPSTREAM_BAD_ANSWER', `an event longer than ${maxLength} characters`);
    }
  }
}

/** A line that begins with a colon is a comment: its name is empty. */
function splitField(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  if (colon === -1) return [line, ''];
  const value = line.slice(colon + 1);
  return [line.slice(0, colon), value.startsWith(' ') ? value.slice(1) : value];
}
