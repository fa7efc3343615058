import type { ExampleData } from '../../../src/example/data';

/** What an answer shows beyond objects with id and version. */
export interface Shown {
  readonly subject: string;
  readonly version: number;
}

/** An operation that a client sends, as it goes over the wire, and what is to be read from its answer. */
export interface Operation {
  readonly name: string;
  readonly body: string;
  /** it is made of parts for different eyes: see `pages.ts` */
  readonly isPage?: boolean;
  /** what the answer shows of lists and counters */
  readonly shows?: (data: Record<string, unknown>) => Shown[];
}

/** A change, and how to tell from its answer what it made. */
export interface Mutation extends Operation {
  readonly changed: (
    data: Record<string, unknown>,
  ) => readonly { subject: string; version: number | undefined }[];
  /** a query that must show it; undefined where no answer does */
  readonly readBack: (data: Record<string, unknown>) => Operation | undefined;
}

export function operation(
  name: string,
  query: string,
  variables: Record<string, unknown>,
  shows?: Operation['shows'],
): Operation {
  return { name, body: JSON.stringify({ query, variables }), ...(shows && { shows }) };
}

/** Subjects whose version is a number that each change adds one to. */
export function isCounter(subject: string): boolean {
  return subject.startsWith('visits:') || subject.startsWith('total:');
}

/** What a counter stands at before anybody changes it. */
export function countersOf(data: ExampleData): (subject: string) => number {
  return (subject) => {
    const [kind, country = ''] = subject.split(':');
    return kind === 'total' ? data.reviews.where('countryCode', country).length : 0;
  };
}

/** The number in an id: ids of one type are counted up. 0 for none. */
export function numberOf(id: string | undefined): number {
  return Number(id?.split('-')[1] ?? 0);
}
