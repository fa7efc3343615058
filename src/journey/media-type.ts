/** The media types an answer that is whole can have. */
export type AnswerType = 'application/json' | 'application/graphql-response+json';

/** What a client takes. */
export interface Accepted {
  /** how a whole answer is labelled for it; undefined: it takes none of the two */
  readonly json: AnswerType | undefined;
  /** it can read an answer that comes in parts */
  readonly stream: boolean;
  /** it asks for a page before all else, as browsers do */
  readonly page: boolean;
}

const ANSWERS: readonly AnswerType[] = ['application/json', 'application/graphql-response+json'];
const STREAMS = ['text/event-stream', 'multipart/mixed'];

const PLAIN: Accepted = { json: 'application/json', stream: false, page: false };

const known = new Map<string, Accepted>();
const MOST_KNOWN = 1000;

/**
 * Reads an Accept header: the highest q wins, then the order of the header. RFC 9110 12.5.1; GraphQL over HTTP:
 * without the header, `application/json`.
 */
export function accepted(header: string | undefined): Accepted {
  if (header === undefined || header === '') return PLAIN;
  const seen = known.get(header);
  if (seen) return seen;
  const answer = negotiate(header);
  // Clients use a handful of headers; one that invents them is answered without being remembered.
  if (known.size < MOST_KNOWN && header.length < 500) known.set(header, answer);
  return answer;
}

function negotiate(header: string): Accepted {
  const ranges = header
    .split(',')
    .map((part) => {
      const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      const q = parameters.find((parameter) => parameter.startsWith('q='));
      const quality = q === undefined ? 1 : Number(q.slice(2));
      return { range, quality: Number.isFinite(quality) ? quality : 0 };
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ range }) => range);
  let json: AnswerType | undefined;
  for (const range of ranges) json ??= ANSWERS.find((type) => matches(range, type));
  return {
    json,
    // A range with a wildcard asks for nothing in particular, so for no stream either.
    stream: ranges.some((range) => STREAMS.includes(range)),
    page: ranges[0] === 'text/html',
  };
}

function matches(range: string, type: string): boolean {
  if (range === '*/*' || range === type) return true;
  return range.endsWith('/*') && type.startsWith(range.slice(0, -1));
}
