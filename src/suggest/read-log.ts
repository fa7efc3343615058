import { readJson } from '../json/exact-number';
import { type QueryLine, anyLine } from './lines';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { impliedBy, subjectOf, type Tag } from '../purge/tag';

/** When each tag was purged in one run, to be asked once all is known. */
export class PurgeTimes {
  /** in rising order: purges are written down as they come */
  readonly #byTag = new Map<string, number[]>();
  /** `Product` for `Product:...`: when any entity of the type was purged */
  readonly #bySubject = new Map<string, number[]>();

  /** @param keeping those of the tags whose purge kept all lists as they were */
  add(t: number, tags: readonly string[], keeping: readonly string[] = []): void {
    const kept = new Set(keeping);
    for (const tag of tags as readonly Tag[]) {
      for (const each of [tag, ...impliedBy(tag, kept.has(tag))]) {
        note(this.#byTag, each, t);
        note(this.#bySubject, subjectOf(each), t);
      }
    }
  }

  /** The first purge of one of an answer's tags after it was asked for; Infinity if there was none. */
  firstAfter({ t, tags, cut }: Pick<QueryLine, 't' | 'tags' | 'cut'>): number {
    let first = after(this.#byTag.get('*'), t);
    for (const tag of tags) {
      first = Math.min(first, after(this.#byTag.get(tag), t));
      // Its entities are not written down: any of the type may be one of them.
      if (cut) first = Math.min(first, after(this.#bySubject.get(tag), t));
    }
    return first;
  }

  /** The first purge after a query that is about what its tags are about: until then it may be joined. */
  firstAboutAfter({ t, tags }: Pick<QueryLine, 't' | 'tags'>): number {
    const subjects = ['*', ...tags.map((tag) => subjectOf(tag as Tag))];
    return Math.min(...subjects.map((subject) => after(this.#bySubject.get(subject), t)));
  }
}

function note(times: Map<string, number[]>, name: string, t: number): void {
  const known = times.get(name);
  if (known) known.push(t);
  else times.set(name, [t]);
}

/** The first of rising times that is later than one. */
function after(times: readonly number[] | undefined, t: number): number {
  if (!times) return Infinity;
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! > t) high = middle;
    else low = middle + 1;
  }
  return times[low] ?? Infinity;
}

/** A query as it was written down, with what is known of the purges after it. */
export interface RecordedQuery extends QueryLine {
  /** the time of the first purge of one of its tags after it, Infinity if there was none */
  readonly purgedAt: number;
  /** the time of the first purge after it of anything that its answer may show */
  readonly joinableUntil: number;
  /** what it asks for besides its operation: variables and headers */
  readonly asks: string;
}

/** One operation, with all the queries of one run. */
export interface RecordedRun {
  readonly run: string;
  /** in the order of their time */
  readonly queries: readonly RecordedQuery[];
}

/** What an operation log holds. */
export interface Recording {
  /** hash -> text */
  readonly texts: ReadonlyMap<string, string>;
  /** operation -> its queries, run by run */
  readonly operations: ReadonlyMap<string, readonly RecordedRun[]>;
  readonly queries: number;
  readonly mutations: number;
  readonly purges: number;
  /** which part of the queries was written down, by the last run */
  readonly sample: number;
  /** milliseconds from the beginning to the end, over all runs */
  readonly spanMs: number;
  /** lines that the gateway could not write */
  readonly dropped: number;
  /** lines that are not of the log's format, such as one that was cut off when a process died */
  readonly unreadable: number;
}

/** Reads an operation log. @throws what node:fs does when the file cannot be read */
export async function readLog(path: string): Promise<Recording> {
  return readLines(createInterface({ input: createReadStream(path), crlfDelay: Infinity }));
}

/** The same for its lines. */
export async function readLines(lines: AsyncIterable<string> | Iterable<string>): Promise<Recording> {
  const reader = new Reader();
  for await (const line of lines) if (line !== '') reader.read(line);
  return reader.recording();
}

class Reader {
  readonly #texts = new Map<string, string>();
  readonly #runs = new Map<string, { queries: QueryLine[]; purges: PurgeTimes; last: number }>();
  #mutations = 0;
  #purges = 0;
  #sample = 1;
  #dropped = 0;
  #unreadable = 0;

  read(text: string): void {
    const line = parse(text);
    if (!line) {
      this.#unreadable++;
      return;
    }
    if ('dropped' in line) this.#dropped += line.dropped;
    else if ('version' in line) this.#sample = line.sample;
    else if ('text' in line) this.#texts.set(line.operation, line.text);
    else {
      const run = this.#runOf(line.run);
      run.last = Math.max(run.last, line.t);
      if ('purged' in line) {
        this.#purges++;
        run.purges.add(line.t, line.purged, line.keeping);
      } else if ('mutation' in line) this.#mutations++;
      else run.queries.push(line);
    }
  }

  recording(): Recording {
    const operations = new Map<string, RecordedRun[]>();
    let queries = 0;
    let spanMs = 0;
    for (const [run, { queries: lines, purges, last }] of this.#runs) {
      spanMs += last;
      queries += lines.length;
      const byOperation = new Map<string, RecordedQuery[]>();
      // Lines are written in the order of their ends.
      for (const line of lines.toSorted((a, b) => a.t - b.t)) {
        const known = byOperation.get(line.op);
        const query: RecordedQuery = {
          ...line,
          purgedAt: purges.firstAfter(line),
          joinableUntil: purges.firstAboutAfter(line),
          asks: `${line.vars ?? ''} ${line.vary ?? ''}`,
        };
        if (known) known.push(query);
        else byOperation.set(line.op, [query]);
      }
      for (const [operation, ofRun] of byOperation) {
        const runs = operations.get(operation) ?? [];
        runs.push({ run, queries: ofRun });
        operations.set(operation, runs);
      }
    }
    return {
      texts: this.#texts,
      operations,
      queries,
      mutations: this.#mutations,
      purges: this.#purges,
      sample: this.#sample,
      spanMs,
      dropped: this.#dropped,
      unreadable: this.#unreadable,
    };
  }

  #runOf(name: string) {
    let run = this.#runs.get(name);
    if (!run) this.#runs.set(name, (run = { queries: [], purges: new PurgeTimes(), last: 0 }));
    return run;
  }
}

function parse(text: string) {
  try {
    return anyLine.safeParse(readJson(text)).data;
  } catch {
    // Not JSON: counted as unreadable.
    return undefined;
  }
}
