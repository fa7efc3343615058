import { formatExplanation } from '../../src/explain/format-explanation';
import { explain, type ExplainSettings } from '../../src/explain/explain';
import type { Explanation } from '../../src/explain/explanation';
import { REASONS } from '../../src/report/reason';
import { example, explained, knowledgeWith, SETTINGS, SIGNED_IN } from './harness';

const SILENT = `
  type Query { plain: Int never: Int @cacheControl(maxAge: 0) }
  type Mutation { act: Int }
  type Subscription { happens: Int }`;

describe('for whom an answer is kept, and for how long', () => {
  it('names the fields that decided', () => {
    const text = 'query Trip { trip(id: 1) { title country { name reviews { likes } } } }';
    expect(explained(text)).toMatchObject({
      operation: { kind: 'query', name: 'Trip' },
      kept: 'for all clients',
      scope: { is: 'PUBLIC' },
      maxAge: {
        most: 300,
        decidedBy: 'Query.trip',
        least: 60,
        leastDecidedBy: 'Country.reviews at trip.country.reviews',
      },
      swr: 0,
      obstacles: [],
    });
  });

  it.each([
    ['without a session', {}, 'never', undefined],
    ['with a session', SIGNED_IN, 'for one session', 'the request has no verified session (cookie:sid)'],
  ] as const)('says what PRIVATE means %s', (_, settings, kept, when) => {
    const explanation = explained('{ whoever: me { ... { mail: email } } }', {}, settings);
    expect(explanation).toMatchObject({ kept, scope: { is: 'PRIVATE', decidedBy: 'Query.me' } });
    expect(explanation.obstacles.slice(0, 1)).toEqual([
      {
        reason: 'private',
        ...(when !== undefined && { when }),
        field: 'Query.me',
        meaning: REASONS.private[0],
        remedy: REASONS.private[1],
      },
    ]);
  });

  it('says that credentials beside the session keep a private answer out', () => {
    const settings = { session: 'header:authorization', sessionHeader: 'authorization' };
    expect(explained('{ me { name } }', {}, settings)).toMatchObject({
      kept: 'for one session',
      obstacles: [
        { reason: 'private', when: 'the request has no verified session (header:authorization)' },
        { reason: 'unkeyed-header', when: 'the request carries the header cookie beside its session' },
      ],
    });
  });

  it('says what becomes of credentials where a maxAge is only the default', () => {
    const knowledge = knowledgeWith(SILENT, 30);
    expect(explained('{ plain }', {}, {}, knowledge)).toMatchObject({
      kept: 'for all clients',
      obstacles: [{ reason: 'credentials', when: 'the request carries credentials' }],
    });
    expect(explained('{ plain }', {}, SIGNED_IN, knowledge).obstacles[0]?.when).toMatch(
      /no verified session/,
    );
  });

  it.each([
    ['{ plain }', 'no-policy', 'Query.plain'],
    ['{ never }', 'no-policy', 'Query.never'],
    ['{ __schema { queryType { name } } }', 'introspection', undefined],
    ['mutation { act }', 'mutation', undefined],
    ['subscription { happens }', 'subscription', undefined],
  ] as const)('never keeps %s: %s', (text, reason, field) => {
    const knowledge = knowledgeWith(SILENT);
    const { kept, obstacles, key } = explained(text, {}, {}, knowledge);
    expect({ kept, key }).toEqual({ kept: 'never', key: undefined });
    expect(obstacles).toEqual([expect.objectContaining({ reason, ...(field && { field }) })]);
    expect(obstacles[0]).toMatchObject({ meaning: REASONS[reason][0], remedy: REASONS[reason][1] });
  });

  it('names a header that keeps requests out, unless it is in the key', () => {
    const forward = ['x-flavour', 'x-lane', 'cookie'];
    const settings = { forward, vary: ['x-lane'], ...SIGNED_IN };
    expect(explained('{ trips { title } }', {}, settings)).toMatchObject({
      kept: 'for all clients',
      obstacles: [{ reason: 'unkeyed-header', when: 'the request carries the header x-flavour' }],
    });
  });

  it('says when only part of the answers is kept', () => {
    const text = '{ traveller(id: 1) { name passport } }';
    expect(explained(text, {}, SIGNED_IN).obstacles).toContainEqual(
      expect.objectContaining({
        reason: 'no-policy',
        when: 'the answer has Traveller.passport at traveller.passport',
      }),
    );
  });
});

describe('the key', () => {
  const text = 'query($id: ID!, $n: Int = 3) { trip(id: $id) { title } trips(first: $n) { title } }';

  it('has the parts that must be equal, and is the same for equal parts', () => {
    const { key } = explained(text, { id: '1', extra: true });
    expect(key).toMatchObject({ variables: { id: '1', n: 3 }, headers: [] });
    expect(key?.version).toMatch(/^[\w-]{22}$/);
    expect(key?.document).toContain('query ($id: ID!, $n: Int = 3)');
    const spaced = text.replaceAll(' ', '   \n');
    expect(explained(spaced, { n: 3, id: '1' }).key?.value).toBe(key?.value);
    expect(explained(spaced, { n: 4, id: '1' }).key?.value).not.toBe(key?.value);
  });

  it('is not known while session, headers or a variable are not', () => {
    expect(explained(text, { id: '1' }, { vary: ['x-lane'] }).key).not.toHaveProperty('value');
    expect(explained(text, {}).key).not.toHaveProperty('value');
    expect(explained('{ me { name } }', {}, SIGNED_IN).key).toMatchObject({ session: 'cookie:sid' });
    expect(explained('{ me { name } }', {}, SIGNED_IN).key).not.toHaveProperty('value');
  });

  it('has the parameters of the URL, which are named once there is a request', () => {
    const explanation = explained(text, { id: '1' });
    expect(explanation.key).not.toHaveProperty('parameters');
    expect(formatExplanation(explanation)).toMatch(
      /^ {2}parameters +of the URL: all but GraphQL's own and those of IGNORE_PARAMS$/m,
    );
    const key = { ...explanation.key!, parameters: ['lang', 'currency'] };
    expect(formatExplanation({ ...explanation, key })).toMatch(/^ {2}parameters +lang, currency$/m);
    expect(formatExplanation({ ...explanation, key: { ...key, parameters: [] } })).toMatch(
      /^ {2}parameters +none$/m,
    );
  });

  it('says which variables are missing, and which are dropped', () => {
    expect(explained(text, { other: 1 })).toMatchObject({
      missingVariables: ['id'],
      unknownVariables: ['other'],
    });
  });
});

it('refuses what is no valid operation, with its place', () => {
  const refused = explain(example, SETTINGS, { text: '{ trips { nonsense } }' });
  expect('errors' in refused && refused.errors[0]?.message).toMatch(/Cannot query field "nonsense"/);
});

it('takes the operation that is named', () => {
  const text = 'query A { trips { id } } mutation B { deleteTrip(id: 1) }';
  const named = explain(example, SETTINGS, { text, variables: {}, operationName: 'B' }) as Explanation;
  expect(named.operation).toEqual({ kind: 'mutation', name: 'B' });
});

describe('the first line', () => {
  const shop = knowledgeWith(`
    type Query { products: [Product!]! plain: Int lists: Lists shown: Shown }
    type Product @cacheControl(maxAge: 60) { id: ID! reviews: [Review!]! }
    type Review { id: ID! author: Author @cacheControl(maxAge: 0) }
    type Author { id: ID! }
    type Lists @cacheControl(maxAge: 9) { all(first: Int! = 1): [Product] }
    interface Shown @cacheControl(maxAge: 60) { id: ID! owner: Author }
    type Post implements Shown { id: ID! owner: Author }
    type Page implements Shown { id: ID! owner: Author @cacheControl(maxAge: 5) }`);
  const begin = (text: string, settings: Partial<ExplainSettings> = {}) =>
    formatExplanation(explained(text, {}, settings, shop)).split('\n\n')[0];

  it.each<[what: string, text: string, expected: string, settings?: Partial<ExplainSettings>]>([
    [
      'what keeps some answers out, and the line that mends it',
      '{ products { id reviews { id } } }',
      'query: never kept: `Product.reviews` has no maxAge; an answer without it is kept for all clients\n' +
        '  extend type Review @cacheControl(maxAge: 60)',
    ],
    [
      'what keeps all of them out',
      '{ plain }',
      'query: never kept: `Query.plain` has no maxAge\n' +
        '  extend type Query { plain: Int @cacheControl(maxAge: 60) }',
    ],
    [
      'each of several fields, and 0 where that is declared',
      'query Q { products { ...p } } fragment p on Product { again: reviews { author { id } } }',
      'query Q: never kept: `Product.reviews` has no maxAge, and `Review.author` has maxAge: 0; ' +
        'an answer without these is kept for all clients\n  extend type Review @cacheControl(maxAge: 60)',
    ],
    [
      'those of the types behind an interface',
      '{ shown { owner { id } } }',
      'query: never kept: `Post.owner` has no maxAge; an answer without it is kept for all clients\n' +
        '  extend type Author @cacheControl(maxAge: 60)',
    ],
    ['for whom it is kept where nothing keeps it out', '{ products { id } }', 'query: kept for all clients'],
    [
      'what else keeps it out',
      'query A { products { id } }',
      'query A: never kept: its name is in NO_CACHE_OPERATIONS, or was switched off while the gateway ran',
      { without: ['A'] },
    ],
  ])('says %s', (_, text, expected, settings = {}) => {
    expect(begin(text, settings)).toBe(expected);
  });
});
