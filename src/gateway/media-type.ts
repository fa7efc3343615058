import { preferencesIn, type Preference } from './preferences';

/** The media types an answer that is whole can have. */
export type AnswerType = 'application/json' | 'application/graphql-response+json';

/** What a client takes. */
export interface Accepted {
  /** how a whole answer is labelled for it; undefined: it takes none of the two */
  readonly json: AnswerType | undefined;
  /** how it reads an answer that comes in parts; undefined: it cannot */
  readonly stream: StreamForm | undefined;
  /** it asks for a page before all else, as browsers do */
  readonly page: boolean;
}

/**
 * Server-sent events; parts of `multipart/mixed`, and those of Apollo's protocol for subscriptions, which hold each result
 * within a `payload`: clients that do not ask for that protocol do not look there.
 */
export type StreamForm = 'events' | 'parts' | 'subscription parts';

/** A member of an Accept header, in lower case and without other parameters. */
interface Range {
  readonly range: string;
  /** of Apollo's subscriptions in parts */
  readonly isOfSubscriptions: boolean;
  /** 0: not this */
  readonly quality: number;
}

const ANSWERS: readonly AnswerType[] = ['application/json', 'application/graphql-response+json'];

const PLAIN: Accepted = { json: 'application/json', stream: undefined, page: false };

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
  // Clients use a handful of headers. A client that invents them empties this memo, and costs the others next to nothing.
  if (known.size >= MOST_KNOWN) known.clear();
  if (header.length < 500) known.set(header, answer);
  return answer;
}

function negotiate(header: string): Accepted {
  const ranges = preferencesIn(header).map(readRange);
  const wanted = ranges.filter(({ quality }) => quality > 0).sort((a, b) => b.quality - a.quality);
  let json: AnswerType | undefined;
  let best = { quality: 0, place: 0 };
  for (const type of ANSWERS) {
    const place = placeOf(type, ranges);
    const quality = ranges[place]?.quality ?? 0;
    if (quality > best.quality || (quality > 0 && quality === best.quality && place < best.place)) {
      json = type;
      best = { quality, place };
    }
  }
  return {
    json,
    // A range with a wildcard asks for nothing in particular, so for no stream either.
    stream: wanted.map(streamOf).find((form) => form !== undefined),
    page: wanted[0]?.range === 'text/html',
  };
}

function readRange({ name: range, parameters }: Preference): Range {
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = q === undefined ? 1 : Number(q.slice(2));
  const isOfSubscriptions = parameters.some((parameter) => /^subscriptionspec="?1\.0"?$/.test(parameter));
  return { range, isOfSubscriptions, quality: Number.isFinite(quality) ? quality : 0 };
}

function streamOf({ range, isOfSubscriptions }: Range): StreamForm | undefined {
  if (range === 'text/event-stream') return 'events';
  if (range !== 'multipart/mixed') return undefined;
  return isOfSubscriptions ? 'subscription parts' : 'parts';
}

/** Which range speaks for a type: of those that match it the most specific, whatever its q. -1: none does. */
function placeOf(type: AnswerType, ranges: readonly Range[]): number {
  for (const candidate of [type, 'application/*', '*/*']) {
    const place = ranges.findIndex(({ range }) => range === candidate);
    if (place >= 0) return place;
  }
  return -1;
}
