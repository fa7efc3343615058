/** A generated API behind HTTP, with a gateway in front of it and operations to ask both. */
import { getNamedType, graphql, type GraphQLArgument, type GraphQLField } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';
import { startGateway, type Answer, type GatewayProcess } from '../kit/gateway';
import { LocalServer } from '../kit/local-server';
import { generateOperations } from '../policy/generate-operations';
import { seededRandom, type Random } from '../kit/random';
import { NAMES } from './changes';
import { Ledger, type Thing } from './ledger';
import { lower, sdlOf, type Lies } from './sdl';
import { childrenOf, keyNames, keyValues, refsOf, type Kind, type Shape } from './shape';

export class World {
  readonly ledger: Ledger;
  readonly random: Random;
  readonly operations: readonly string[];
  #gateway: GatewayProcess | undefined;
  readonly #server;

  constructor(shape: Shape, seed: number, lies: Lies = {}) {
    this.ledger = new Ledger(shape, lies);
    this.random = seededRandom(seed);
    for (const kind of shape) {
      for (const ref of refsOf(kind)) {
        if (this.random.chance(0.4)) continue;
        const parent = kind.parent && this.random.chance(0.8) ? this.random.pick(refsOf(kind.parent)) : null;
        this.ledger.create(kind, ref, this.random.pick(NAMES), parent);
      }
    }
    const literal = (field: GraphQLField<unknown, unknown>, argument: GraphQLArgument) =>
      this.#literal(field, argument);
    const given = { maxDepth: 4, breadth: 2, directives: false, optional: 0.5, literal };
    this.operations = [
      ...generateOperations(this.ledger.schema, { ...given, seed, count: 12 }),
      ...generateOperations(this.ledger.schema, { ...given, seed: seed + 1, count: 6, directives: true }),
    ];
    const handle = createHandler({ schema: this.ledger.schema });
    this.#server = new LocalServer(handle);
  }

  async start(lies: Lies = {}): Promise<this> {
    const { url } = await this.#server.listen();
    const env = { UPSTREAM_URL: url, DEFAULT_MAX_AGE: '600', ADMIN_TOKEN: 'test' };
    this.#gateway = await startGateway(env, { schema: sdlOf(this.ledger.shape, lies) });
    return this;
  }

  async stop(): Promise<void> {
    await this.#gateway?.stop();
    await this.#server.close();
  }

  ask(text: string): Promise<Answer> {
    return this.#gateway!.query(text);
  }

  /** What is true, and the things it was read from, found without a gateway. */
  async truth(text: string): Promise<{ readonly data: unknown; readonly things: ReadonlySet<Thing> }> {
    const things = new Set<Thing>();
    const { data, errors } = await graphql({
      schema: this.ledger.schema,
      source: text,
      contextValue: { things },
    });
    if (errors) throw errors[0]!;
    return { data: JSON.parse(JSON.stringify(data)), things };
  }

  async purge(tag: string): Promise<void> {
    const response = await fetch(`${this.#gateway!.adminUrl}/purge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer test' },
      body: JSON.stringify({ tags: [tag] }),
    });
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  }

  /** A filter of things, through what they belong to and what belongs to them, as deep as that. */
  #filter(kind: Kind, depth: number): string {
    const name = () => JSON.stringify(this.random.pick(NAMES));
    const children = childrenOf(this.ledger.shape, kind);
    const below = (one: Kind) => (depth === 0 ? `{ name: ${name()} }` : this.#filter(one, depth - 1));
    return this.random.pick([
      () => `{ name: ${name()} }`,
      () => `{ not: ${below(kind)} }`,
      () => `{ and: [${below(kind)}, { name: ${name()} }] }`,
      ...(kind.parent
        ? [
            () => `{ parentName: ${name()} }`,
            () => `{ parent: ${this.random.chance(0.2) ? 'null' : below(kind.parent!)} }`,
            () => `{ parent: ${below(kind.parent!)} }`,
          ]
        : []),
      ...children.map(
        (child) => () => `{ ${lower(child)}s: { ${this.random.pick(['some', 'none'])}: ${below(child)} } }`,
      ),
    ])();
  }

  /** Values that some things have: others would find nothing but nulls. */
  #literal(field: GraphQLField<unknown, unknown>, { name, type }: GraphQLArgument): string | undefined {
    const { shape } = this.ledger;
    const filtered = shape.find((one) => `${one.name}Filter` === getNamedType(type).name);
    if (filtered) return this.#filter(filtered, 2);
    if (name === 'name') return JSON.stringify(this.random.pick(NAMES));
    if (name === 'parent') {
      const kind = shape.find((one) => getNamedType(field.type).name.startsWith(one.name));
      return JSON.stringify(kind?.parent ? this.random.pick(refsOf(kind.parent)) : null);
    }
    const kinds = field.name === 'node' ? shape.filter(({ isNode }) => isNode) : shape;
    const kind =
      field.name === 'node'
        ? this.random.pick(kinds)
        : kinds.find((one) => one.name === getNamedType(field.type).name);
    if (!kind || (field.name !== 'node' && !keyNames(kind).includes(name))) return undefined;
    const ref = this.random.pick(refsOf(kind));
    return JSON.stringify(keyValues(kind, ref)[name] ?? ref);
  }
}

/** The tag of one thing, as a user writes it. Values of several fields are joined by colons, so theirs are escaped. */
export function tagOf({ kind, ref }: Thing): string {
  const values = keyNames(kind).map((name) => String(keyValues(kind, ref)[name]));
  const parts =
    values.length === 1 ? values : values.map((value) => value.replaceAll('%', '%25').replaceAll(':', '%3A'));
  return `${kind.name}:${parts.join(':')}`;
}
