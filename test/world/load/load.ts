/** All clients of the world, in one process with one clock, and the witness of what they were told. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Client } from 'undici';
import { pick, seededRandom } from '../../../src/example/random';
import { comparePositions, parsePosition } from '../../../src/purge/position';
import { now } from '../clock';
import type { Commit } from '../ground/history';
import type { FromLoad, LoadFigures, ToLoad } from './messages';
import { Workload, type Operation } from './operations';
import { RegionTally } from './tally';
import { Target } from './target';
import { dataOf, Witness } from './witness';

type Begin = Extract<ToLoad, { kind: 'begin' }>;

/** A client that keeps its token and wanders from region to region. */
interface Wanderer {
  token: string | undefined;
  /** a query that must show what it has just written */
  readBack: Operation | undefined;
}

const WANDERERS = 24;
/** Of all reads. */
const WITH_TOKEN = 0.15;
const PRIVATE = 0.15;
/** Of all changes. */
const WRITES_WITH_TOKEN = 0.3;
/** Changes that clients still talk about. */
const RECENT = 100;
/** Requests under way at once; beyond it new ones are not sent, and counted. */
const MOST_UNDER_WAY = 1000;
/** For each request through a gateway, so many go straight to the origin. */
const DIRECT = 0.1;

class Load {
  readonly #begin: Begin;
  readonly #workload: Workload;
  readonly #witness: Witness;
  readonly #wanderers: Wanderer[] = Array.from({ length: WANDERERS }, () => ({
    token: undefined,
    readBack: undefined,
  }));
  /** queries that show what was changed lately */
  readonly #recent: Operation[] = [];
  readonly #delay = monitorEventLoopDelay({ resolution: 5 });
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #targets: Target[] = [];
  #tallies = new Map<string, RegionTally>();
  #measuredFrom = now();
  #requests = 0;
  #underWay = 0;
  #unsent = 0;
  /** requests a second, all regions together, now */
  #rate = 0;

  constructor(begin: Begin) {
    this.#begin = begin;
    this.#workload = new Workload(begin.seed);
    this.#witness = new Witness(begin.boundMs, this.#workload, now());
    this.measure();
    this.#rate = begin.warmupRate;
    this.#delay.enable();
  }

  start(): void {
    const { regions, seed } = this.#begin;
    for (const [index, { region, gateway, direct }] of regions.entries()) {
      const each = (): number => this.#rate / regions.length;
      const near = this.#target(gateway);
      const far = this.#target(direct);
      const random = seededRandom(seed * 1000 + index);
      this.#arrivals(each, seededRandom(seed * 2000 + index), () => this.#request(region, near, random));
      const other = seededRandom(seed * 3000 + index);
      this.#arrivals(
        () => each() * DIRECT,
        seededRandom(seed * 4000 + index),
        () => this.#askOrigin(region, far, other),
      );
    }
  }

  /** Counts from here. What was promised before still counts. */
  measure(): void {
    this.#rate = this.#begin.rate;
    this.#tallies = new Map(this.#begin.regions.map(({ region }) => [region, new RegionTally(region)]));
    this.#measuredFrom = now();
    this.#requests = 0;
    this.#unsent = 0;
    this.#delay.reset();
  }

  figures(): LoadFigures {
    const { counts, findings } = this.#witness;
    return {
      regions: [...this.#tallies.values()].map((tally) => tally.figures()),
      readsChecked: counts.reads,
      answersChecked: counts.answers,
      changes: counts.changes,
      tokenReads: counts.tokenReads,
      privateAnswers: counts.privateAnswers,
      broken: counts.broken,
      findings,
      requests: this.#requests,
      unsent: this.#unsent,
      seconds: (now() - this.#measuredFrom) / 1000,
      lateness: Math.max(0, this.#delay.percentile(99) / 1e6 - 5),
    };
  }

  async end(): Promise<LoadFigures> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    const seconds = (now() - this.#measuredFrom) / 1000;
    const deadline = now() + 5000;
    while (this.#underWay > 0 && now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
    this.#witness.audit(await this.#history());
    await Promise.all(this.#targets.map((target) => target.close()));
    return { ...this.figures(), seconds };
  }

  async #history(): Promise<readonly Commit[]> {
    // An origin that is still busy with what came before has its time.
    const client = new Client(`http://127.0.0.1:${this.#begin.originPort}`, { connectTimeout: 25_000 });
    const { body } = await client.request({ method: 'GET', path: '/history' });
    const history = (await body.json()) as Commit[];
    await client.close();
    return history;
  }

  #target(port: number): Target {
    const target = new Target(port);
    this.#targets.push(target);
    return target;
  }

  /** Requests come as they come, whether or not those before were answered: a Poisson process. */
  #arrivals(perSecond: () => number, random: () => number, send: () => Promise<void>): void {
    let due = now();
    const next = (timer?: NodeJS.Timeout): void => {
      if (timer) this.#timers.delete(timer);
      while (due <= now()) {
        due += (-Math.log(1 - random()) / perSecond()) * 1000;
        if (this.#underWay >= MOST_UNDER_WAY) {
          this.#unsent++;
          continue;
        }
        this.#underWay++;
        void send().finally(() => this.#underWay--);
      }
      const again: NodeJS.Timeout = setTimeout(() => next(again), due - now());
      this.#timers.add(again);
    };
    const first: NodeJS.Timeout = setTimeout(() => next(first), random() * 100);
    this.#timers.add(first);
  }

  async #request(region: string, target: Target, random: () => number): Promise<void> {
    this.#requests++;
    if (this.#mayChange(region) && random() < this.#begin.mutations)
      return this.#change(region, target, random);
    const dice = random();
    if (dice < WITH_TOKEN) return this.#wander(region, target, random);
    if (dice < WITH_TOKEN + PRIVATE) {
      const { id, email } = pick(random, this.#workload.data.travellers.all());
      const headers = { authorization: `Bearer ${id}` };
      return this.#query(region, target, this.#workload.mine(random), headers, email);
    }
    const follows = this.#recent.length > 0 && random() < this.#begin.following;
    const operation = follows ? pick(random, this.#recent) : this.#workload.read(random);
    return this.#query(region, target, operation, {}, undefined);
  }

  /** A region knows at once of what it forwarded itself, so what is to go wrong elsewhere has to begin elsewhere. */
  #mayChange(region: string): boolean {
    return this.#begin.control === undefined || region === this.#begin.regions[0]?.region;
  }

  async #wander(region: string, target: Target, random: () => number): Promise<void> {
    // Whoever has just written looks at it first, in whatever region this is.
    const wanderer = this.#wanderers.find(({ readBack }) => readBack) ?? pick(random, this.#wanderers);
    const operation = wanderer.readBack ?? this.#workload.read(random);
    wanderer.readBack = undefined;
    return this.#query(region, target, operation, {}, undefined, wanderer);
  }

  async #query(
    region: string,
    target: Target,
    operation: Operation,
    headers: Record<string, string>,
    own: string | undefined,
    wanderer?: Wanderer,
  ): Promise<void> {
    const token = wanderer?.token;
    const isSent = token !== undefined && this.#begin.control !== 'dropped-tokens';
    const tally = this.#tallies.get(region)!;
    const reply = await target.ask(
      operation.body,
      isSent ? { ...headers, 'lastmile-token': token } : headers,
    );
    if (reply.status === 0) {
      tally.unanswered++;
      return;
    }
    const second = Math.floor((reply.began - this.#measuredFrom) / 1000);
    tally.query(reply.ended - reply.began, reply.cacheStatus.includes('; hit'), second);
    const stale = this.#witness.query(operation, reply, { region, own, token });
    if (stale === undefined) tally.errors++;
    else if (stale > 0) tally.stale.record(stale);
    if (wanderer) wanderer.token = newer(wanderer.token, reply.token);
  }

  async #change(region: string, target: Target, random: () => number): Promise<void> {
    const mutation = this.#workload.mutate(random);
    const wanderer = random() < WRITES_WITH_TOKEN ? pick(random, this.#wanderers) : undefined;
    const tally = this.#tallies.get(region)!;
    const reply = await target.ask(mutation.body, {});
    if (reply.status === 0) tally.unanswered++;
    else tally.mutations.record(reply.ended - reply.began);
    const data = this.#witness.mutation(mutation, reply, { region, own: undefined, token: undefined });
    if (reply.status !== 0 && !data) tally.errors++;
    if (!data) return;
    const readBack = mutation.readBack(data);
    this.#recent.push(readBack);
    if (this.#recent.length > RECENT) this.#recent.shift();
    if (!wanderer) return;
    wanderer.token = newer(wanderer.token, reply.token);
    wanderer.readBack = readBack;
  }

  async #askOrigin(region: string, target: Target, random: () => number): Promise<void> {
    const tally = this.#tallies.get(region)!;
    const isPrivate = random() < PRIVATE;
    const operation = isPrivate ? this.#workload.mine(random) : this.#workload.read(random);
    const headers = isPrivate
      ? { authorization: `Bearer ${pick(random, this.#workload.data.travellers.all()).id}` }
      : {};
    const reply = await target.ask(operation.body, headers as Record<string, string>);
    if (dataOf(reply)) tally.without.record(reply.ended - reply.began);
    else tally.errors++;
  }
}

function newer(a: string | undefined, b: string | undefined): string | undefined {
  const first = a === undefined ? undefined : parsePosition(a);
  const second = b === undefined ? undefined : parsePosition(b);
  if (!first || !second) return first ? a : b;
  return comparePositions(first, second) >= 0 ? a : b;
}

function say(message: FromLoad): void {
  process.send?.(message);
}

let load: Load | undefined;
process.on('message', (message: ToLoad) => {
  if (message.kind === 'begin') {
    load = new Load(message);
    load.start();
    const running = load;
    setInterval(() => say({ kind: 'figures', figures: running.figures() }), 1000);
  } else if (message.kind === 'measure') load?.measure();
  else void load?.end().then((figures) => say({ kind: 'result', figures }));
});
process.on('disconnect', () => process.exit(0));
