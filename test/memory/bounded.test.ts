import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { buildSchema } from 'graphql';
import type { YogaRunner } from '../../src/yoga/yoga';
import { readConfig } from '../../src/config/read-config';
import { SchemaSnapshot } from '../../src/gateway/schema-snapshot';
import { accepted } from '../../src/gateway/media-type';
import { bind } from '../../src/operation/bound-operation';
import { Catalogue } from '../../src/operation/catalogue';
import { readRules } from '../../src/policy/rules';
import { hashOf, TextStore } from '../../src/operation/persisted-documents';
import { PurgeTable } from '../../src/purge/table';
import { positionAt } from '../../src/purge/position';
import type { Tag } from '../../src/purge/tag';
import { createSessions } from '../../src/gateway/session';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const MIB = 2 ** 20;
const { limits } = readConfig({});
const schema = buildSchema(`
  type Query { product(id: ID!): Product }
  type Product { id: ID!  name: String!  price: Int!  maker: Maker! }
  type Maker { id: ID!  name: String!  country: String! }
`);
const knowledge = { schema, rules: readRules(schema, { defaultMaxAge: 60 }), configuration: '1' };

function heap(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const post = (query: string, variables: object = {}) => ({
  method: 'POST',
  search: '',
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify({ query, variables })),
});

/** A gateway that is asked, as far as it remembers anything of being asked. */
function createRemembering(): (query: string, variables: Record<string, unknown>) => void {
  const snapshot = new SchemaSnapshot(new Catalogue(knowledge, limits, MIB), {} as YogaRunner, MIB);
  return (query, variables) => {
    const request = post(query, variables);
    if (snapshot.recall(request)) return;
    const operation = snapshot.catalogue.find(query, undefined);
    if ('kind' in operation) snapshot.remember(request, bind(operation, variables));
  };
}

const LONG = '{ product(id: "1") { id name price maker { id name country } } }';

/** Each makes something that is then given what was never seen before, again and again. */
const CASES: Record<string, { count: number; start: () => (number: number) => unknown }> = {
  'distinct documents': {
    count: 400,
    start: () => {
      const remember = createRemembering();
      return (number) => remember(LONG.replace('name', `n${number}: name`), {});
    },
  },
  'distinct variables of one document': {
    count: 10_000,
    start: () => {
      const remember = createRemembering();
      return (number) => remember('query P($id: ID!) { product(id: $id) { name } }', { id: `${number}` });
    },
  },
  'documents that are refused': {
    count: 800,
    start: () => {
      const remember = createRemembering();
      return (number) => remember(`{ nothing${number} }`, {});
    },
  },
  'media types': { count: 100_000, start: () => (number) => accepted(`application/json;version=${number}`) },
  'persisted texts': {
    count: 10_000,
    start: () => {
      const texts = new TextStore(MIB, undefined);
      return (number) => texts.keep(hashOf(`{ a${number} }`), `{ a${number} }`);
    },
  },
  'purged tags': {
    count: 30_000,
    start: () => {
      const table = new PurgeTable(10_000);
      table.restart([{ position: positionAt(1, 0), purges: [] }]);
      return (number) =>
        table.apply({
          position: positionAt(1, number + 1),
          purges: [{ tag: `Product:${number}` as Tag, kind: 'hard' }],
        });
    },
  },
  sessions: {
    count: 100_000,
    start: () => {
      const sessions = createSessions({ kind: 'header', name: 'authorization' }, () => 0);
      return (number) => sessions.identify(`Bearer ${number}`);
    },
  },
};

describe('P46 keeps memory bounded under', () => {
  it.each(Object.entries(CASES))('%s', (_, { count, start }) => {
    const meet = start();
    let number = 0;
    const meetMany = (): void => {
      for (const end = number + count; number < end; number++) meet(number);
    };
    // Until it is full, and all that is compiled and kept once is there.
    meetMany();
    const full = heap();
    meetMany();
    meetMany();
    // Anything that kept a little of each would have grown by more.
    expect(heap() - full).toBeLessThan(Math.max(MIB, 2 * count * 30));
  });

  it('an operation that was given up, and all that was remembered of it', () => {
    const remember = createRemembering();
    const before = heap();
    for (let number = 0; number < 800; number++) remember(LONG.replace('name', `n${number}: name`), {});
    // One mebibyte of operations, one of requests, and as much again for what is not counted exactly.
    expect(heap() - before).toBeLessThan(4 * MIB);
  });
});
