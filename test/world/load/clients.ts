import { TokenKeeper } from '../../../src/clients/token-keeper';
import { pick, type Traveller } from '../../../src/example/data';
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
      readonly signedIn: number;
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
  readonly #travellers: readonly Traveller[];
  readonly #atHome: readonly Traveller[];
  /** every question once, in the order in which they are walked */
  readonly #asked: readonly (readonly [operation: Operation, by: { readonly traveller?: Traveller }])[];

  constructor(options: ClientsOptions) {
    const { crowd, index, regions } = (this.#options = options);
    this.#crowd = crowd;
    this.#travellers = crowd.workload.data.travellers.all();
    this.#atHome = this.#travellers.filter((_, number) => number % regions === index);
    this.#asked = questionsOf(crowd);
  }

  /** How many different questions there are, private ones counted for each traveller, and pages once. */
  get questions(): number {
    return this.#asked.length;
  }

  /** One of them, by its number. */
  questionOf(index: number): Promise<void> {
    return this.#query(...this.#asked[index]!);
  }

  /** Whatever one of them comes up with. */
  request(random: () => number): Promise<void> {
    const { workload, options, recent } = this.#crowd;
    if (this.#mayChange() && random() < options.mutations) return this.#change(random);
    // Where there are no pages no number is drawn for them: the same seed then asks what it always has.
    if (options.signedIn > 0 && random() < options.signedIn) return this.#open(random);
    const dice = random();
    if (dice < WITH_TOKEN) return this.#wander(random);
    if (dice < WITH_TOKEN + PRIVATE)
      return this.#query(workload.mine(random), { traveller: this.#someone(random) });
    if (dice < WITH_TOKEN + PRIVATE + NOSY) return this.#query(workload.nosy(random));
    const follows = recent.length > 0 && random() < options.following;
    return this.#query(follows ? pick(random, recent) : workload.read(random));
  }

  /** The same to the origin, without a gateway. */
  async askOrigin(random: () => number): Promise<void> {
    const { workload, options } = this.#crowd;
    const isPage = options.signedIn > 0 && random() < options.signedIn;
    const isPrivate = isPage || random() < PRIVATE;
    const operation = isPage
      ? workload.page(random)
      : isPrivate
        ? workload.mine(random)
        : workload.read(random);
    const headers = credentialsOf(isPrivate ? this.#someone(random) : undefined);
    const reply = await this.#options.far.ask(operation.body, headers);
    const tally = this.#options.tally();
    if (!dataOf(reply)) {
      tally.errors++;
      return;
    }
    for (const { without } of isPage ? [tally, tally.pages] : [tally])
      without.record(reply.ended - reply.began);
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
    return this.#query(operation, { wanderer });
  }

  /** A page, for a traveller who may have a token as well. */
  #open(random: () => number): Promise<void> {
    const { wanderers, workload } = this.#crowd;
    const operation = workload.page(random);
    const traveller = this.#someone(random);
    const wanderer = random() < WITH_TOKEN ? pick(random, wanderers) : undefined;
    return this.#query(operation, { traveller, wanderer });
  }

  async #query(
    operation: Operation,
    {
      traveller,
      wanderer,
    }: { readonly traveller?: Traveller; readonly wanderer?: Wanderer | undefined } = {},
  ): Promise<void> {
    const { near, region } = this.#options;
    const { witness, options } = this.#crowd;
    const held = wanderer?.keeper.headers ?? {};
    const sent = options.controls.includes('dropped-tokens') ? {} : held;
    const reply = await near.ask(operation.body, { ...credentialsOf(traveller), ...sent });
    const tally = this.#options.tally();
    if (reply.status === 0) {
      tally.unanswered++;
      return;
    }
    tally.query(operation, reply);
    if (!traveller) tally.asked(operation.body);
    const own = traveller ? [traveller.email, traveller.passport] : [];
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
    const data = witness.mutation(mutation, reply, { region, own: [], token: undefined });
    if (reply.status !== 0 && !data) tally.errors++;
    const readBack = data && mutation.readBack(data);
    if (!readBack) return;
    this.#crowd.talkAbout(readBack);
    if (!wanderer) return;
    wanderer.keeper.learn(headersOf(reply));
    wanderer.readBack = readBack;
  }
}

/** All that may be asked of this world: pages by one traveller each, who has opened one says nothing of the next. */
function questionsOf({ workload, options: { signedIn } }: Crowd) {
  const travellers = workload.data.travellers.all();
  const plain =
    signedIn < 1
      ? [
          ...workload.reads.map((operation) => [operation, {}] as const),
          ...MINE.flatMap((mine) => travellers.map((traveller) => [mine, { traveller }] as const)),
        ]
      : [];
  const pages = signedIn > 0 ? workload.pages : [];
  return [
    ...plain,
    ...pages.map((page, index) => [page, { traveller: travellers[index % travellers.length]! }] as const),
  ];
}

/** @param traveller undefined: nobody is signed in */
function credentialsOf(traveller: Traveller | undefined): Record<string, string> {
  return traveller ? { authorization: `Bearer ${traveller.id}` } : {};
}

/** As much of an answer's headers as a keeper of tokens looks at. */
function headersOf({ token }: Reply): { get(): string | null } {
  return { get: () => token ?? null };
}
