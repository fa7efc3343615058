/**
 * One server, a gateway in front of it, and many comparisons: questions are asked until their answers are cached, a
 * mutation is made, and every answer is compared with upstream's own, asked straight.
 *
 * Each mutation is judged by itself: before it everything that can be cached is, and nothing is stale. What a later
 * mutation shows therefore does not depend on what an earlier one left behind.
 */
import { buildClientSchema, getIntrospectionQuery, type GraphQLField, type GraphQLSchema } from 'graphql';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cleanup } from '../kit/cleanup';
import type { PostgresServer } from '../kit/postgres';
import { startRedis } from '../kit/redis-server';
import { runProcess, startServing, type ServingProcess } from '../kit/lastmile';
import { seededRandom, type Random } from '../kit/random';
import { AnswerWalk } from './answer-walk';
import { Client, eachOf, type Endpoint, type Question, type Reply } from './ask';
import { prepareDatabase } from './databases';
import { isMembers } from './lossless';
import { OperationWriter, type Operation } from './operations';
import { everythingCacheable } from './overlay';
import { placesOf } from './places';
import { startServer } from './server-process';
import { isHit, isRefusal, isSame, shownAt } from './replies';
import type { Subject } from './subjects';
import { Tally } from './tally';
import { Values } from './values';
import { Warnings } from './warnings';

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
  /** milliseconds of the clock (`performance.now()`) after which no further mutation is made, once there were a few */
  readonly until?: number;
}

interface Ground {
  readonly postgres: () => Promise<PostgresServer>;
  readonly cleanup: Cleanup;
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

/** Starts everything, compares, and leaves nothing running. @param tally what is added to */
export async function runTrial(options: TrialOptions, ground: Ground, tally = new Tally()): Promise<Tally> {
  const { subject, built, seed } = options;
  const { cleanup } = ground;
  const database = await prepareDatabase(subject, ground.postgres);
  const upstream = cleanup.add(await startServer(subject, database));
  const client = cleanup.add(new Client());
  const schema = await introspect(client, upstream);
  const file = join(cleanup.folder('oracle'), 'overlay.graphql');
  await writeFile(file, everythingCacheable(schema) + (subject.overlay ?? ''));
  const redis = cleanup.add(await startRedis());
  const env = {
    UPSTREAM_URL: upstream.url,
    UPSTREAM_HEADERS: JSON.stringify(upstream.headers ?? {}),
    SCHEMA: file,
    DEFAULT_MAX_AGE: '3600',
    REDIS_URL: redis.url,
  };
  const [report, gateway] = await Promise.all([runCheck(env, built), startServing(env, { built })]);
  cleanup.add(gateway);
  const random = seededRandom(seed);
  const trial = new Trial(options, {
    client,
    upstream,
    gateway,
    schema,
    random,
    tally,
    warnings: new Warnings(report),
  });
  await trial.run();
  return tally;
}

/** What `lastmile check --json` prints. @throws Error when it prints none */
async function runCheck(env: Readonly<Record<string, string>>, built: string | undefined): Promise<unknown> {
  const { output, errors } = await runProcess(['check', '--json'], env, { built });
  try {
    return JSON.parse(output);
  } catch (cause) {
    throw new Error(`lastmile check printed no report: ${errors}`, { cause });
  }
}

async function introspect(client: Client, upstream: Endpoint): Promise<GraphQLSchema> {
  const query = getIntrospectionQuery({ descriptions: false, inputValueDeprecation: false });
  const { text } = await client.ask(upstream, { query, variables: '{}' });
  return buildClientSchema((JSON.parse(text) as { data: Parameters<typeof buildClientSchema>[0] }).data);
}

interface TrialParts {
  readonly client: Client;
  readonly upstream: Endpoint;
  readonly gateway: ServingProcess;
  readonly schema: GraphQLSchema;
  readonly random: Random;
  readonly tally: Tally;
  readonly warnings: Warnings;
}

class Trial {
  readonly #options: TrialOptions;
  readonly #parts: TrialParts;
  readonly #values: Values;
  readonly #writer: OperationWriter;
  #held: Held[] = [];

  constructor(options: TrialOptions, parts: TrialParts) {
    this.#options = options;
    this.#parts = parts;
    this.#values = new Values(parts.schema, parts.random);
    this.#writer = new OperationWriter(parts.schema, parts.random, this.#values);
  }

  async run(): Promise<void> {
    await this.#learn();
    await this.#gather();
    const { counts } = this.#parts.tally;
    const last = counts.mutations + this.#options.mutations;
    let refusals = 0;
    const fewest = counts.mutations + FEWEST_MUTATIONS;
    while (counts.mutations < last && refusals < REFUSALS_IN_A_ROW) {
      if (counts.mutations >= fewest && this.#isLate()) break;
      const field = this.#nextMutation();
      const operation = field && this.#writer.change(field);
      if (!operation) {
        refusals++;
        continue;
      }
      refusals = (await this.#mutate(field.name, operation)) ? 0 : refusals + 1;
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

  /** Any that is allowed; those that upstream mostly refuses, and those that destroy, less often. */
  #nextMutation(): GraphQLField<unknown, unknown> | undefined {
    const { schema, random, tally } = this.#parts;
    const fields = Object.values(schema.getMutationType()?.getFields() ?? {}).filter(
      ({ name }) => !this.#options.subject.avoided?.test(name),
    );
    for (let tries = 0; tries < 200; tries++) {
      const field = random.pick(fields);
      if (!field) return undefined;
      const { made, refused } = tally.mutation(field.name);
      const weight = (made + 1) / (made + refused + 1);
      const isDestructive = /delete|remove|clear|reset|merge/i.test(field.name);
      if (random.chance(weight * (isDestructive ? 0.35 : 1))) return field;
    }
    return undefined;
  }

  /** @returns whether upstream carried it out */
  async #mutate(name: string, operation: Operation): Promise<boolean> {
    const { client, gateway, upstream, tally, schema } = this.#parts;
    const way = this.#options.pastTheGateway ? upstream : gateway;
    const reply = await client.ask(way, operation);
    const counts = tally.mutation(name);
    if (isRefusal(reply)) {
      counts.refused++;
      tally.counts.refused++;
      await this.#checkRefusal(name, operation, reply);
      return false;
    }
    counts.made++;
    tally.counts.mutations++;
    this.#learnFrom(operation, reply);
    const coordinate = `${schema.getMutationType()!.name}.${name}`;
    const before = { unchanged: tally.counts.unchanged, lost: tally.counts.lost };
    await this.#compareAll({ coordinate, operation });
    counts.unchanged += tally.counts.unchanged - before.unchanged;
    counts.lost += tally.counts.lost - before.lost;
    return true;
  }

  /**
   * What the gateway says was refused, upstream must refuse as well: an error at what the gateway added to a mutation
   * that was carried out is none of the client's.
   */
  async #checkRefusal(name: string, operation: Operation, reply: Reply): Promise<void> {
    const { client, upstream, tally, schema } = this.#parts;
    if (this.#options.pastTheGateway) return;
    const straight = await client.ask(upstream, operation);
    if (straight.errors !== undefined) {
      // What it purged is not to be counted as lost to the next.
      await eachOf(this.#held, ({ operation: question }) => client.ask(this.#parts.gateway, question));
      return;
    }
    const coordinate = `${schema.getMutationType()!.name}.${name}`;
    tally.met('changed', [`(mutation) > ${coordinate}`], undefined, {
      question: operation,
      mutation: undefined,
      gateway: reply.text.slice(0, 2000),
      upstream: straight.text.slice(0, 2000),
      cacheStatus: reply.cacheStatus,
      way: [coordinate],
    });
    // What upstream has just carried out, the gateway knows nothing of.
    await eachOf(this.#held, async (held) => {
      held.truth = await client.ask(upstream, held.operation);
    });
    await this.#refill();
  }

  /**
   * Asks everything of gateway and upstream, and compares.
   * @param mutation what was done since all of it was compared last
   * @returns the gateway's answers
   */
  async #compareAll(
    mutation: { readonly coordinate: string; readonly operation: Question } | undefined,
  ): Promise<readonly Reply[]> {
    const { client, gateway, upstream } = this.#parts;
    const held = this.#held;
    const answers = await eachOf(held, async ({ operation }) => {
      const served = await client.ask(gateway, operation);
      const straight = await client.ask(upstream, operation);
      if (isSame(served, straight)) return { served, straight, again: straight };
      return { served, straight, again: await client.ask(upstream, operation) };
    });
    let isAnyStale = false;
    const dropped = new Set<Held>();
    for (const [index, one] of held.entries()) {
      const { served, straight, again } = answers[index]!;
      const verdict = this.#judge(one, { served, straight, again }, mutation);
      if (verdict === 'stale') isAnyStale = true;
      if (verdict === 'volatile' || verdict === 'changed') dropped.add(one);
    }
    this.#held = held.filter((one) => !dropped.has(one));
    if (isAnyStale) await this.#refill();
    return answers.filter((_, index) => !dropped.has(held[index]!)).map(({ served }) => served);
  }

  #judge(
    held: Held,
    { served, straight, again }: { served: Reply; straight: Reply; again: Reply },
    mutation: { readonly coordinate: string; readonly operation: Question } | undefined,
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
        if (!isHit(served)) counts.lost++;
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
