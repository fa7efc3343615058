import { cpus } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findRedis } from '../kit/redis-binary';
import { now } from './clock';
import { ALL, formatFault, type Fault } from './faults';
import type { Observed } from './ground/arrivals';
import { typescriptArgs, type Child } from '../kit/child';
import { inflict } from './ground/inflict';
import { Machine } from './ground/machine';
import type { FromObserver, ToObserver } from './ground/observer';
import { answeredBetween, readAnswered } from './ground/answered';
import { WarmingRate } from './ground/warming-rate';
import { World } from './ground/world';
import { between, readWarmth } from './ground/warmth';
import type { FromLoad, LoadFigures, ToLoad } from './load/messages';
import { CONTROLS, type WorldOptions } from './options';
import { look, ramp, type Step } from './ramp';
import type { WorldResult } from './result';
import type { Moment } from './table';

/** Told what happens while the world runs. */
export interface Watcher {
  started(milliseconds: number): void;
  /** each second */
  moment(moment: Moment): void;
}

/** Milliseconds the last requests and the audit may take. */
const END_MS = 30_000;
/** Milliseconds a run may go on beyond its duration. */
const LONGER_MS = 60_000;

/** Of the warm-up: the time in which every question is asked once. */
const WALK = 0.9;

/** Runs a world from its beginning to its end. Whatever happens, nothing is left of it. */
export class WorldRun {
  readonly #options: WorldOptions;
  readonly #watcher: Watcher;
  readonly #mishaps: string[] = [];
  readonly #active = new Set<string>();
  readonly #timers: NodeJS.Timeout[] = [];
  #phase = 'warm-up';
  #world: World | undefined;
  #observed: Observed | undefined;
  #latest: LoadFigures | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: WorldOptions, watcher: Watcher) {
    this.#options = options;
    this.#watcher = watcher;
  }

  /** @param command what was typed, for the report */
  async run(command: string): Promise<WorldResult> {
    const { warmup, duration, faults } = this.#options;
    const world = (this.#world = new World(this.#options));
    const startedAt = now();
    await world.start();
    const startedIn = now() - startedAt;
    this.#watcher.started(startedIn);
    const load = this.#startLoad(world);
    const observer = this.#startObserver(world);
    await this.#control(world);
    const processes = (): ReadonlyMap<string, number> =>
      new Map([...world.processes, ['program', process.pid]]);
    const machine = new Machine(processes);
    this.#watch(new Machine(() => new Map()));
    await this.#pause(warmup);
    this.#phase = 'measured';
    load.send({ kind: 'measure', rate: this.#options.rate } satisfies ToLoad);
    observer.send({ kind: 'measure' } satisfies ToObserver);
    world.network.measure();
    machine.reset();
    const before = await world.network.traffic();
    const cold = await readWarmth(world.regions);
    const answeredBefore = await readAnswered(world.originPort);
    const warmingRate = this.#watchWarming(world);
    const done = faults.map((fault) => this.#befall(world, fault));
    await this.#pause(duration);
    await this.#untilTelling();
    warmingRate?.end();
    const busy = machine.busy();
    const after = await world.network.traffic();
    const warmth = between(cold, await readWarmth(world.regions));
    const seen = await look(load);
    const answered = answeredBetween(answeredBefore, await readAnswered(world.originPort));
    const { arrivals, lateness: observerLateness } = await observedBy(observer);
    await Promise.all(done);
    const steps = await this.#ramp(load, machine);
    const end = await this.#endLoad(load);
    const linkBytes = Object.fromEntries(
      Object.entries(after.bytes).map(([name, bytes]) => [name, bytes - (before.bytes[name] ?? 0)]),
    );
    return {
      options: this.#options,
      command,
      date: new Date().toISOString(),
      versions: await versions(),
      startedIn,
      // Counted while it was measured, and checked to the end.
      load: { ...end, ...measured(seen) },
      arrivals,
      harness: { observer: observerLateness, links: after.lateness },
      steps,
      busy,
      linkBytes,
      warmth,
      warmingRate: warmingRate?.greatest,
      answered,
      mishaps: [...this.#mishaps, ...world.lost],
    };
  }

  /** Ends everything, once; may be called at any time. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#world?.stop();
  }

  #startLoad(world: World): Child {
    const { seed, rate, truth, warmup, warmupRate, cold, mutations, following, signedIn, boundMs, controls } =
      this.#options;
    const { regions, originPort } = world;
    const load = world.spawn({
      name: 'load',
      program: process.execPath,
      args: typescriptArgs(join(__dirname, 'load', 'load.ts')),
      talks: true,
    });
    load.process.on('message', ({ kind, figures }: FromLoad) => {
      if (kind === 'figures') this.#latest = figures;
    });
    load.send({
      kind: 'begin',
      regions,
      originPort,
      seed,
      rate,
      truth,
      warmupRate,
      mutations,
      following,
      signedIn,
      boundMs,
      controls,
      walk: cold ? 0 : warmup * WALK,
    } satisfies ToLoad);
    return load;
  }

  #startObserver(world: World): Child {
    const observer = world.spawn({
      name: 'observer',
      program: process.execPath,
      args: typescriptArgs(join(__dirname, 'ground', 'observer.ts')),
      talks: true,
    });
    observer.process.on('message', ({ kind, observed }: FromObserver) => {
      if (kind === 'observed') this.#observed = observed;
    });
    observer.send({ kind: 'begin', regions: world.regions } satisfies ToObserver);
    return observer;
  }

  async #ramp(load: Child, machine: Machine): Promise<Step[]> {
    const { ramp: seconds, rate: from } = this.#options;
    if (seconds === 0) return [];
    const onStep = (rate: number): void => {
      this.#phase = `at ${rate} requests a second`;
    };
    return ramp({ load, machine, from, seconds, pause: (each) => this.#pause(each), onStep });
  }

  async #endLoad(load: Child): Promise<LoadFigures> {
    const question: ToLoad = { kind: 'end' };
    const result = load.ask<Extract<FromLoad, { kind: 'result' }>>(question, 'result');
    const late = new Promise<never>((_, reject) => {
      this.#timers.push(setTimeout(() => reject(new Error('The load did not come to its end.')), END_MS));
    });
    return (await Promise.race([result, late])).figures;
  }

  /** On a slow machine a short run says little: goes on until enough has changed, and a broken world has shown it. */
  async #untilTelling(): Promise<void> {
    const { atLeast, controls } = this.#options;
    const isTelling = (): boolean =>
      (this.#latest?.changes ?? 0) >= atLeast &&
      controls.every((control) => (this.#latest?.brokenBy[CONTROLS[control]] ?? 0) > 0);
    const deadline = now() + LONGER_MS;
    while (!isTelling() && now() < deadline) await this.#pause(0.2);
  }

  /** Breaks the world in the way the checker is to notice. */
  async #control(world: World): Promise<void> {
    const last = this.#options.regions.at(-1)!;
    const { controls, boundMs } = this.#options;
    if (controls.includes('late-log')) await world.network.change(`replication ${last}`, 'blackHole');
    if (controls.includes('dropped-tokens'))
      await world.network.change(`replication ${last}`, 'delay', boundMs / 2);
  }

  async #befall(world: World, fault: Fault): Promise<void> {
    const name = formatFault(fault);
    try {
      await this.#pause(fault.at);
      const undo = await inflict(world, fault);
      this.#active.add(name);
      await this.#pause(fault.lasts);
      await undo();
      this.#active.delete(name);
    } catch (error) {
      this.#mishaps.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Only where everything becomes cold at once: it is work for every gateway. */
  #watchWarming(world: World): WarmingRate | undefined {
    if (!this.#options.faults.some(({ region }) => region === ALL)) return undefined;
    const rate = new WarmingRate(world.regions);
    void rate.watch((seconds) => this.#pause(seconds));
    return rate;
  }

  #watch(machine: Machine): void {
    const { warmup, duration } = this.#options;
    const began = now();
    const timer = setInterval(() => {
      const elapsed = (now() - began) / 1000;
      const busy = machine.busy().machine;
      machine.reset();
      this.#watcher.moment({
        phase: this.#phase,
        elapsed,
        total: warmup + duration,
        figures: this.#latest,
        arrivals: this.#observed?.arrivals ?? [],
        states: new Map(Object.entries(this.#observed?.states ?? {})),
        busy,
        faults: [...this.#active],
      });
    }, 1000);
    this.#timers.push(timer);
  }

  #pause(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timers.push(setTimeout(resolve, seconds * 1000));
    });
  }
}

async function observedBy(observer: Child): Promise<Observed> {
  const question: ToObserver = { kind: 'look' };
  return (await observer.ask<Extract<FromObserver, { kind: 'looked' }>>(question, 'looked')).observed;
}

/** What is of the measured span alone. */
function measured({ regions, requests, unsent, seconds, lateness, memory }: LoadFigures) {
  return { regions, requests, unsent, seconds, lateness, memory };
}

async function versions(): Promise<WorldResult['versions']> {
  const { path, env } = await findRedis();
  const { stdout } = await promisify(execFile)(path, ['--version'], { env: { ...process.env, ...env } });
  const [first] = cpus();
  return {
    node: process.version,
    redis: /v=(\S+)/.exec(stdout)?.[1] ?? 'unknown',
    cpu: `${cpus().length} cores${first ? `, ${first.model.trim()}` : ''}`,
  };
}
