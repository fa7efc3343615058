import { TokenKeeper } from '../../../src/clients/token-keeper';
import { pick } from '../../../src/example/data';
import type { Control } from '../options';
import type { Operation } from './operation';
import { MINE } from './questions';
import type { RegionTally } from './tally';
import type { Reply, Target } from './target';
import { dataOf, type Witness } from './witness';
import type { Workload } from './workload';

/** A client that keeps its token and wanders from region to region. */
interface Wanderer {
  readonly keeper: TokenKeeper;
  /** a query that must show what it has just written */
  readBack: Operation | undefined;
}

const WANDERERS = 24;
/** Of all reads. */
const WITH_TOKEN = 0.15;
const PRIVATE = 0.15;
/** Of all reads: a signed-out look at somebody's address. */
const NOSY = 0.002;
/** Of the private ones: by travellers who live near this region. The others are on their way. */
const AT_HOME = 0.8;
/** Of all changes. */
const WRITES_WITH_TOKEN = 0.3;
/** Changes that clients still talk about. */
const RECENT = 100;

/** What the clients of all regions share. */
export class Crowd {
  readonly wanderers: Wanderer[] = Array.from({ length: WANDERERS }, () => ({
    keeper: new TokenKeeper(),
    readBack: undefined,
  }));
  /** queries that show what was changed lately */
  readonly recent: Operation[] = [];

  constructor(
    readonly workload: Workload,
    readonly witness: Witness,
    readonly options: {
      readonly mutations: number;
      readonly following: number;
      readonly controls: readonly Control[];
    },
  ) {}

  talkAbout(readBack: Operation): void {
    this.recent.push(readBack);
    if (this.recent.length > RECENT) this.recent.shift();
  }
}

export interface ClientsOptions {
  readonly crowd: Crowd;
  readonly region: string;
  /** its number among all, and how many there are */
  readonly index: number;
  readonly regions: number;
  /** its gateway, and the origin over the same distance */
  readonly near: Target;
  readonly far: Target;
  readonly tally: () => RegionTally;
}

/** The clients of one region: who asks what, in whose name, and what they make of the answer. */
export class Clients {
  readonly #crowd: Crowd;
  readonly #options: ClientsOptions;
  readonly #travellers: readonly { readonly id: string; readonly email: string }[];
  readonly #atHome: readonly { readonly id: string; readonly email: string }[];

  constructor(options: ClientsOptions) {
    const { crowd, index, regions } = (this.#options = options);
    this.#crowd = crowd;
    this.#travellers = crowd.workload.data.travellers.all();
    this.#atHome = this.#travellers.filter((_, number) => number % regions === index);
  }

  /** How many different questions there are, private ones counted for each traveller. */
  get questions(): number {
    return this.#crowd.workload.reads.length + MINE.length * this.#travellers.length;
  }

  /** One of them, by its number. */
  async questionOf(index: number): Promise<void> {
    const { reads } = this.#crowd.workload;
    const operation = reads[index];
    if (operation) return this.#query(operation, {}, undefined);
    const { id, email } = this.#travellers[(index - reads.length) % this.#travellers.length]!;
    const mine = MINE[Math.floor((index - reads.length) / this.#travellers.length)]!;
    return this.#query(mine, { authorization: `Bearer ${id}` }, email);
  }

  /** Whatever one of them comes up with. */
  request(random: () => number): Promise<void> {
    const { workload, options, recent } = this.#crowd;
    if (this.#mayChange() && random() < options.mutations) return this.#change(random);
    const dice = random();
    if (dice < WITH_TOKEN) return this.#wander(random);
    if (dice < WITH_TOKEN + PRIVATE) {
      const { id, email } = this.#someone(random);
      return this.#query(workload.mine(random), { authorization: `Bearer ${id}` }, email);
    }
    if (dice < WITH_TOKEN + PRIVATE + NOSY) return this.#query(workload.nosy(random), {}, undefined);
    const follows = recent.length > 0 && random() < options.following;
    return this.#query(follows ? pick(random, recent) : workload.read(random), {}, undefined);
  }

  /** The same to the origin, without a gateway. */
  async askOrigin(random: () => number): Promise<void> {
    const { workload } = this.#crowd;
    const isPrivate = random() < PRIVATE;
    const operation = isPrivate ? workload.mine(random) : workload.read(random);
    const headers: Record<string, string> = isPrivate
      ? { authorization: `Bearer ${this.#someone(random).id}` }
      : {};
    const reply = await this.#options.far.ask(operation.body, headers);
    const tally = this.#options.tally();
    if (dataOf(reply)) tally.without.record(reply.ended - reply.began);
    else tally.errors++;
  }

  #someone(random: () => number) {
    const isAtHome = this.#atHome.length > 0 && random() < AT_HOME;
    return pick(random, isAtHome ? this.#atHome : this.#travellers);
  }

  /** A region knows at once of what it forwarded itself, so what is to go wrong elsewhere has to begin elsewhere. */
  #mayChange(): boolean {
    return this.#crowd.options.controls.length === 0 || this.#options.index === 0;
  }

  #wander(random: () => number): Promise<void> {
    const { wanderers, workload } = this.#crowd;
    // Whoever has just written looks at it first, in whatever region this is.
    const wanderer = wanderers.find(({ readBack }) => readBack) ?? pick(random, wanderers);
    const operation = wanderer.readBack ?? workload.read(random);
    wanderer.readBack = undefined;
    return this.#query(operation, {}, undefined, wanderer);
  }

  async #query(
    operation: Operation,
    headers: Record<string, string>,
    own: string | undefined,
    wanderer?: Wanderer,
  ): Promise<void> {
    const { near, region } = this.#options;
    const { witness, options } = this.#crowd;
    const held = wanderer?.keeper.headers ?? {};
    const sent = options.controls.includes('dropped-tokens') ? {} : held;
    const reply = await near.ask(operation.body, { ...headers, ...sent });
    const tally = this.#options.tally();
    if (reply.status === 0) {
      tally.unanswered++;
      return;
    }
    tally.query(operation.name, reply);
    const stale = witness.query(operation, reply, { region, own, token: held['Lastmile-Token'] });
    if (stale === undefined) tally.errors++;
    else if (stale > 0) tally.stale.record(stale);
    wanderer?.keeper.learn(headersOf(reply), sent);
  }

  async #change(random: () => number): Promise<void> {
    const { workload, witness, wanderers } = this.#crowd;
    const { near, region } = this.#options;
    const mutation = workload.mutate(random);
    const wanderer = random() < WRITES_WITH_TOKEN ? pick(random, wanderers) : undefined;
    const reply = await near.ask(mutation.body, {});
    const tally = this.#options.tally();
    if (reply.status === 0) tally.unanswered++;
    else tally.mutations.record(reply.ended - reply.began);
    const data = witness.mutation(mutation, reply, { region, own: undefined, token: undefined });
    if (reply.status !== 0 && !data) tally.errors++;
    const readBack = data && mutation.readBack(data);
    if (!readBack) return;
    this.#crowd.talkAbout(readBack);
    if (!wanderer) return;
    wanderer.keeper.learn(headersOf(reply));
    wanderer.readBack = readBack;
  }
}

/** As much of an answer's headers as a keeper of tokens looks at. */
function headersOf({ token }: Reply): { get(): string | null } {
  return { get: () => token ?? null };
}
