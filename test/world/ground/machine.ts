import { availableParallelism, cpus } from 'node:os';
import { cpuSeconds } from '../../kit/processor-time';

/** A machine that is busier than this has queues, and a latency measured on it is theirs. */
export const SATURATED = 0.9;

interface Sample {
  readonly busy: number;
  readonly total: number;
  /** seconds of processor time, by what the process is */
  readonly own: ReadonlyMap<string, number>;
}

export interface Busy {
  /** share of all cores, from 0 to 1: everything that runs on this machine */
  readonly machine: number;
  /** shares of all cores by what the processes are: `gateways`, `redis`, `origin`, `network`, `load`, `observer`, `program` */
  readonly own: Readonly<Record<string, number>>;
  /** the process that took most, and its share of one core: at 1 it can do no more, however many cores there are */
  readonly busiest: { readonly name: string; readonly ofCore: number };
  /** what other programs took */
  readonly others: number;
  readonly cores: number;
}

/** How busy the machine is, and who keeps it so. */
export class Machine {
  readonly #processes: () => ReadonlyMap<string, number>;
  #from: Sample;

  /** @param processes ids by name; names begin with what they are */
  constructor(processes: () => ReadonlyMap<string, number>) {
    this.#processes = processes;
    this.#from = this.#sample();
  }

  reset(): void {
    this.#from = this.#sample();
  }

  /** Since the last reset. */
  busy(): Busy {
    const to = this.#sample();
    const from = this.#from;
    const cores = availableParallelism();
    const total = Math.max(1, to.total - from.total);
    // cpus() counts milliseconds of all cores together.
    const wholeSeconds = total / 1000;
    const own: Record<string, number> = {};
    let busiest = { name: 'none', ofCore: 0 };
    for (const [name, seconds] of to.own) {
      const kind = kindOf(name);
      const before = from.own.get(name) ?? 0;
      const share = Math.max(0, seconds - before) / wholeSeconds;
      own[kind] = (own[kind] ?? 0) + share;
      if (share * cores > busiest.ofCore) busiest = { name, ofCore: share * cores };
    }
    const machine = (to.busy - from.busy) / total;
    const ours = Object.values(own).reduce((sum, share) => sum + share, 0);
    return { machine, own, busiest, others: Math.max(0, machine - ours), cores };
  }

  #sample(): Sample {
    let busy = 0;
    let total = 0;
    for (const { times } of cpus()) {
      const { user, nice, sys, idle, irq } = times;
      busy += user + nice + sys + irq;
      total += user + nice + sys + irq + idle;
    }
    const own = new Map<string, number>();
    for (const [name, pid] of this.#processes()) own.set(name, processSeconds(pid));
    return { busy, total, own };
  }
}

function kindOf(name: string): string {
  const [first = ''] = name.split(' ');
  if (first === 'gateway') return 'gateways';
  return first === 'primary' ? 'redis' : first;
}

/** 0 where the system does not tell, or the process has just ended. */
function processSeconds(pid: number): number {
  try {
    return cpuSeconds(pid);
  } catch {
    return 0;
  }
}
