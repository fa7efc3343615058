import type { Purges } from '../../src/purge/purges';
import { Region } from '../../src/region/region';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { buildSchema } from 'graphql';
import { createYogaRunner } from '../../src/yoga/yoga';
import { MemoryStore } from '../../src/cache/memory-store';
import type { CacheKey } from '../../src/cache/entry';
import { readConfig } from '../../src/config/read-config';
import { fill } from '../../src/gateway/fill';
import { bind } from '../../src/operation/bound-operation';
import { compileOperation, type Operation } from '../../src/operation/operation';
import { readRules } from '../../src/policy/rules';
import { positionAt } from '../../src/purge/position';
import { MergedAppends } from '../../src/purge/merged-appends';
import { RepeatedPurges } from '../../src/purge/repeated-purges';
import { PurgeTable } from '../../src/purge/table';
import { NO_HINTS } from '../../src/upstream/storage-hints';
import { startSaying } from '../kit/local-server';
import { cleanupAfterEach } from '../kit/cleanup';
import { createHttpUpstream } from '../../src/upstream/http-upstream';

const cleanup = cleanupAfterEach();

/** Milliseconds of processor time, P47. */
const LONGEST_BLOCK = 50;

const { limits } = readConfig({});
const schema = buildSchema(`
  type Query { shelves: [Shelf!]! }
  type Mutation { sort: [Shelf!]! }
  type Shelf { id: ID!  products: [Product!]! }
  type Product { id: ID!  name: String! }
`);
const rules = readRules(schema, { defaultMaxAge: 60 });
const LIST = '{ shelves { id products { id name } } }';
const SORT = 'mutation { sort { id products { id name } } }';

/** So many bytes of answer, in lists in a list. */
function answerOf(field: string, bytes: number): string {
  const shelf = (number: number) => ({
    id: `s${number}`,
    products: Array.from({ length: 20 }, (_, index) => ({
      id: `${number}-${index}`,
      name: `Product ${index}`,
    })),
  });
  const shelves = Math.floor(bytes / JSON.stringify(shelf(1000)).length);
  return JSON.stringify({ data: { [field]: Array.from({ length: shelves }, (_, index) => shelf(index)) } });
}

/** The longest that one turn of the event loop took while something ran: milliseconds of processor time. */
async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let before = process.cpuUsage();
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    function turn(): void {
      const { user, system } = process.cpuUsage(before);
      longest = Math.max(longest, (user + system) / 1000);
      before = process.cpuUsage();
      if (isOver) resolve();
      else setImmediate(turn);
    }
    setImmediate(turn);
  });
  await work();
  isOver = true;
  await ended;
  return longest;
}

it.each([
  ['a query', LIST, 'shelves'],
  ['a query with extensions', LIST, 'shelves', ',"extensions":{"cost":1}}'],
  ['a mutation', SORT, 'sort'],
])(
  'P47 blocks nobody for longer than 50 ms with an answer of a mebibyte: %s',
  async (_, text, field, end = '}') => {
    const answer = answerOf(field, limits.maxEntryBytes - 20_000).slice(0, -1) + end;
    const { url } = cleanup.add(await startSaying(answer));
    const upstream = cleanup.add(createHttpUpstream({ url, timeoutMs: 60_000, retries: 0 }));
    const quiet = (): void => {};
    const yoga = createYogaRunner({
      schema,
      upstream,
      merged: new MergedAppends(() => othersTurn(positionAt(1, 1))),
      repeated: new RepeatedPurges({ append: () => Promise.resolve(), forMs: 0, now: () => 0 }),
      settings: { unknownMutations: 'warn', refusedCodes: new Set() },
      report: {
        silentMutation: quiet,
        purgeFailed: quiet,
        unanswered: quiet,
        refusedByUpstream: quiet,
        answersOnlyAsWritten: quiet,
        purged: quiet,
      },
      logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
    const now = (): number => performance.now();
    const near = new MemoryStore({ maxBytes: 2 ** 26, maxEntryBytes: limits.maxEntryBytes, now });
    const table = new PurgeTable();
    table.restart([{ position: positionAt(1, 0), purges: [] }]);
    const { maxEntryBytes } = limits;
    const purges = { table } as Purges;
    const region = new Region({
      purges,
      near,
      far: undefined,
      leases: undefined,
      settleMs: 0,
      repeatForMs: 0,
      maxEntryBytes,
      now,
    });
    const settings = { staleIfError: 0, storeExtensions: [], storageHints: () => NO_HINTS };
    const knowledge = { schema, rules, configuration: '1' };
    const operation = compileOperation(knowledge, limits, text, undefined) as Operation;
    const key = 'key' as CacheKey;
    const bound = bind(operation, {});
    const once = () =>
      fill(region, settings, {
        yoga,
        bound,
        key,
        scope: 'shared',
        headers: () => ({}),
        sessionTags: [],
        type: 'application/json',
        signal: undefined,
        stores: true,
      });
    // Of several the least: what the engine has yet to compile, or collects of another's garbage, is not what is tested.
    const turns: number[] = [];
    const parsing: number[] = [];
    for (let round = 0; round < 7; round++) {
      turns.push(await longestTurn(once));
      parsing.push(await longestTurn(async () => JSON.parse(answer)));
    }
    if (field === 'shelves') expect(near.peek(key)?.tags.length).toBeGreaterThan(15_000);
    // To parse cannot be divided. Where that alone takes so long, the machine is too slow or too busy for the figure.
    expect(Math.min(...turns)).toBeLessThan(Math.max(LONGEST_BLOCK, 3 * Math.min(...parsing)));
  },
);
