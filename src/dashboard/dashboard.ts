import { PassThrough, type Readable } from 'node:stream';
import { formatPosition } from '../purge/position';
import type { PurgeRecord } from '../purge/log';
import type { Tag } from '../purge/tag';
import type { Region } from '../region/region';
import { Board, WINDOW_SECONDS, type Summary } from './board';
import { findEntries, joinEntries, type FoundEntries } from './entries';
import { Looking } from './looking';
import { Lookout } from './lookout';
import { PurgeLedger } from './purge-ledger';
import type { Closeness, Recorder, Seen } from './recorder';
import { RegionReports, type RegionReport, type RegionReportsOptions, type Standing } from './region-reports';
import { RegionTable } from './region-table';
import type { PassedView, PurgeView, View } from './view';

/** The processes of this machine that answer beside this one. */
export interface OtherProcesses {
  readonly count: number;
  /** how closely they are to look from now on, those that begin later as well */
  look(closeness: Closeness): void;
  /** what they see is told to this from now on */
  onSeen(told: (place: string, seen: Seen) => void): void;
  /** what each has in memory that carries one of these tags */
  entries(tags: readonly Tag[]): Promise<readonly FoundEntries[]>;
}

export interface DashboardParts {
  readonly region: Region;
  readonly recorder: Recorder;
  readonly about: {
    readonly region: string;
    readonly primaryRegion: string;
    readonly version: string;
  };
  /** undefined: this process answers alone */
  readonly others: OtherProcesses | undefined;
  /** where regions tell each other; undefined: there is one, in memory */
  readonly redis: Pick<RegionReportsOptions, 'url' | 'primaryUrl' | 'trust'> | undefined;
  /** monotonic milliseconds */
  readonly now: () => number;
  readonly fault: (error: unknown) => void;
}

/** What a viewer wants: views once a second, or each operation as it passes. Purges are in both. */
export type Show = 'numbers' | 'operations';

/** A stream whose reader is so far behind is ended: it holds memory, and shows what is long past. Bytes. */
const MOST_BEHIND = 4 * 2 ** 20;
const MOST_STREAMS = 50;
const SECOND_MS = 1000;
/** How long it keeps recording without viewers: a page that is reloaded finds what it showed. */
const LINGER_MS = 10_000;
/** Of what is told to other regions. Characters. */
const LONGEST_CAUSE = 500;
/** How long a mark says that there is a viewer, in any region. */
const LOOKED_AT_MS = 6_000;

/**
 * The dashboard of the admin port. With no viewer, here or in another region, it compares two texts once a second
 * and does nothing else.
 */
export class Dashboard {
  readonly #parts: DashboardParts;
  readonly #board = new Board();
  readonly #ledger: PurgeLedger;
  readonly #lookout: Lookout;
  readonly #regions: RegionTable;
  readonly #streams = new Map<PassThrough, Show>();
  readonly #watch: NodeJS.Timeout;
  #closeness: Closeness = 'nothing';
  #looking: Looking | undefined;
  #lookMark: string | undefined;
  #markedAt = -Infinity;
  #lastStreamAt = -Infinity;
  #isClosed = false;
  #summarised: { readonly at: number; readonly summary: Summary } | undefined;

  constructor(parts: DashboardParts) {
    this.#parts = parts;
    this.#ledger = new PurgeLedger((purge) => this.#send('purge', purge));
    this.#lookout = new Lookout(parts.recorder, (seen) => this.#seen('own', seen));
    this.#regions = new RegionTable(parts.about.region, parts.about.primaryRegion);
    parts.others?.onSeen((place, seen) => this.#seen(place, seen));
    this.#lookMark = parts.region.purges.lookMark;
    this.#watch = setInterval(() => this.#look(), SECOND_MS).unref();
  }

  /** How many look here. */
  get streams(): number {
    return this.#streams.size;
  }

  /** A stream of server-sent events. @returns undefined: there are too many already */
  open(show: Show): Readable | undefined {
    if (this.#isClosed || this.#streams.size >= MOST_STREAMS) return undefined;
    const stream = new PassThrough({ highWaterMark: MOST_BEHIND });
    this.#streams.set(stream, show);
    stream.once('close', () => {
      this.#streams.delete(stream);
      this.#lastStreamAt = this.#parts.now();
      this.#look();
    });
    // The first bytes say at once that it is open.
    stream.write(': open\n\n');
    this.#look();
    if (show === 'operations') return stream;
    for (const purge of this.#ledger.purges.slice(-50)) write(stream, 'purge', purge);
    write(stream, 'view', this.#view());
    return stream;
  }

  /** The text of an operation that was seen lately. */
  documentOf(name: string): string | undefined {
    return this.#board.documents.get(name);
  }

  /** What of this machine's memory carries one of these tags. */
  async entries(tags: ReadonlySet<Tag>): Promise<FoundEntries> {
    const { region, others } = this.#parts;
    return joinEntries([await findEntries(region, tags), ...((await others?.entries([...tags])) ?? [])]);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#watch);
    for (const stream of this.#streams.keys()) stream.end();
    this.#lookout.look('nothing');
    this.#end();
  }

  /** Checks whether there are viewers, and what they want. */
  #look(): void {
    // Its streams end one after another.
    if (this.#isClosed) return;
    const now = this.#parts.now();
    const mark = this.#parts.region.purges.lookMark;
    // What was there when this process began may be long past.
    if (mark !== this.#lookMark && this.#lookMark !== undefined) this.#markedAt = now;
    this.#lookMark = mark;
    const shows = [...this.#streams.values()];
    const isLookedAt =
      shows.length > 0 || now - this.#lastStreamAt < LINGER_MS || now - this.#markedAt < LOOKED_AT_MS;
    const closeness = shows.includes('operations') ? 'operations' : isLookedAt ? 'numbers' : 'nothing';
    if (closeness !== this.#closeness) {
      this.#closeness = closeness;
      this.#lookout.look(closeness);
      this.#parts.others?.look(closeness);
    }
    if (closeness === 'nothing') this.#end();
    else this.#looking ??= this.#begin();
    this.#looking?.hear(shows.length > 0);
  }

  #begin(): Looking {
    const { region, redis, now, fault } = this.#parts;
    return new Looking(now(), {
      reports: redis && new RegionReports({ ...redis, now, heard: (report) => this.#heard(report), fault }),
      tick: () => this.#tick(),
      endRecords: region.purges.onRecord((record) => this.#record(record)),
    });
  }

  #end(): void {
    if (!this.#looking) return;
    this.#looking.close();
    this.#looking = undefined;
    this.#board.clear();
    this.#summarised = undefined;
    this.#ledger.clear();
    this.#regions.clear();
  }

  /** @param place of the process */
  #seen(place: string, seen: Seen): void {
    if (!this.#looking) return;
    const now = this.#parts.now();
    this.#board.add(seen, now);
    this.#ledger.cause(seen.causes, now);
    this.#regions.noteMemory(place, seen.memory);
    if (seen.operations.length > 0 || seen.left > 0)
      this.#send('operations', { operations: seen.operations, left: seen.left } satisfies PassedView);
  }

  #record(record: PurgeRecord): void {
    if (record.purges.length === 0) return;
    const now = this.#parts.now();
    // Of this process it is known already; what another one knows comes later.
    this.#ledger.cause(this.#parts.recorder.takeCauses(), now);
    this.#ledger.record(record, now, Date.now());
    const position = formatPosition(record.position);
    this.#looking?.apply(position, now);
    // Where there is one region only there is no other clock.
    if (!this.#parts.redis) this.#ledger.arrived(this.#parts.about.region, [[position, now]]);
  }

  #tick(): void {
    const looking = this.#looking;
    if (!looking) return;
    this.#board.tick();
    for (const [stream, show] of this.#streams) {
      if (show === 'operations') stream.write(':\n\n');
    }
    if ([...this.#streams.values()].includes('numbers')) this.#send('view', this.#view());
    const { reports } = looking;
    if (!reports) return;
    if (this.#streams.size > 0) void reports.look();
    void reports.tell((primaryTime) => this.#report(looking, reports.gateway, primaryTime));
  }

  /** What this gateway tells of its region; what it applied before the primary's clock was known is told later. */
  #report(looking: Looking, gateway: string, primaryTime: (at: number) => number | undefined): RegionReport {
    const isKnown = primaryTime(this.#parts.now()) !== undefined;
    const applied = isKnown ? looking.applied.splice(0) : [];
    const causes = new Map(this.#ledger.purges.map(({ position, cause }) => [position, cause]));
    return {
      ...this.#standing(),
      gateway,
      applied: applied.map(({ position, at }) => [
        position,
        Math.round(primaryTime(at)! * 100) / 100,
        (causes.get(position) ?? '').slice(0, LONGEST_CAUSE),
      ]),
    };
  }

  /** Once for the view and for what other regions are told of the same second. */
  #summary(): Summary {
    const now = this.#parts.now();
    if (!this.#summarised || now - this.#summarised.at > SECOND_MS / 2)
      this.#summarised = { at: now, summary: this.#board.summary(now) };
    return this.#summarised.summary;
  }

  #standing(): Standing {
    const { region } = this.#parts;
    const stats = region.purges.stats();
    const { answers } = this.#summary();
    const seconds = this.#board.seconds.slice(-10);
    const perSecond = seconds.reduce((total, second) => total + countOf(second), 0) / (seconds.length || 1);
    return {
      name: this.#parts.about.region,
      state: stats.state,
      reason: stats.reason,
      provenAgo: Number.isFinite(stats.provenAgo) ? Math.round(stats.provenAgo) : undefined,
      position: formatPosition(stats.position),
      perSecond: Math.round(perSecond * 10) / 10,
      count: answers.count,
      hitRate: answers.hitRate,
      hitMs: answers.hitMs.p50,
      otherMs: answers.otherMs.p50,
    };
  }

  #heard(report: RegionReport): void {
    this.#regions.heard(report, this.#parts.now());
    this.#ledger.arrived(report.name, report.applied);
  }

  #view(): View {
    const { about, region, others, now } = this.#parts;
    const { cacheSwitch } = region.purges;
    const { answers, operations, reasons, warming, hits, others: missed } = this.#summary();
    return {
      ...about,
      workers: others?.count ?? 1,
      lookedFor: this.#looking
        ? Math.min(WINDOW_SECONDS, Math.round((now() - this.#looking.since) / 1000))
        : 0,
      windowSeconds: WINDOW_SECONDS,
      isServing: cacheSwitch.current.serve,
      without: cacheSwitch.current.without,
      memory: this.#regions.memory,
      seconds: this.#board.seconds,
      answers,
      operations,
      reasons,
      warming,
      latencies: { from: 0.01, perDecade: 8, hits: hits.counts, others: missed.counts },
      regions: this.#regions.view(this.#standing(), now()),
    };
  }

  #send(event: 'view' | 'purge' | 'operations', data: View | PurgeView | PassedView): void {
    const wanted: Show = event === 'operations' ? 'operations' : 'numbers';
    const isForAll = event === 'purge';
    const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const [stream, show] of this.#streams) {
      if (!isForAll && show !== wanted) continue;
      if (stream.writableLength + stream.readableLength > MOST_BEHIND) stream.destroy();
      else stream.write(text);
    }
  }
}

function write(stream: PassThrough, event: string, data: unknown): void {
  stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

function countOf(second: Readonly<Record<string, number>>): number {
  return Object.values(second).reduce((total, count) => total + count, 0);
}
