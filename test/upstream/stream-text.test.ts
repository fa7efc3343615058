import * as fc from 'fast-check';
import { readEvents, type ServerEvent, boundaryOf, readParts } from '../../src/upstream/result-stream';

/** A text cut where the network might cut it. */
async function* cut(text: string, places: readonly number[]): AsyncGenerator<string> {
  const sorted = places.map((place) => place % (text.length + 1)).sort((a, b) => a - b);
  let from = 0;
  for (const to of [...sorted, text.length]) {
    yield text.slice(from, to);
    from = to;
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const places = fc.array(fc.nat(), { maxLength: 12 });
const bodies = fc.array(fc.json(), { maxLength: 5 });
const boundaries = fc.constantFrom('-', 'graphql', '-----x');

describe('readParts', () => {
  it('finds the same parts wherever the text is cut', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, boundaries, places, fc.boolean(), async (parts, boundary, where, leading) => {
        const head = '\r\nContent-Type: application/json\r\n\r\n';
        const text = `${leading ? '\r\n' : ''}--${boundary}${parts.map((part) => `${head}${part}\r\n--${boundary}`).join('')}--\r\n`;
        expect(await all(readParts(cut(text, where), boundary))).toEqual(parts);
      }),
    );
  });

  it('finds them at every single place', async () => {
    const text = '\r\n---\r\nA: b\r\n\r\n{"a":1}\r\n---\r\n\r\n{"b":2}\r\n-----\r\n';
    for (let place = 0; place <= text.length; place++) {
      expect(await all(readParts(cut(text, [place]), '-'))).toEqual(['{"a":1}', '{"b":2}']);
    }
  });

  it('gives a part as soon as the delimiter behind it is there', async () => {
    async function* open() {
      yield '---\r\n\r\n{}\r\n---';
      throw new Error('asked for more than it needed');
    }
    expect(await readParts(open(), '-').next()).toEqual({ done: false, value: '{}' });
  });

  it('ignores a preamble and padding behind a delimiter', async () => {
    const text = 'hello\r\n---  \r\n\r\n{}\r\n-----';
    expect(await all(readParts(cut(text, []), '-'))).toEqual(['{}']);
  });

  it('refuses an end without the closing delimiter', async () => {
    await expect(all(readParts(cut('---\r\n\r\n{}\r\n---', []), '-'))).rejects.toThrow();
    await expect(all(readParts(cut('nothing of the kind', []), '-'))).rejects.toThrow();
  });

  it.each([
    ['multipart/mixed; boundary="-"; deferSpec=20220824', '-'],
    ['multipart/mixed;boundary=abc;charset=utf-8', 'abc'],
    ['multipart/mixed; Boundary="a;b"', 'a;b'],
    ['multipart/mixed', '-'],
  ])('reads the boundary of %s', (contentType, boundary) => {
    expect(boundaryOf(contentType)).toBe(boundary);
  });
});

describe('readEvents', () => {
  const events = fc.array(
    fc.record({
      event: fc.constantFrom('', 'next', 'complete'),
      data: fc.array(fc.json(), { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n')),
    }),
    { maxLength: 5 },
  );

  it('finds the same events wherever the text is cut, whatever ends its lines', async () => {
    await fc.assert(
      fc.asyncProperty(events, fc.constantFrom('\n', '\r\n'), places, async (list, end, where) => {
        const text = list.map((event) => write(event, end)).join(`:${end}${end}`);
        expect(await all(readEvents(cut(text, where), 1e6))).toEqual(list);
      }),
    );
  });

  it('finds them at every single place, also between CR and LF', async () => {
    const text = 'event: next\r\ndata: 1\r\n\r\nevent: complete\r\n\r\n';
    for (let place = 0; place <= text.length; place++) {
      expect(await all(readEvents(cut(text, [place]), 100))).toEqual([
        { event: 'next', data: '1' },
        { event: 'complete', data: '' },
      ]);
    }
  });

  it('reads lines that end in a lone CR, names without data, and fields it does not know', async () => {
    expect(await all(readEvents(cut('id: 1\rdata:a\r\revent: complete\n\ndata: lost', []), 100))).toEqual([
      { event: '', data: 'a' },
      { event: 'complete', data: '' },
    ]);
  });

  it('refuses an event without an end before it fills the memory', async () => {
    const endless = Array.from({ length: 1_000 }, () => 'data: xxxxxxxx\n').join('');
    await expect(all(readEvents(cut(endless, [500, 1_000, 2_000]), 400))).rejects.toThrow();
    await expect(all(readEvents(cut(`data: ${'x'.repeat(5_000)}`, []), 400))).rejects.toThrow();
  });

  function write({ event, data }: ServerEvent, end: string): string {
    const lines = data.split('\n').map((line) => `data: ${line}`);
    return [...(event === '' ? [] : [`event: ${event}`]), ...lines, '', ''].join(end);
  }
});
