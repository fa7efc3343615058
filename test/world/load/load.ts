/** All clients of the world, in one process with one clock, and the witness of what they were told. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Client } from 'undici';
import { seededRandom } from '../../../src/example/data';
import { now } from '../clock';
import type { Commit } from '../ground/history';
import { DIRECT_PATH } from '../ground/answered';
import { Clients, Crowd } from './clients';
import type { FromLoad, LoadFigures, ToLoad } from './messages';
import { Pacing } from './pacing';
import { RegionTally } from './tally';
import { Target } from './target';
import { Witness } from './witness';
import { Workload } from './workload';

type Begin = Extract<ToLoad, { kind: 'begin' }>;

/** For each request through a gateway, so many go straight to the origin. */
const DIRECT = 0.1;
/** Of the questions that are asked in turn: so many at once in each region. */
const WALKERS = 20;
/** Where requests are sent as fast as they are answered: so many at once in each region. */
const AT_ONCE = 12;
/** Milliseconds between two looks at what the origin says was true. */
const AUDIT_MS = 10_000;
/** Milliseconds for which changes are remembered one by one, beyond the bound. */
const MEMORY_MS = 60_000;

class Load {
  readonly #begin: Begin;
  readonly #witness: Witness;
  readonly #crowd: Crowd;
  readonly #pacing = new Pacing();
  readonly #delay = monitorEventLoopDelay({ resolution: 5 });
  readonly #targets: Target[] = [];
  readonly #walked = { asked: 0, of: 0 };
  readonly #auditing: NodeJS.Timeout;
  #audits = Promise.resolve();
  /** commits of the origin's history that were looked at */
  #audited = 0;
  #tallies = new Map<string, RegionTally>();
  #measuredFrom = now();
  #memory = 0;
  #requests = 0;
  /** requests a second, all regions together, now */
  #rate = 0;
  #isWarmingUp = true;

  constructor(begin: Begin) {
    const workload = new Workload(begin.seed);
    this.#begin = begin;
    this.#witness = new Witness(begin.boundMs, workload.data, now());
    this.#crowd = new Crowd(workload, this.#witness, begin);
    this.#count(begin.warmupRate);
    this.#delay.enable();
    this.#auditing = setInterval(() => {
      this.#witness.forget(now() - begin.boundMs - MEMORY_MS);
      // An origin that does not answer now is asked again, at the latest when all is over.
      void this.#audit().catch(() => {});
    }, AUDIT_MS);
  }

  start(): void {
    const { regions, seed, walk, truth } = this.#begin;
    for (const [index, { region, gateway, direct }] of regions.entries()) {
      const each = (): number => this.#rate / regions.length;
      const clients = new Clients({
        crowd: this.#crowd,
        region,
        index,
        regions: regions.length,
        near: this.#target(gateway),
        far: this.#target(direct, DIRECT_PATH),
        tally: () => this.#tallies.get(region)!,
      });
      const random = seededRandom(seed * 1000 + index);
      const request = (): Promise<void> => {
        this.#requests++;
        return clients.request(random);
      };
      const other = seededRandom(seed * 3000 + index);
      const askOrigin = (): Promise<void> => clients.askOrigin(other);
      if (truth) this.#pacing.loop(AT_ONCE, request);
      else {
        this.#pacing.stream(each, seededRandom(seed * 2000 + index), request);
        this.#pacing.stream(() => each() * DIRECT, seededRandom(seed * 4000 + index), askOrigin);
      }
      if (walk > 0) void this.#walk(clients, walk);
    }
  }

  /** Counts from here. What was promised before still counts. */
  measure(rate: number): void {
    this.#isWarmingUp = false;
    this.#memory = process.memoryUsage().heapUsed;
    this.#count(rate);
  }

  figures(isBrief: boolean): LoadFigures {
    const { counts, findings, brokenBy } = this.#witness;
    const tallies = [...this.#tallies.values()];
    return {
      // The primary region is the first.
      regions: tallies.map((tally) => tally.figures(isBrief, tallies[0])),
      readsChecked: counts.reads,
      answersChecked: counts.answers,
      changes: counts.changes,
      tokenReads: counts.tokenReads,
      privateAnswers: counts.privateAnswers,
      broken: Object.values(brokenBy).reduce((sum, each) => sum + each, 0),
      brokenBy: { ...brokenBy },
      findings,
      requests: this.#requests,
      unsent: this.#pacing.unsent,
      seconds: (now() - this.#measuredFrom) / 1000,
      lateness: Math.max(0, this.#delay.percentile(99) / 1e6 - 5),
      walked: { ...this.#walked },
      memory: { before: this.#memory, now: process.memoryUsage().heapUsed },
    };
  }

  async end(): Promise<LoadFigures> {
    this.#pacing.stop();
    clearInterval(this.#auditing);
    const seconds = (now() - this.#measuredFrom) / 1000;
    await this.#pacing.idle(5000);
    await this.#audit();
    await Promise.all(this.#targets.map((target) => target.close()));
    return { ...this.figures(false), seconds };
  }

  #count(rate: number): void {
    const { regions } = this.#begin;
    const before = this.#tallies;
    this.#rate = rate;
    this.#measuredFrom = now();
    this.#tallies = new Map(
      regions.map(({ region }) => [region, new RegionTally(region, this.#measuredFrom, before.get(region))]),
    );
    this.#requests = 0;
    this.#pacing.unsent = 0;
    this.#delay.reset();
  }

  /** As a region that has been up for a while has been asked everything, however rarely it is asked for. */
  async #walk(clients: Clients, seconds: number): Promise<void> {
    this.#walked.of += clients.questions;
    await this.#pacing.walk(clients.questions, seconds, WALKERS, async (index) => {
      if (!this.#isWarmingUp) return;
      this.#walked.asked++;
      await clients.questionOf(index);
    });
  }

  /** Holds what was shown so far against what the origin says was true: one at a time, each goes on from the last. */
  #audit(): Promise<void> {
    return (this.#audits = this.#audits.catch(() => {}).then(() => this.#auditOnce()));
  }

  async #auditOnce(): Promise<void> {
    const shown = this.#witness.takeShown();
    try {
      const history = await this.#history(this.#audited);
      this.#audited += history.length;
      this.#witness.audit(shown, history);
    } catch (error) {
      this.#witness.giveBack(shown);
      throw error;
    }
  }

  /** @param from how many commits are known already */
  async #history(from: number): Promise<readonly Commit[]> {
    // An origin that is still busy with what came before has its time.
    const client = new Client(`http://127.0.0.1:${this.#begin.originPort}`, { connectTimeout: 25_000 });
    try {
      const { body } = await client.request({ method: 'GET', path: `/history?from=${from}` });
      return (await body.json()) as Commit[];
    } finally {
      await client.close();
    }
  }

  #target(port: number, path?: string): Target {
    const target = new Target(port, path);
    this.#targets.push(target);
    return target;
  }
}

function say(message: FromLoad): void {
  process.send?.(message);
}

let load: Load | undefined;

function obey(message: ToLoad): void {
  switch (message.kind) {
    case 'begin': {
      const begun = (load = new Load(message));
      begun.start();
      setInterval(() => say({ kind: 'figures', figures: begun.figures(true) }), 1000);
      return;
    }
    case 'measure':
      return load?.measure(message.rate);
    case 'look':
      if (load) say({ kind: 'looked', figures: load.figures(false) });
      return;
    case 'end':
      void load?.end().then((figures) => say({ kind: 'result', figures }));
  }
}

process.on('message', obey);
process.on('disconnect', () => process.exit(0));
