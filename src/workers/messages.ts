import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { Outage } from '../report/outages';

/** Figures of one process, as prom-client hands them over. */
export type Figures = MetricObjectWithValues<MetricValue<string>>[];

/** What the first process asks of a worker. */
export interface FiguresWanted {
  readonly lastmile: 'figures-wanted';
  readonly id: number;
}

/** What the first process tells a worker that gets no more connections: what it has been given is all. */
export interface NoMore {
  readonly lastmile: 'no-more';
}

/** What the first process tells a worker that is to read the schema again. */
export interface Reload {
  readonly lastmile: 'reload';
}

/** What a worker tells the first process. */
export type WorkerMessage =
  /** it was told to end, and wants no more connections */
  | { readonly lastmile: 'leaving' }
  | { readonly lastmile: 'ready' }
  /** it cannot use something, and could not for so long; or it can again */
  | { readonly lastmile: 'outage'; readonly outage: Outage }
  | { readonly lastmile: 'outage-over'; readonly address: string }
  | { readonly lastmile: 'figures'; readonly id: number; readonly figures: Figures };

/** A channel between processes carries others' messages too, such as those of node:cluster itself. */
export function isOurs(message: unknown): message is WorkerMessage | FiguresWanted | NoMore | Reload {
  return typeof message === 'object' && message !== null && 'lastmile' in message;
}
