/**
 * One server, a gateway in front of it, and many comparisons: questions are asked until their answers are cached, a
 * mutation is made, and every answer is compared with upstream's own, asked straight.
 *
 * Each mutation is judged by itself: before it everything that can be cached is, and nothing is stale. What a later
 * mutation shows therefore does not depend on what an earlier one left behind.
 */
import type { GraphQLSchema } from 'graphql';
import type { ServingProcess } from '../kit/lastmile';
import type { Random } from '../kit/random';
import { AnswerWalk } from './answer-walk';
import { eachOf, type Client, type Endpoint, type Reply } from './ask';
import { mutations, type Change, type Changer } from './changes';
import { refusedBy, type PurgedSince } from './losses';
import { isMembers } from './lossless';
import { OperationWriter, type Operation } from './operations';
import { placesOf } from './places';
import { isHit, isSame, shownAt } from './replies';
import type { Subject } from './subjects';
import type { Tally } from './tally';
import { Values } from './values';
import type { Warnings } from './warnings';

export interface TrialOptions {
  readonly subject: Subject;
  /** folder of a built gateway; left out: from src/, for tests, which build nothing */
  readonly built?: string;
  readonly seed: number;
  /** questions that are asked again after every mutation */
  readonly questions: number;
  readonly mutations: number;
  /** makes mutations past the gateway, which then knows of none: an oracle that reports nothing now is blind */
  readonly pastTheGateway?: boolean;
  /** the gateway reads the log of the database, and must be true but for what no log holds */
  readonly captured?: boolean;
  /** finds out by which tags answers are lost */
  readonly losses?: boolean;
  /** by what is changed; of `sql` the gateway hears nothing but by the database's log */
  readonly changes?: 'mutations' | 'sql';
  /** the database does much by itself, whether its log is read or not */
  readonly lively?: boolean;
  /** milliseconds of the clock (`performance.now()`) after which no further mutation is made, once there were a few */
  readonly until?: number;
}

/** A question of the pool, and what upstream said to it last. */
interface Held {
  readonly operation: Operation;
  readonly walk: AnswerWalk;
  truth: Reply;
  isCached: boolean;
}

const LARGEST_ANSWER = 30_000;
const REFUSALS_IN_A_ROW = 60;
const FEWEST_MUTATIONS = 10;
/** Questions that are asked while something changes, where the log is read. */
const READERS = 8;

export interface TrialParts {
  readonly client: Client;
  readonly upstream: Endpoint;
  readonly gateway: ServingProcess;
  readonly schema: GraphQLSchema;
  readonly random: Random;
  readonly tally: Tally;
  readonly warnings: Warnings;
  /** Resolves when what was changed is purged, where the log is read. */
  readonly settle: (() => Promise<void>) | undefined;
  readonly statements: Changer | undefined;
  readonly purged: PurgedSince;
}

export class Trial {
  readonly #options: TrialOptions;
  readonly #parts: TrialParts;
  readonly #values: Values;
  readonly #writer: OperationWriter;
  #held: Held[] = [];
  /** by the change that was made last */
  #lost: Held[] = [];

  constructor(options: TrialOptions, parts: TrialParts) {
    this.#options = options;
    this.#parts = parts;
    this.#values = new Values(parts.schema, parts.random);
    this.#writer = new OperationWriter(parts.schema, parts.random, this.#values);
  }

  async run(): Promise<void> {
    await this.#learn();
    await this.#parts.settle?.();
    await this.#gather();
    await this.#passPurges();
    const { counts } = this.#parts.tally;
    const last = counts.mutations + this.#options.mutations;
    let refusals = 0;
    const fewest = counts.mutations + FEWEST_MUTATIONS;
    const changer = this.#changer();
    while (counts.mutations < last && refusals < REFUSALS_IN_A_ROW) {
      if (counts.mutations >= fewest && this.#isLate()) break;
      refusals = (await this.#change(changer)) ? 0 : refusals + 1;
    }
  }

  #isLate(): boolean {
    return this.#options.until !== undefined && performance.now() > this.#options.until;
  }

  /** Asks every root field for all that it has, twice: the second time look-ups find what the first time showed. */
  async #learn(): Promise<void> {
    const { schema, client, upstream } = this.#parts;
    for (const _ of ['lists', 'look-ups'])
      for (const field of Object.values(schema.getQueryType()!.getFields())) {
        const operation = this.#writer.everything(field);
        if (operation) this.#learnFrom(operation, await client.ask(upstream, operation));
      }
  }

  #learnFrom(operation: Operation, { data }: Reply): void {
    new AnswerWalk(this.#parts.schema, operation.document).leaves(data, (coordinate, value) =>
      this.#values.learn(coordinate, value),
    );
  }

  /** Fills the pool with questions that upstream answers, each answer compared on its way into the cache and out of it. */
  async #gather(): Promise<void> {
    const { tally, schema, client, upstream } = this.#parts;
    const asked = new Set<string>();
    for (
      let tries = 0;
      this.#held.length < this.#options.questions && tries < this.#options.questions * 20;
      tries++
    ) {
      const operation = this.#writer.question();
      const text = operation && `${operation.query} ${operation.variables}`;
      if (!operation || !text || asked.has(text)) continue;
      asked.add(text);
      const reply = await client.ask(upstream, operation);
      if (!isMembers(reply.data) || reply.errors !== undefined || reply.text.length > LARGEST_ANSWER)
        continue;
      this.#learnFrom(operation, reply);
      const walk = new AnswerWalk(schema, operation.document);
      this.#held.push({ operation, walk, truth: reply, isCached: false });
    }
    tally.counts.reads += this.#held.length;
    await this.#compareAll(undefined);
    const seconds = await this.#compareAll(undefined);
    for (const reply of seconds) {
      if (isHit(reply)) tally.counts.hits++;
      else {
        const reason = /detail=([\w-]+)/.exec(reply.cacheStatus)?.[1] ?? reply.cacheStatus;
        tally.counts.uncached.set(reason, (tally.counts.uncached.get(reason) ?? 0) + 1);
      }
    }
  }

  /** Does something. @returns whether it was carried out */
  async #change(next: Changer): Promise<boolean> {
    const { tally, client, gateway } = this.#parts;
    const readers = this.#parts.settle ? this.#held.slice(0, READERS) : [];
    // Others go on reading: what they are told between the change and its purge must not stay.
    const [change] = await Promise.all([
      next(),
      eachOf(readers, ({ operation }) => client.ask(gateway, operation)),
    ]);
    if (!change) return false;
    await this.#parts.settle?.();
    const counts = tally.mutation(change.name);
    counts.made++;
    tally.counts.mutations++;
    const before = { unchanged: tally.counts.unchanged, lost: tally.counts.lost };
    await this.#compareAll(change);
    counts.unchanged += tally.counts.unchanged - before.unchanged;
    counts.lost += tally.counts.lost - before.lost;
    return true;
  }

  /** Mutations, or, where there are, statements that the gateway hears nothing of. */
  #changer(): Changer {
    const { client, gateway, statements, upstream } = this.#parts;
    const ask = (): Promise<unknown> => eachOf(this.#held, ({ operation }) => client.ask(gateway, operation));
    return (
      statements ??
      mutations({
        ...this.#parts,
        writer: this.#writer,
        avoided: this.#options.subject.avoided,
        isPast: this.#options.pastTheGateway ?? false,
        learn: (operation, reply) => this.#learnFrom(operation, reply),
        askAll: async () => {
          await ask();
          await this.#passPurges();
        },
        beginAgain: async () => {
          await eachOf(this.#held, async (held) => {
            held.truth = await client.ask(upstream, held.operation);
          });
          await this.#refill();
          await this.#passPurges();
        },
      })
    );
  }

  /**
   * Asks everything of gateway and upstream, and compares.
   * @param mutation what was done since all of it was compared last
   * @returns the gateway's answers
   */
  async #compareAll(mutation: Change | undefined): Promise<readonly Reply[]> {
    const { client, gateway, upstream } = this.#parts;
    const held = this.#held;
    const answers = await eachOf(held, async ({ operation }) => {
      const served = await client.ask(gateway, operation);
      const straight = await client.ask(upstream, operation);
      if (isSame(served, straight)) return { served, straight, again: straight };
      return { served, straight, again: await client.ask(upstream, operation) };
    });
    let isAnyStale = false;
    this.#lost = [];
    const dropped = new Set<Held>();
    for (const [index, one] of held.entries()) {
      const { served, straight, again } = answers[index]!;
      const verdict = this.#judge(one, { served, straight, again }, mutation);
      if (verdict === 'stale') isAnyStale = true;
      if (verdict === 'volatile' || verdict === 'changed') dropped.add(one);
    }
    this.#held = held.filter((one) => !dropped.has(one));
    if (mutation && this.#options.losses) await this.#explainLosses();
    if (isAnyStale) await this.#refill();
    return answers.filter((_, index) => !dropped.has(held[index]!)).map(({ served }) => served);
  }

  #judge(
    held: Held,
    { served, straight, again }: { served: Reply; straight: Reply; again: Reply },
    mutation: Change | undefined,
  ): 'same' | 'stale' | 'changed' | 'volatile' {
    const { counts } = this.#parts.tally;
    if (!isSame(again, straight)) {
      counts.volatile++;
      return 'volatile';
    }
    counts.comparisons++;
    const isChange = !isSame(straight, held.truth);
    if (mutation && held.isCached) {
      if (isChange) counts.changes++;
      else {
        counts.unchanged++;
        if (!isHit(served)) {
          counts.lost++;
          this.#lost.push(held);
        }
      }
    }
    held.truth = straight;
    held.isCached = isHit(served) || /; stored/.test(served.cacheStatus);
    if (isSame(served, straight)) return 'same';
    // A hit on what was stored from a changed answer is a changed answer: no mutation had been made.
    const difference = isHit(served) && mutation ? 'stale' : 'changed';
    const { paths, ways, keys } = placesOf(held.walk, served, straight, difference);
    const done = difference === 'stale' ? mutation!.coordinate : '(read)';
    const foretold = mutation && this.#parts.warnings.foretold(mutation.coordinate, ways);
    const shown = shownAt(paths[0] ?? []);
    this.#parts.tally.met(
      difference,
      keys.map((key) => `${done} > ${key}`),
      difference === 'stale' ? foretold : undefined,
      {
        question: held.operation,
        mutation: mutation?.operation,
        gateway: shown(served),
        upstream: shown(straight),
        cacheStatus: served.cacheStatus,
        way: ways[0]!,
      },
    );
    return difference;
  }

  /** By what was purged up to here nothing is lost that is asked for from now on. */
  async #passPurges(): Promise<void> {
    if (this.#options.losses) await this.#parts.purged.next();
  }

  async #explainLosses(): Promise<void> {
    const { client, gateway, tally } = this.#parts;
    const purged = await this.#parts.purged.next();
    const found = await eachOf(this.#lost, ({ operation: question }) =>
      refusedBy(client, gateway, { question, purged }),
    );
    for (const tags of found) tally.losses.set(tags, (tally.losses.get(tags) ?? 0) + 1);
  }

  /** Purges everything and asks the gateway everything, so that nothing is stale and all is cached again. */
  async #refill(): Promise<void> {
    const { client, gateway } = this.#parts;
    const purged = await fetch(`${gateway.adminUrl}/purge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"all":true}',
    });
    if (!purged.ok)
      throw new Error(`a purge of everything was answered ${purged.status}: ${await purged.text()}`);
    await eachOf(this.#held, async (held) => {
      const served = await client.ask(gateway, held.operation);
      held.isCached = /; stored/.test(served.cacheStatus);
    });
  }
}
