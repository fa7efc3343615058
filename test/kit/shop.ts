/**
 * A little shop as an executable schema that counts what it is asked, can be held in the middle of an answer, and can
 * answer from old data. `origin.ts` puts it behind HTTP.
 */
import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLError, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import { Hold, type HoldOptions } from './hold';
import { smallShop, Versions, type ShopData } from './shop-data';
import { mutations, queries, type Args, type Asked, type RootField } from './shop-resolvers';
import { shopSdl } from './shop-schema';

export class Shop {
  readonly schema: GraphQLSchema;
  readonly #versions: Versions;
  #counts = new Map<string, number>();
  readonly #holds = new Map<string, { hold: Hold; at: 'before' | 'after' }>();
  readonly #faults = new Map<string, string>();
  #lag = 0;
  #serial = 0;

  constructor(data: ShopData = smallShop()) {
    this.#versions = new Versions(data);
    this.schema = makeExecutableSchema({
      typeDefs: shopSdl,
      resolvers: { Query: this.#wrapAll(queries, false), Mutation: this.#wrapAll(mutations, true) },
    });
  }

  get data(): Readonly<ShopData> {
    return this.#versions.current;
  }

  /** Changes the data behind the gateway's back. */
  change<T>(edit: (data: ShopData) => T): T {
    return this.#versions.change(edit);
  }

  /** How often a root field was asked for, by its name in the schema; `operations` is counted by the origin. */
  count(field: string): number {
    return this.#counts.get(field) ?? 0;
  }

  /** Adds one to a count. */
  tally(name: string): void {
    this.#counts.set(name, this.count(name) + 1);
  }

  resetCounts(): void {
    this.#counts = new Map();
  }

  /** Makes calls of a root field wait from now on. A hold on a field that is held already replaces it for new calls. */
  hold(field: string, { at = 'after' }: HoldOptions = {}): Hold {
    const hold = new Hold();
    this.#holds.set(field, { hold, at });
    return hold;
  }

  /** Makes a root field fail with this message, after it has done what it does. Undefined ends it. */
  failField(field: string, message: string | undefined): void {
    if (message === undefined) this.#faults.delete(field);
    else this.#faults.set(field, message);
  }

  /** Answers queries from the data of so many changes ago, as a lagging database replica would. */
  lag(changes: number): void {
    this.#lag = changes;
  }

  #wrapAll(
    fields: Readonly<Record<string, RootField>>,
    mutates: boolean,
  ): Record<string, GraphQLFieldResolver<unknown, unknown>> {
    return Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, this.#wrap(name, field, mutates)]),
    );
  }

  #wrap(name: string, field: RootField, mutates: boolean): GraphQLFieldResolver<unknown, unknown> {
    return async (_source, args: Args, context) => {
      this.tally(name);
      const held = this.#holds.get(name);
      if (held?.at === 'before') await held.hold.pass();
      const bound: Asked = { args, headers: headersOf(context), serial: () => ++this.#serial };
      const answer = mutates
        ? this.#versions.change((data) => field(data, bound))
        : field(this.#versions.before(this.#lag), bound);
      if (held?.at === 'after') await held.hold.pass();
      const fault = this.#faults.get(name);
      if (fault !== undefined) throw new GraphQLError(fault);
      return answer;
    };
  }
}

/** `headers` of the context are what `viewer` and `header` read; without them nobody is signed in. */
function headersOf(context: unknown): Asked['headers'] {
  return (context as { headers?: Asked['headers'] } | undefined)?.headers ?? {};
}
