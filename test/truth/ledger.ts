/** The data of a generated API, its resolvers, and a record of what each execution read. */
import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLError, isObjectType, type GraphQLSchema } from 'graphql';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { childrenOf, keyValues, type Kind, type Shape } from './shape';
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

// oxlint-disable-next-line no-explicit-any -- arguments of every field there is
type Args = Readonly<Record<string, any>>;
type Resolver = (source: unknown, args: Args, reading: Reading) => unknown;
/** As a generated API's inputs have it; see `filteredOf`. */
type Filter = Readonly<Record<string, unknown>>;

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
        field.resolve = (source: Record<PropertyKey, unknown> | undefined, args: Args, context?: Reading) => {
          const reading = context ?? { things: new Set<Thing>() };
          const value = resolve ? resolve(source, args, reading) : source?.[field.name];
          note(value, reading);
          note((source?.[READ] as Reads | undefined)?.[field.name], reading);
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
      ...this.#figuresOf(kind),
      [`${name}Payload.broken`]: () => {
        throw new GraphQLError('This one breaks.');
      },
    };
    for (const key of ['id', 'code', 'a', 'b', 'ref']) {
      // Of a kind with a code that is a Node as well, both fields hold the same.
      resolvers[`${name}.${key}`] = (thing) =>
        keyValues(kind, (thing as Thing).ref)[key] ?? (thing as Thing).ref;
    }
    for (const [suffix, form] of Object.entries(FORMS)) {
      resolvers[`Query.${list}${suffix}`] = (_, args) => {
        const { parent } = args;
        const things = this.all(kind).filter((one) => parent == null || one.parentRef === parent);
        return form(things, 'parent' in args ? this.all(kind) : []);
      };
      if (kind.parent) {
        resolvers[`${kind.parent.name}.${list}${suffix}`] = (parent) =>
          form(
            this.all(kind).filter((one) => one.parentRef === (parent as Thing).ref),
            [],
          );
      }
    }
    if (kind.parent) {
      resolvers[`${kind.parent.name}.${list}Rows`] = (parent) =>
        rows(this.all(kind).filter((one) => one.parentRef === (parent as Thing).ref));
    }
    return { ...resolvers, ...this.#mutationsOf(kind) };
  }

  /** What is chosen, ordered, counted and grouped. What is looked at for that is read, though it is not shown. */
  #figuresOf(kind: Kind): Record<string, Resolver> {
    const { name } = kind;
    const one = lower(kind);
    const found = ({ where, orderBy }: Args, reading: Reading) => {
      for (const used of this.#usedBy(kind, where)) note(this.all(used), reading);
      const things = this.all(kind).filter((thing) => this.#matches(thing, where ?? {}));
      return this.#ordered(kind, things, orderBy ?? [], reading);
    };
    const counted = (args: Args) => ('where' in args ? this.all(kind) : []);
    const sum = (things: readonly Thing[]) => things.reduce((likes, thing) => likes + thing.likes, 0);
    return {
      [`Query.${one}Where`]: (_, args, reading) => found(args, reading).slice(0, args['first'] ?? 100),
      [`Query.${one}Found`]: (_, args, reading) => {
        const things = found(args, reading);
        return { result: { things }, total: things.length, [READ]: { total: counted(args) } satisfies Reads };
      },
      [`${name}FoundItems.items`]: (source, { orderBy }, reading) =>
        this.#ordered(kind, (source as { things: Thing[] }).things, orderBy ? [orderBy] : [], reading),
      [`Query.${one}Meta`]: (_, args, reading) => {
        const things = found(args, reading);
        const all = this.all(kind);
        const likes = sum(things);
        const sums = { count: likes, [READ]: { count: all } };
        const names = [...byName(things)].map(([named, those]) => ({ name: named, count: those.length }));
        return {
          count: things.length,
          likes,
          sums,
          names,
          [READ]: { count: counted(args), likes: all, names: all },
        };
      },
      [`Query.howMany${name}`]: (_, args, reading) => {
        note(this.all(kind), reading);
        return found(args, reading).length;
      },
      [`Query.${one}Likes`]: (_, _args, reading) => {
        note(this.all(kind), reading);
        return sum(this.all(kind));
      },
      [`Query.${one}Groups`]: (_, _args, reading) => {
        note(this.all(kind), reading);
        return [...byName(this.all(kind))].map(([named, members]) => ({
          name: named,
          likes: sum(members),
          members,
        }));
      },
      [`Query.latest${name}`]: () => this.all(kind).at(-1),
      [`Query.most${name}`]: (_, { by }, reading) => this.#ordered(kind, this.all(kind), [by], reading)[0],
      [`Query.${one}ByLabel`]: (_, args) => this.all(kind).find((thing) => thing.name === args['name']),
    };
  }

  /** The kinds that a filter looks at, beside the one it filters. */
  #usedBy(kind: Kind, filter: Filter | null | undefined): readonly Kind[] {
    return Object.entries(filter ?? {}).flatMap(([key, value]): readonly Kind[] => {
      if (key === 'and') return (value as Filter[]).flatMap((one) => this.#usedBy(kind, one));
      if (key === 'not') return this.#usedBy(kind, value as Filter);
      if (key === 'parentName') return [kind.parent!];
      if (key === 'parent') return [kind.parent!, ...this.#usedBy(kind.parent!, value as Filter)];
      const child = childrenOf(this.shape, kind).find((one) => `${lower(one)}s` === key);
      if (!child) return [];
      return [
        child,
        ...Object.values((value ?? {}) as Filter).flatMap((one) => this.#usedBy(child, one as Filter)),
      ];
    });
  }

  #matches(thing: Thing, filter: Filter): boolean {
    const parent = this.find(thing.kind.parent, thing.parentRef);
    return Object.entries(filter).every(([key, value]) => {
      if (key === 'name') return thing.name === value;
      if (key === 'parentName') return parent?.name === value;
      if (key === 'and') return (value as Filter[]).every((one) => this.#matches(thing, one));
      if (key === 'not') return !this.#matches(thing, value as Filter);
      if (key === 'parent')
        return value === null ? !parent : parent !== null && this.#matches(parent, value as Filter);
      const child = childrenOf(this.shape, thing.kind).find((one) => `${lower(one)}s` === key)!;
      const those = this.all(child).filter((one) => one.parentRef === thing.ref);
      const { some, none } = (value ?? {}) as { some?: Filter; none?: Filter };
      return (
        (!some || those.some((one) => this.#matches(one, some))) &&
        !(none && those.some((one) => this.#matches(one, none)))
      );
    });
  }

  #ordered(kind: Kind, things: readonly Thing[], orders: readonly string[], reading: Reading): Thing[] {
    const valueOf = (thing: Thing, order: string): string | number => {
      if (order === 'NAME') return thing.name;
      const parent = this.find(kind.parent, thing.parentRef);
      return order === 'PARENT__LIKES' ? (parent?.likes ?? -1) : (parent?.name ?? '');
    };
    if (orders.some((order) => order.startsWith('PARENT'))) note(this.all(kind.parent!), reading);
    return things.toSorted((a, b) => {
      for (const order of orders) {
        const [one, other] = [valueOf(a, order), valueOf(b, order)];
        if (one !== other) return one < other ? -1 : 1;
      }
      return 0;
    });
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

  #refOf({ key }: Kind, { id, code, a, b, ref }: Args): string {
    return key === 'pair' ? `${String(a)}|${String(b)}` : String({ code, none: ref, id, number: id }[key]);
  }
}

/** Of an object, the things that its fields were made from, beside those that they show. */
const READ = Symbol('read');
type Reads = Readonly<Record<string, readonly Thing[]>>;

/** @param counted the things that were looked at to know how many there are */
type Form = (things: Thing[], counted: readonly Thing[]) => unknown;

const FORMS: Readonly<Record<string, Form>> = {
  s: (things) => things,
  Grid: grid,
  Connection: (things, counted) => ({
    [READ]: { totalCount: counted },
    edges: things.map((node, index) => ({ cursor: String(index), node })),
    nodes: things,
    totalCount: things.length,
  }),
  Page: (things, counted) => ({ items: things, total: things.length, [READ]: { total: counted } }),
};

function byName(things: readonly Thing[]): Map<string, Thing[]> {
  const groups = new Map<string, Thing[]>();
  for (const thing of things) groups.set(thing.name, [...(groups.get(thing.name) ?? []), thing]);
  return groups;
}

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
