import type { RegionState } from '../purge/purges';
import type { Seen } from './recorder';
import type { RegionReport, Standing } from './region-reports';
import type { RegionView } from './view';

/** Milliseconds after which a gateway that told something counts as silent, and after which it is forgotten. */
const SILENT_MS = 5_000;
const FORGOTTEN_MS = 60_000;

/** The worst first. */
const STATES: readonly RegionState[] = ['unproven', 'starting', 'cold', 'proven'];

/** What the gateways of all regions told last. Pure: times are handed in. */
export class RegionTable {
  readonly #here: string;
  readonly #primary: string;
  readonly #told = new Map<string, { readonly report: RegionReport; readonly at: number }>();
  readonly #memories = new Map<string, Seen['memory']>();

  constructor(here: string, primary: string) {
    this.#here = here;
    this.#primary = primary;
  }

  heard(report: RegionReport, now: number): void {
    this.#told.set(report.gateway, { report, at: now });
  }

  /** Notes what a process of this machine keeps. */
  noteMemory(place: string, memory: Seen['memory']): void {
    this.#memories.set(place, memory);
  }

  /** What its processes keep together, by what each said last. */
  get memory(): Seen['memory'] {
    const all = [...this.#memories.values()];
    return {
      entries: all.reduce((total, { entries }) => total + entries, 0),
      bytes: all.reduce((total, { bytes }) => total + bytes, 0),
    };
  }

  clear(): void {
    this.#told.clear();
    this.#memories.clear();
  }

  /** @param own what the gateway that is asked would tell itself */
  view(own: Standing, now: number): RegionView[] {
    const names = new Set([this.#here, this.#primary]);
    for (const [gateway, { report, at }] of this.#told) {
      if (now - at > FORGOTTEN_MS) this.#told.delete(gateway);
      else names.add(report.name);
    }
    return Array.from(names, (name) => this.#region(name, own, now)).sort(
      (a, b) =>
        Number(b.isPrimary) - Number(a.isPrimary) ||
        Number(b.isHere) - Number(a.isHere) ||
        order(a.name, b.name),
    );
  }

  #region(name: string, own: Standing, now: number): RegionView {
    const isHere = name === this.#here;
    const told = [...this.#told.values()].filter(
      ({ report, at }) => report.name === name && now - at <= SILENT_MS,
    );
    // Of itself the one that is asked knows it without being told.
    const reports = told.map(({ report }) => report);
    const all: readonly Standing[] = isHere && reports.length === 0 ? [own] : reports;
    const about = { name, isHere, isPrimary: name === this.#primary, gateways: all.length };
    const [first] = all;
    if (!first) return { ...about, ...SILENT };
    const count = all.reduce((total, report) => total + report.count, 0);
    const busiest = all.reduce((most, report) => (report.count > most.count ? report : most), first);
    const worst = all.reduce((bad, report) => (rank(report) < rank(bad) ? report : bad), first);
    const hits = all.reduce((total, report) => total + (report.hitRate ?? 0) * report.count, 0);
    return {
      ...about,
      state: worst.state,
      reason: worst.reason,
      provenAgo: worst.provenAgo,
      position: worst.position,
      perSecond: all.reduce((total, { perSecond }) => total + perSecond, 0),
      hitRate: count > 0 ? hits / count : undefined,
      hitMs: busiest.hitMs,
      otherMs: busiest.otherMs,
    };
  }
}

const SILENT = {
  state: 'silent',
  reason: 'silent',
  provenAgo: undefined,
  perSecond: 0,
  hitRate: undefined,
  hitMs: undefined,
  otherMs: undefined,
  position: '',
} as const;

function rank({ state }: Standing): number {
  return STATES.indexOf(state as RegionState);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
