import { parsePosition } from '../../../src/purge/position';
import type { Commit } from '../ground/history';
import { Checker } from './checker';
import { shownBy, strangersIn } from './inspect';
import type { Finding } from './messages';
import { countersOf, isCounter, type Mutation, type Operation, type Workload } from './operations';
import type { Reply } from './target';

/** The most findings that are kept: the first tell the story. */
const MOST_FINDINGS = 20;

/** Who asked, as far as the check goes. */
export interface Asker {
  readonly region: string;
  /** the address of whoever is signed in */
  readonly own: string | undefined;
  readonly token: string | undefined;
}

/** Holds every answer against what is promised, and remembers what was not kept. */
export class Witness {
  readonly counts = { reads: 0, answers: 0, changes: 0, tokenReads: 0, privateAnswers: 0, broken: 0 };
  readonly findings: Finding[] = [];
  readonly #checker: Checker;
  readonly #began: number;
  /** subject -> version -> when an answer first showed it */
  readonly #seen = new Map<string, Map<number, { at: number; region: string; operation: string }>>();
  readonly #initial: ReadonlySet<string>;

  /** @param began monotonic milliseconds of the load's start, from which findings count */
  constructor(boundMs: number, workload: Workload, began: number) {
    const { data } = workload;
    this.#checker = new Checker(boundMs, countersOf(data));
    this.#began = began;
    this.#initial = new Set(
      [data.travellers, data.trips, data.reviews].flatMap((each) => each.all().map(({ id }) => id)),
    );
  }

  /** @returns for how many milliseconds newer news were out, 0 for none; undefined for an answer that shows nothing */
  query(operation: Operation, reply: Reply, asker: Asker): number | undefined {
    const stranger = strangersIn(reply.text, asker.own);
    if (asker.own !== undefined) this.counts.privateAnswers++;
    if (stranger !== undefined)
      this.#broke('private', operation, reply, asker, {
        subject: 'address',
        shown: stranger,
        wanted: asker.own ?? 'none',
      });
    const data = dataOf(reply);
    if (!data) return undefined;
    this.counts.answers++;
    if (asker.token !== undefined) this.counts.tokenReads++;
    const token = asker.token === undefined ? undefined : parsePosition(asker.token);
    let stalest = 0;
    for (const { subject, version } of shownBy(operation, data)) {
      this.counts.reads++;
      const read = { subject, version, began: reply.began, token };
      const broken = this.#checker.read(read, isCounter(subject));
      if (broken)
        this.#broke(broken.promise, operation, reply, asker, {
          subject,
          shown: version,
          wanted: broken.wanted,
        });
      stalest = Math.max(stalest, this.#checker.staleness(read));
      this.#note(subject, version, operation, reply, asker);
    }
    return stalest;
  }

  /** @returns the answer's data when the change is acknowledged in every region's name, else undefined */
  mutation(mutation: Mutation, reply: Reply, asker: Asker): Record<string, unknown> | undefined {
    const data = dataOf(reply);
    const position = reply.token === undefined ? undefined : parsePosition(reply.token);
    // Without a token the purge is being retried, or nothing is known: nothing is promised yet.
    if (!data || !position || reply.text.includes('"warning"')) return undefined;
    for (const { subject, version } of mutation.changed(data)) {
      this.counts.changes++;
      this.#checker.acknowledged({ subject, version, position, at: reply.ended });
      if (version !== undefined) this.#note(subject, version, mutation, reply, asker);
    }
    return data;
  }

  /** Holds all that was ever shown against what the origin says was ever true. */
  audit(history: readonly Commit[]): void {
    const commits = new Map(history.map(({ subject, version, at }) => [`${subject} ${version}`, at]));
    for (const [subject, versions] of this.#seen)
      for (const [version, { at, region, operation }] of versions) {
        if (version === 0 || (version === 1 && this.#initial.has(subject))) continue;
        const committed = commits.get(`${subject} ${version}`);
        if (committed !== undefined && committed <= at) continue;
        this.counts.broken++;
        this.#keep({
          promise: 'history',
          region,
          operation,
          subject,
          shown: version,
          wanted: committed === undefined ? 'a version that was ever true' : 'not before its commit',
          token: undefined,
          answerToken: undefined,
          cacheStatus: '',
          askedAt: 0,
          answeredAt: (at - this.#began) / 1000,
        });
      }
  }

  #note(subject: string, version: number, { name }: Operation, { ended }: Reply, { region }: Asker): void {
    // Lists and counters are not in the origin's history.
    if (subject.includes(':')) return;
    const versions =
      this.#seen.get(subject) ?? new Map<number, { at: number; region: string; operation: string }>();
    if (!versions.has(version)) versions.set(version, { at: ended, region, operation: name });
    this.#seen.set(subject, versions);
  }

  #broke(
    promise: Finding['promise'],
    { name, body }: Operation,
    reply: Reply,
    { region, token }: Asker,
    what: Pick<Finding, 'subject' | 'shown' | 'wanted'>,
  ): void {
    this.counts.broken++;
    this.#keep({
      ...what,
      promise,
      region,
      operation: `${name} ${body}`,
      token,
      answerToken: reply.token,
      cacheStatus: reply.cacheStatus,
      askedAt: (reply.began - this.#began) / 1000,
      answeredAt: (reply.ended - this.#began) / 1000,
    });
  }

  #keep(finding: Finding): void {
    if (this.findings.length < MOST_FINDINGS) this.findings.push(finding);
  }
}

/** Whether an answer is a good one: with data, and without errors. */
export function dataOf({ status, text }: Reply): Record<string, unknown> | undefined {
  if (status !== 200) return undefined;
  const { data, errors } = JSON.parse(text) as { data?: Record<string, unknown> | null; errors?: unknown };
  return errors === undefined && data ? data : undefined;
}
