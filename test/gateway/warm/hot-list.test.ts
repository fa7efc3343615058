import * as fc from 'fast-check';
import {
  decodeList,
  encodeList,
  HotList,
  mergeLists,
  type ListedQuery,
} from '../../../src/gateway/warm/hot-list';
import { RegionClock } from '../../../src/cache/region-clock';
import { ExactNumber } from '../../../src/json/exact-number';
import { canonicalJson } from '../../../src/operation/bound-operation';

const query = fc.record({
  text: fc.string({ maxLength: 200 }),
  operationName: fc.option(fc.string({ maxLength: 20 }), { nil: undefined }),
  variables: fc.dictionary(fc.string({ maxLength: 10 }), fc.jsonValue() as fc.Arbitrary<unknown>, {
    maxKeys: 5,
  }),
  parameters: fc.string({ maxLength: 20 }),
  headers: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ maxLength: 20 }), { maxKeys: 3 }),
});
const listed = fc.record({ query, asked: fc.integer({ min: 0, max: 1e6 }) });

it('reads what it wrote', () => {
  fc.assert(
    fc.property(fc.array(listed, { maxLength: 20 }), fc.nat(), (queries, at) => {
      const read = decodeList(encodeList(queries, at))!;
      expect(read.at).toBe(at);
      expect(read.queries.map((each) => canonicalJson(each))).toEqual(
        queries.map((each) => canonicalJson(each)),
      );
    }),
  );
});

it('P64 keeps every digit of a number', () => {
  const variables = { id: new ExactNumber('9007199254740993'), price: new ExactNumber('1.10') };
  const one = {
    query: { text: '', operationName: undefined, variables, parameters: '', headers: {} },
    asked: 1,
  };
  const [read] = decodeList(encodeList([one], 0))!.queries;
  expect(canonicalJson(read!.query.variables)).toBe('{"id":9007199254740993,"price":1.10}');
});

it.each([
  '',
  '{',
  '[]',
  'null',
  '7',
  '{"version":2,"at":1,"queries":[]}',
  '{"version":1,"at":"1","queries":[]}',
])('takes %j for no list', (text) => {
  expect(decodeList(text)).toBeUndefined();
});

it('passes over what has not the form of a query', () => {
  const bad = [null, 7, {}, { asked: 1 }, { asked: -1, query: {} }, { asked: 1, query: { text: 7 } }];
  expect(decodeList(JSON.stringify({ version: 1, at: 1, queries: bad }))).toEqual({ at: 1, queries: [] });
});

it('P46 is bounded in queries and in bytes', () => {
  const queryOf = (text: string) => ({
    text,
    operationName: undefined,
    variables: {},
    parameters: '',
    headers: {},
  });
  const many = Array.from({ length: 2000 }, (_, each) => ({ query: queryOf(`{ a${each} }`), asked: 1 }));
  expect(decodeList(encodeList(many, 0))!.queries).toHaveLength(500);
  const long = many.map(({ query: { text } }) => ({ query: queryOf(text + ' '.repeat(10_000)), asked: 1 }));
  expect(encodeList(long, 0).length).toBeLessThan(300_000);
});

it('joins lists, each query once with the higher number, the hottest first', () => {
  const of = (text: string, asked: number): ListedQuery => ({
    query: { text, operationName: undefined, variables: {}, parameters: '', headers: {} },
    asked,
  });
  expect(
    mergeLists([of('a', 1), of('b', 5)], [of('a', 3), of('c', 4)]).map(
      ({ query: { text }, asked }) => text + asked,
    ),
  ).toEqual(['b5', 'c4', 'a3']);
});

it('forgets half in each window of what is not asked for any more, and nothing while nobody is', async () => {
  let text: string | undefined;
  let now = 0;
  const clock = new RegionClock();
  clock.learn(0, 1_000_000, 0);
  const store = {
    clock,
    getSealed: () => Promise.resolve(text),
    setSealed: (_: string, written: string) => Promise.resolve(void (text = written)),
  };
  const list = new HotList(store, 60_000, () => now);
  const one = {
    query: { text: 'a', operationName: undefined, variables: {}, parameters: '', headers: {} },
    asked: 8,
  };
  await list.write([one]);
  now = 60_000;
  await list.write([{ ...one, query: { ...one.query, text: 'b' }, asked: 6 }]);
  now = 3_600_000;
  expect((await list.read()).map(({ query: { text: name }, asked }) => name + asked)).toEqual(['b6', 'a4']);
});
