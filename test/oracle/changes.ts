/** What changes something between two comparisons: a mutation, or a statement that the gateway hears nothing of. */
import type { GraphQLField, GraphQLSchema } from 'graphql';
import type { Client as DatabaseClient } from 'pg';
import type { Random } from '../kit/random';
import type { Client, Endpoint, Question, Reply } from './ask';
import type { OperationWriter } from './operations';
import { isRefusal } from './replies';
import type { StatementWriter } from './statements';
import type { Tally } from './tally';

/** One that was carried out. */
export interface Change {
  /** by which it is counted */
  readonly name: string;
  /** `Mutation.renameAuthor`; of a statement its name */
  readonly coordinate: string;
  readonly operation: Question;
}

/** @returns undefined when there was none, or the server refused it */
export type Changer = () => Promise<Change | undefined>;

interface MutationParts {
  readonly client: Client;
  readonly upstream: Endpoint;
  readonly gateway: Endpoint;
  readonly schema: GraphQLSchema;
  readonly random: Random;
  readonly tally: Tally;
  readonly writer: OperationWriter;
  readonly avoided: RegExp | undefined;
  /** past the gateway, which then knows of none */
  readonly isPast: boolean;
  readonly learn: (operation: NonNullable<ReturnType<OperationWriter['change']>>, reply: Reply) => void;
  /** Asks the gateway everything: what a refused mutation purged is not to be counted as lost to the next. */
  readonly askAll: () => Promise<void>;
  /** Upstream was asked past the gateway: whatever is cached may be old. */
  readonly beginAgain: () => Promise<void>;
}

/** Random mutations through the gateway. */
export function mutations(parts: MutationParts): Changer {
  const { client, gateway, upstream, tally, schema, random, writer, isPast } = parts;
  const type = schema.getMutationType();
  const fields = Object.values(type?.getFields() ?? {}).filter(({ name }) => !parts.avoided?.test(name));
  return async () => {
    const field = choose(fields, random, tally);
    const operation = field && writer.change(field);
    if (!operation) return undefined;
    const change: Change = { name: field.name, coordinate: `${type!.name}.${field.name}`, operation };
    const reply = await client.ask(isPast ? upstream : gateway, operation);
    if (!isRefusal(reply)) {
      parts.learn(operation, reply);
      return change;
    }
    tally.refused(field.name);
    if (!isPast) await checkRefusal(change, reply, parts);
    return undefined;
  };
}

/** Any that is allowed; those that upstream mostly refuses, and those that destroy, less often. */
function choose(
  fields: readonly GraphQLField<unknown, unknown>[],
  random: Random,
  tally: Tally,
): GraphQLField<unknown, unknown> | undefined {
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

/**
 * What the gateway says was refused, upstream must refuse as well: an error at what the gateway added to a mutation that was
 * carried out is none of the client's.
 */
async function checkRefusal(
  { coordinate, operation }: Change,
  reply: Reply,
  { client, upstream, tally, askAll, beginAgain }: MutationParts,
): Promise<void> {
  const straight = await client.ask(upstream, operation);
  if (straight.errors !== undefined) return askAll();
  tally.met('changed', [`(mutation) > ${coordinate}`], undefined, {
    question: operation,
    mutation: undefined,
    gateway: reply.text.slice(0, 2000),
    upstream: straight.text.slice(0, 2000),
    cacheStatus: reply.cacheStatus,
    way: [coordinate],
  });
  await beginAgain();
}

/** Random statements, straight to the database. */
export function statements(database: DatabaseClient, writer: StatementWriter, tally: Tally): Changer {
  return async () => {
    const statement = await writer.next();
    if (!statement) return undefined;
    const { what, sql } = statement;
    try {
      await database.query(sql);
    } catch {
      await database.query('rollback');
      tally.refused(what);
      return undefined;
    }
    return { name: what, coordinate: what, operation: { query: sql, variables: '' } };
  };
}
