import type { MetricObjectWithValues, MetricValue } from 'prom-client';

/** Figures of one process, as prom-client hands them over. */
export type Figures = MetricObjectWithValues<MetricValue<string>>[];

/** What the first process asks of a worker. */
export interface FiguresWanted {
  readonly lastmile: 'figures-wanted';
  readonly id: number;
}

/** What a worker tells the first process. */
export type WorkerMessage =
  | { readonly lastmile: 'ready' }
  | { readonly lastmile: 'figures'; readonly id: number; readonly figures: Figures };

/** A channel between processes carries others' messages too, such as those of node:cluster itself. */
export function isOurs(message: unknown): message is WorkerMessage | FiguresWanted {
  return typeof message === 'object' && message !== null && 'lastmile' in message;
}
