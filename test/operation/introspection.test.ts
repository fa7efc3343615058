import { getIntrospectionQuery, parse } from 'graphql';
import { introspectionProblem } from '../../src/operation/introspection';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { github } from '../policy/github';

const large = github();
const problem = (text: string, isAllowed = true) =>
  introspectionProblem(parse(text), large, isAllowed)?.extensions['code'];
const types = (depth: number): string => (depth === 0 ? 'name' : `name ofType { ${types(depth - 1)} }`);

describe('what may be asked of a large schema', () => {
  it.each([
    ['the question of tools', getIntrospectionQuery()],
    [
      'all they can ask',
      getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true, schemaDescription: true }),
    ],
    ['one type', '{ __type(name: "User") { fields { name args { name type { name } } } } }'],
    ['a few names', '{ __schema { queryType { name } types { name } } }'],
    ['no more than the name of a type', '{ __typename viewer { __typename } }'],
  ])('is %s', (_, text) => {
    expect(problem(text)).toBeUndefined();
  });

  it.each([
    [
      'many copies',
      `{ ${Array.from({ length: 48 }, (_, n) => `a${n}: __schema { types { fields { name args { name type { ${types(3)} } } } } }`).join(' ')} }`,
    ],
    [
      'possible types of possible types',
      '{ __schema { types { possibleTypes { interfaces { possibleTypes { interfaces { possibleTypes { name } } } } } } } }',
    ],
    [
      'the same through fragments',
      `query { ...A ...B } fragment A on Query { ${'abcdefghijklmnopqrstuvwxy'
        .split('')
        .map((n) => `${n}: __schema { ...S }`)
        .join(
          ' ',
        )} } fragment B on Query { z: __schema { ...S } } fragment S on __Schema { types { fields { args { type { name } } type { name } } inputFields { type { name } } } }`,
    ],
  ])('is not %s', (_, text) => {
    expect(problem(text)).toBe('OPERATION_TOO_COMPLEX');
  });

  it.each([
    '{ __schema { queryType { name } } }',
    '{ a: __type(name: "User") { name } }',
    'query { ... on Query { __schema { description } } }',
    'query { ...A } fragment A on Query { __schema { description } }',
  ])('is nothing where introspection is off: %s', (text) => {
    expect(problem(text, false)).toBe('INTROSPECTION_IS_OFF');
  });

  it('is still its `__typename` where introspection is off', () => {
    expect(problem('{ __typename }', false)).toBeUndefined();
  });
});

describe('in production', () => {
  const cleanup = cleanupAfterEach();

  it('clients are told where to find the schema, and browsers see no page', async () => {
    const gateway = cleanup.add(await startGateway({ NODE_ENV: 'production', EXAMPLE: '1' }));
    const { errors, data } = await gateway.query('{ __schema { queryType { name } } }');
    expect(errors![0]!.message).toMatch(/INTROSPECTION=1.*schema\.graphql/);
    expect(data).toBeUndefined();
    const page = await fetch(gateway.url, { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'application/json; charset=utf-8']);
    expect((await gateway.query('{ country(code: "PT") { name } }')).data.country.name).toBe('Portugal');
  });
});
