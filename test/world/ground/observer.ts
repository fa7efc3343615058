/**
 * Watches how purges arrive, in a process of its own: in one that has other work to do each second, that work would be
 * counted as the purge's.
 */
import { Arrivals, type Observed } from './arrivals';
import type { RegionPorts } from './world';

/** What the observer is told. */
export type ToObserver =
  | { readonly kind: 'begin'; readonly regions: readonly RegionPorts[] }
  /** count from here */
  | { readonly kind: 'measure' }
  /** say what has been counted */
  | { readonly kind: 'look' };

export type FromObserver =
  /** once a second */
  | { readonly kind: 'observed'; readonly observed: Observed }
  | { readonly kind: 'looked'; readonly observed: Observed };

let arrivals: Arrivals | undefined;

function say(message: FromObserver): void {
  process.send?.(message);
}

process.on('message', (message: ToObserver) => {
  switch (message.kind) {
    case 'begin': {
      const begun = (arrivals = new Arrivals(message.regions));
      begun.start();
      setInterval(() => say({ kind: 'observed', observed: begun.observed() }), 1000);
      return;
    }
    case 'measure':
      return arrivals?.reset();
    case 'look':
      if (arrivals) say({ kind: 'looked', observed: arrivals.observed() });
  }
});
process.on('disconnect', () => process.exit(0));
