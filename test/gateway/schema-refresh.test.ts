import { cleanupAfterEach } from '../kit/cleanup';
import { startChangingOrigin } from '../kit/changing-origin';
import { startGateway } from '../kit/gateway';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

const OLD = 'type Query { a: Int }';
const NEW = 'type Query { a: Int b: Int }';
const resolvers = { Query: { a: () => 1 } };

it('P28 answers a field that upstream has got since it was read first', async () => {
  const origin = cleanup.add(await startChangingOrigin(OLD, resolvers));
  const gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: origin.url, SCHEMA_REFRESH_MS: '20' }, { schema: null }),
  );
  expect((await gateway.query('{ b }')).errors?.[0]?.message).toMatch(/Cannot query field "b"/);
  origin.deploy(NEW, { Query: { ...resolvers.Query, b: () => 2 } });
  const answer = await until('the field is known', async () => {
    const { data } = await gateway.query('{ a b }');
    return data as unknown;
  });
  expect(answer).toEqual({ a: 1, b: 2 });
});

it('P28 refuses a field that upstream no longer has, also where its answer was cached', async () => {
  const origin = cleanup.add(await startChangingOrigin(NEW, { Query: { a: () => 1, b: () => 2 } }));
  const gateway = cleanup.add(
    await startGateway(
      { UPSTREAM_URL: origin.url, SCHEMA_REFRESH_MS: '20', DEFAULT_MAX_AGE: '60' },
      { schema: null },
    ),
  );
  await gateway.query('{ b }');
  expect((await gateway.query('{ b }')).cacheStatus).toMatch(/^hit/);
  origin.deploy(OLD, resolvers);
  await until('the field is refused', async () => (await gateway.query('{ b }')).errors);
  expect((await gateway.query('{ b }')).data).toBeUndefined();
});
