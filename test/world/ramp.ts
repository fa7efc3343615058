import type { Child } from '../kit/child';
import { median } from '../kit/statistics';
import type { Machine, Busy } from './ground/machine';
import type { FromLoad, LoadFigures, ToLoad } from './load/messages';
import { saturation } from './saturation';

/** How much faster each step is than the one before. */
const FACTOR = 1.25;
const MOST_STEPS = 20;

/** What the world made of one rate. */
export interface Step {
  /** requests a second that were asked for, and that were sent */
  readonly rate: number;
  readonly sent: number;
  readonly busy: Busy;
  /** see {@link LoadFigures.lateness} */
  readonly lateness: number;
  /** milliseconds, the median over regions of their medians */
  readonly hitP50: number;
  readonly hitRate: number;
  /** why it was too much; undefined when it was not */
  readonly saturated: string | undefined;
}

export interface RampOptions {
  readonly load: Child;
  readonly machine: Machine;
  /** requests a second of the first step */
  readonly from: number;
  /** how long a step takes, in seconds */
  readonly seconds: number;
  readonly pause: (seconds: number) => Promise<void>;
  /** told of each step as it begins */
  readonly onStep: (rate: number) => void;
}

/** Raises the rate step by step until something is saturated. The last step is the one that was too much. */
export async function ramp({ load, machine, from, seconds, pause, onStep }: RampOptions): Promise<Step[]> {
  const steps: Step[] = [];
  for (let rate = from; steps.length < MOST_STEPS; rate = Math.round(rate * FACTOR)) {
    onStep(rate);
    load.send({ kind: 'measure', rate } satisfies ToLoad);
    machine.reset();
    await pause(seconds);
    const busy = machine.busy();
    const figures = await look(load);
    steps.push({ rate, busy, ...summary(figures), saturated: saturation({ busy, load: figures }) });
    if (steps.at(-1)!.saturated !== undefined) break;
  }
  return steps;
}

/** What the load has counted so far, in full. */
export async function look(load: Child): Promise<LoadFigures> {
  const question: ToLoad = { kind: 'look' };
  return (await load.ask<Extract<FromLoad, { kind: 'looked' }>>(question, 'looked')).figures;
}

function summary({
  regions,
  requests,
  seconds,
  lateness,
}: LoadFigures): Pick<Step, 'sent' | 'lateness' | 'hitP50' | 'hitRate'> {
  const queries = regions.reduce((sum, { with: seen }) => sum + seen.count, 0);
  const hits = regions.reduce((sum, each) => sum + each.hits.count, 0);
  return {
    sent: requests / seconds,
    lateness,
    hitP50: median(regions.map(({ hits }) => hits.p50)),
    hitRate: queries === 0 ? 0 : hits / queries,
  };
}
