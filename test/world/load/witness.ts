import { parseToken } from '../../../src/gateway/token';
import type { ExampleData } from '../../../src/example/data';
import type { Commit } from '../ground/history';
import { Checker } from './checker';
import { shownBy, strangersIn } from './inspect';
import type { Finding, PromiseKind } from './messages';
import { countersOf, isCounter, type Mutation, type Operation, type Shown } from './operation';
import type { Reply } from './target';

/** The most findings that are kept of each kind: the first tell the story. */
const MOST_FINDINGS = 5;

/** Who asked, as far as the check goes. */
export interface Asker {
  readonly region: string;
  /** what none but whoever is signed in may see; empty: it is nobody */
  readonly own: readonly string[];
  readonly token: string | undefined;
}

/** Subject -> version -> where and when an answer first showed it. */
export type Seen = Map<string, Map<number, { at: number; region: string; operation: string }>>;

/** Holds every answer against what is promised, and remembers what was not kept. */
export class Witness {
  readonly counts = { reads: 0, answers: 0, changes: 0, tokenReads: 0, privateAnswers: 0 };
  readonly brokenBy: Record<PromiseKind, number> = { bound: 0, token: 0, private: 0, history: 0, parts: 0 };
  readonly findings: Finding[] = [];
  readonly #checker: Checker;
  readonly #began: number;
  /** since the last audit */
  #seen: Seen = new Map();
  /** the newest version of each object that the origin has confirmed: those before it were true as well, and earlier */
  readonly #confirmed: Map<string, number>;

  /** @param began monotonic milliseconds of the load's start, from which findings count */
  constructor(boundMs: number, data: ExampleData, began: number) {
    this.#checker = new Checker(boundMs, countersOf(data));
    this.#began = began;
    this.#confirmed = new Map(
      [data.travellers, data.trips, data.reviews].flatMap((each) =>
        each.all().map(({ id, version }): [string, number] => [id, version]),
      ),
    );
  }

  /** @returns for how many milliseconds newer news were out, 0 for none; undefined for an answer that shows nothing */
  query(operation: Operation, reply: Reply, asker: Asker): number | undefined {
    const stranger = strangersIn(reply.text, asker.own);
    if (asker.own.length > 0) this.counts.privateAnswers++;
    if (stranger !== undefined)
      this.#broke('private', operation, reply, asker, {
        subject: 'address or passport',
        shown: stranger,
        wanted: asker.own.join(' or ') || 'none',
      });
    const data = dataOf(reply);
    if (!data) return undefined;
    this.counts.answers++;
    if (asker.token !== undefined) this.counts.tokenReads++;
    const token = asker.token === undefined ? undefined : parseToken(asker.token)?.position;
    let stalest = 0;
    const shown = shownBy(operation, data);
    if (operation.isPage) this.#compareParts(operation, reply, asker, shown);
    for (const { subject, version } of shown) {
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
    const changed = data ? mutation.changed(data) : [];
    // What no answer shows has nothing to purge, and no position.
    if (data && changed.length === 0) return data;
    const position = reply.token === undefined ? undefined : parseToken(reply.token)?.position;
    // Without a token the purge is being retried, or nothing is known: nothing is promised yet.
    if (!data || !position || reply.text.includes('"warning"')) return undefined;
    for (const { subject, version } of changed) {
      this.counts.changes++;
      this.#checker.acknowledged({ subject, version, position, at: reply.ended });
      if (version !== undefined) this.#note(subject, version, mutation, reply, asker);
    }
    return data;
  }

  /** Forgets details of changes that were acknowledged before a moment. See {@link Checker.forget}. */
  forget(before: number): void {
    this.#checker.forget(before);
  }

  /** What was shown since the last time; to be taken before the origin is asked what was true. */
  takeShown(): Seen {
    const seen = this.#seen;
    this.#seen = new Map();
    return seen;
  }

  /** Undoes {@link takeShown}. */
  giveBack(shown: Seen): void {
    for (const [subject, versions] of this.#seen) {
      const earlier = shown.get(subject) ?? new Map();
      for (const [version, where] of versions) if (!earlier.has(version)) earlier.set(version, where);
      shown.set(subject, earlier);
    }
    this.#seen = shown;
  }

  /** Holds what was shown against what the origin says was true. @param history what it committed since the last time */
  audit(shown: Seen, history: readonly Commit[]): void {
    const commits = new Map(history.map(({ subject, version, at }) => [`${subject} ${version}`, at]));
    for (const [subject, versions] of shown)
      for (const [version, { at, region, operation }] of versions) {
        if (version <= (this.#confirmed.get(subject) ?? 0)) continue;
        const committed = commits.get(`${subject} ${version}`);
        if (committed !== undefined && committed <= at) continue;
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
    for (const { subject, version } of history) this.#confirmed.set(subject, version);
  }

  /**
   * An answer put together shows no two versions of one object, however old each part of it is. One that upstream gave as a
   * whole may: something can change while it answers.
   */
  #compareParts(operation: Operation, reply: Reply, asker: Asker, shown: readonly Shown[]): void {
    if (!/; hit|fwd=partial/.test(reply.cacheStatus)) return;
    const versions = new Map<string, number>();
    for (const { subject, version } of shown) {
      const other = versions.get(subject) ?? version;
      if (other !== version)
        this.#broke('parts', operation, reply, asker, { subject, shown: version, wanted: other });
      versions.set(subject, version);
    }
  }

  #note(subject: string, version: number, { name }: Operation, { ended }: Reply, { region }: Asker): void {
    // Lists and counters are not in the origin's history.
    if (subject.includes(':')) return;
    if (version <= (this.#confirmed.get(subject) ?? 0)) return;
    const versions = this.#seen.get(subject) ?? new Map();
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
    if (++this.brokenBy[finding.promise] <= MOST_FINDINGS) this.findings.push(finding);
  }
}

/** Whether an answer is a good one: with data, and without errors. */
export function dataOf({ status, text }: Reply): Record<string, unknown> | undefined {
  if (status !== 200) return undefined;
  const { data, errors } = JSON.parse(text) as { data?: Record<string, unknown> | null; errors?: unknown };
  return errors === undefined && data ? data : undefined;
}
