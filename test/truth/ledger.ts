/** The data of a generated API, its resolvers, and a record of what each execution read. */
import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLError, isObjectType, type GraphQLSchema } from 'graphql';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { keyValues, type Kind, type Shape } from './shape';
import { lower, sdlOf, type Lies } from './sdl';

export class Thing {
  name = 'new';
  likes = 0;
  parentRef: string | null = null;

  constructor(
    readonly kind: Kind,
    readonly ref: string,
  ) {}

  get __typename(): string {
    return this.kind.name;
  }
}

/** Told of every thing that an answer shows. */
export interface Reading {
  readonly things: Set<Thing>;
}

type Args = Readonly<Record<string, string | number | boolean | null | undefined>>;
type Resolver = (source: unknown, args: Args) => unknown;

export class Ledger {
  readonly schema: GraphQLSchema;
  readonly #things = new Map<Kind, Map<string, Thing>>();

  /** @param lies what the SDL says of its mutations that is not so */
  constructor(
    readonly shape: Shape,
    lies: Lies = {},
  ) {
    for (const kind of shape) this.#things.set(kind, new Map());
    this.schema = makeExecutableSchema({ typeDefs: [DIRECTIVES_SDL, sdlOf(shape, lies)] });
    const resolvers = this.#resolvers();
    for (const type of Object.values(this.schema.getTypeMap())) {
      if (!isObjectType(type) || type.name.startsWith('__')) continue;
      for (const field of Object.values(type.getFields())) {
        const resolve = resolvers[`${type.name}.${field.name}`];
        field.resolve = (source: Record<string, unknown>, args: Args, context?: Reading) => {
          const value = resolve ? resolve(source, args) : source[field.name];
          if (context) note(value, context);
          return value;
        };
      }
    }
  }

  all(kind: Kind): Thing[] {
    const things = [...this.#things.get(kind)!.values()];
    return things.sort((a, b) => (a.ref < b.ref ? -1 : 1));
  }

  find(kind: Kind | undefined, ref: string | null): Thing | null {
    return (kind && ref !== null && this.#things.get(kind)!.get(ref)) || null;
  }

  create(kind: Kind, ref: string, name: string, parentRef: string | null): Thing {
    const thing = Object.assign(new Thing(kind, ref), { name, parentRef });
    this.#things.get(kind)!.set(ref, thing);
    return thing;
  }

  #resolvers(): Record<string, Resolver> {
    const every = (has: (kind: Kind) => boolean) => this.shape.filter(has).flatMap((kind) => this.all(kind));
    const resolvers: Record<string, Resolver> = {
      'Query.node': (_, { id }) => every(({ isNode }) => isNode).find(({ ref }) => ref === id) ?? null,
      'Query.nodes': () => every(({ isNode }) => isNode),
      'Query.named': (_, { name }) =>
        every(({ isNamed }) => isNamed).filter((one) => !name || one.name === name),
      'Query.things': () => every(({ isThing }) => isThing),
      'Query.thingGrid': () => grid(every(({ isThing }) => isThing)),
    };
    for (const kind of this.shape) Object.assign(resolvers, this.#ofKind(kind));
    return resolvers;
  }

  #ofKind(kind: Kind): Record<string, Resolver> {
    const { name } = kind;
    const list = lower(kind);
    const resolvers: Record<string, Resolver> = {
      [`${name}.parent`]: (thing) => this.find(kind.parent, (thing as Thing).parentRef),
      [`Query.${list}`]: (_, args) => this.find(kind, this.#refOf(kind, args)),
      [`Query.${list}ByName`]: (_, args) => this.all(kind).filter((one) => one.name === args['name']),
      [`Query.${list}Rows`]: () => rows(this.all(kind)),
      [`${name}Payload.broken`]: () => {
        throw new GraphQLError('This one breaks.');
      },
    };
    for (const key of ['id', 'code', 'a', 'b']) {
      // Of a kind with a code that is a Node as well, both fields hold the same.
      resolvers[`${name}.${key}`] = (thing) =>
        keyValues(kind, (thing as Thing).ref)[key] ?? (thing as Thing).ref;
    }
    for (const [suffix, form] of Object.entries(FORMS)) {
      resolvers[`Query.${list}${suffix}`] = (_, { parent }) =>
        form(this.all(kind).filter((one) => parent == null || one.parentRef === parent));
      if (kind.parent) {
        resolvers[`${kind.parent.name}.${list}${suffix}`] = (parent) =>
          form(this.all(kind).filter((one) => one.parentRef === (parent as Thing).ref));
      }
    }
    if (kind.parent) {
      resolvers[`${kind.parent.name}.${list}Rows`] = (parent) =>
        rows(this.all(kind).filter((one) => one.parentRef === (parent as Thing).ref));
    }
    return { ...resolvers, ...this.#mutationsOf(kind) };
  }

  #mutationsOf(kind: Kind): Record<string, Resolver> {
    const change =
      (edit: (thing: Thing, args: Args) => unknown): Resolver =>
      (_, args) => {
        const thing = this.find(kind, this.#refOf(kind, args));
        if (thing) edit(thing, args);
        return report(kind, thing);
      };
    const text = (value: Args[string]) => (value == null ? null : String(value));
    return {
      [`Mutation.create${kind.name}`]: (_, args) => {
        const ref = this.#refOf(kind, args);
        const thing =
          this.find(kind, ref) ?? this.create(kind, ref, String(args['name']), text(args['parent']));
        // It is made, and nobody is told.
        if (args['fail']) throw new GraphQLError('This one fails.');
        return report(kind, thing);
      },
      [`Mutation.rename${kind.name}`]: change((thing, { name }) => (thing.name = String(name))),
      [`Mutation.like${kind.name}`]: change((thing) => thing.likes++),
      [`Mutation.move${kind.name}`]: change((thing, { to }) => (thing.parentRef = text(to))),
      [`Mutation.delete${kind.name}`]: (_, args) => this.#things.get(kind)!.delete(this.#refOf(kind, args)),
    };
  }

  #refOf({ key }: Kind, { id, code, a, b }: Args): string {
    return key === 'pair' ? `${String(a)}|${String(b)}` : String(key === 'code' ? code : id);
  }
}

const FORMS: Readonly<Record<string, (things: Thing[]) => unknown>> = {
  s: (things) => things,
  Grid: grid,
  Connection: (things) => ({
    edges: things.map((node, index) => ({ cursor: String(index), node })),
    nodes: things,
    totalCount: things.length,
  }),
  Page: (things) => ({ items: things, total: things.length }),
};

function grid<T>(things: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(things.length / 2) }, (_, row) => things.slice(2 * row, 2 * row + 2));
}

function rows(things: readonly Thing[]) {
  return things.map((item, rank) => ({ rank, item }));
}

function report({ name, report: how }: Kind, thing: Thing | null): unknown {
  if (how === 'flag') return thing !== null;
  if (how === 'entity') return thing;
  if (how === 'either' && !thing) return { __typename: 'Problem', message: 'There is none.' };
  const carried = how === 'edge' ? { edge: thing && { cursor: 'c', node: thing } } : { item: thing };
  return { __typename: `${name}Payload`, ok: thing !== null, ...carried };
}

function note(value: unknown, reading: Reading): void {
  if (value instanceof Thing) reading.things.add(value);
  else if (Array.isArray(value)) for (const item of value) note(item, reading);
}
