import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanupAfterEach } from '../kit/cleanup';
import { startChangingOrigin } from '../kit/changing-origin';
import { startGateway } from '../kit/gateway';
import { pause, until } from '../kit/until';

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

it('P16 keeps an entry where nothing changed that its operation depends on, and no other', async () => {
  const origin = cleanup.add(await startChangingOrigin(NEW, { Query: { a: () => 1, b: () => 2 } }));
  const gateway = cleanup.add(
    await startGateway(
      { UPSTREAM_URL: origin.url, SCHEMA_REFRESH_MS: '20', DEFAULT_MAX_AGE: '60' },
      { schema: null },
    ),
  );
  for (const query of ['{ a }', '{ b }']) {
    await gateway.query(query);
    expect((await gateway.query(query)).cacheStatus).toMatch(/^hit/);
  }
  origin.deploy('type Query { a: Int b: String c: Int }', {
    Query: { a: () => 1, b: () => '2', c: () => 3 },
  });
  await until('the new field is known', async () => (await gateway.query('{ c }')).data as unknown);
  // What was not valid before, no instance of before can have answered.
  expect((await gateway.query('{ c }')).cacheStatus).toMatch(/^(hit|fwd=uri-miss; stored)/);
  expect((await gateway.query('{ a }')).cacheStatus).toMatch(/^hit/);
  const changed = await gateway.query('{ b }');
  expect(changed.cacheStatus).toBe('fwd=bypass; detail=schema-changed');
  expect(changed.data).toEqual({ b: '2' });
});

describe('without waiting for the next time', () => {
  const BOTH = { Query: { ...resolvers.Query, b: () => 2 } };

  /** A gateway that reads upstream's schema again only when there is a reason to. */
  async function start() {
    const origin = cleanup.add(await startChangingOrigin(OLD, resolvers));
    const gateway = cleanup.add(
      await startGateway({ UPSTREAM_URL: origin.url, SCHEMA_REFRESH_MS: '0' }, { schema: null }),
    );
    // The schema was read at the start, and is not read again within a second.
    await pause(1000);
    return { origin, gateway };
  }

  it('P28 answers an operation that is valid only where upstream is by now', async () => {
    const { origin, gateway } = await start();
    origin.deploy(NEW, BOTH);
    expect((await gateway.query('{ a b }')).data).toEqual({ a: 1, b: 2 });
    expect(origin.introspections).toBe(2);
  });

  it('P28 answers it in a batch, too', async () => {
    const { origin, gateway } = await start();
    origin.deploy(NEW, BOTH);
    const { text } = await gateway.send({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ query: '{ b }' }, { query: '{ a }' }]),
    });
    expect(JSON.parse(text)).toEqual([{ data: { b: 2 } }, { data: { a: 1 } }]);
  });

  it('asks upstream three times at most for operations that are never valid, and not for no GraphQL', async () => {
    const { origin, gateway } = await start();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => gateway.query(`{ unknown${index} }`)),
    );
    for (const { errors } of answers) expect(errors?.[0]?.message).toMatch(/Cannot query field/);
    const { introspections } = origin;
    expect(introspections).toBeGreaterThan(1);
    expect(introspections).toBeLessThanOrEqual(1 + 3);
    await pause(1000);
    await gateway.query('{ a ');
    expect(origin.introspections).toBe(introspections);
  });
});

it('reads a file of SCHEMA again that was changed, and keeps what it knows while one is wrong', async () => {
  const origin = cleanup.add(await startChangingOrigin(NEW, resolvers));
  const gateway = cleanup.add(
    await startGateway(
      { UPSTREAM_URL: origin.url, SCHEMA_REFRESH_MS: '0' },
      { schema: 'extend type Query { a: Int @cacheControl(maxAge: 60) }' },
    ),
  );
  const write = (text: string) => writeFile(join(gateway.folder, 'schema.graphql'), text);
  const figures = async () => (await fetch(`${gateway.adminUrl}/metrics`)).text();
  expect((await gateway.query('{ b }')).cacheStatus).toContain('no-policy');
  await write('extend type Query { c: Int @cacheControl(maxAge: 60) }');
  await until('it is refused', async () =>
    /lastmile_schema_looks_total\{cause="file",outcome="refused"[^}]*\} [1-9]/.test(await figures()),
  );
  expect((await gateway.query('{ a }')).cacheStatus).toContain('stored');
  await write('extend type Query { b: Int @cacheControl(maxAge: 60) }');
  await until('b is cached', async () => (await gateway.query('{ b }')).cacheStatus.startsWith('hit'));
  expect((await gateway.query('{ a }')).cacheStatus).toContain('no-policy');
  expect(await figures()).toMatch(/lastmile_schema_info\{version="[\w-]{22}"[^}]*\} 1/);
});

it('does not ask upstream for its schema where SCHEMA is the whole of it', async () => {
  const origin = cleanup.add(await startChangingOrigin(NEW, resolvers));
  const gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: origin.url, SCHEMA_REFRESH_MS: '20' }, { schema: OLD }),
  );
  await gateway.query('{ b }');
  await pause(100);
  expect(origin.introspections).toBe(0);
});

it('sends a query as its client wrote it where upstream refuses what was added, and stores nothing', async () => {
  const origin = cleanup.add(
    await startChangingOrigin('type Query { shelf: Shelf } type Shelf { name: String }', {
      Query: { shelf: () => ({ name: 'Tools' }) },
    }),
  );
  const gateway = cleanup.add(
    await startGateway(
      { UPSTREAM_URL: origin.url },
      {
        schema: 'type Query { shelf: Shelf } type Shelf @cacheControl(maxAge: 60) { id: ID! name: String }',
      },
    ),
  );
  for (const cacheStatus of ['fwd=uri-miss; detail=untagged', 'fwd=uri-miss; detail=untagged']) {
    expect(await gateway.query('{ shelf { name } }')).toMatchObject({
      status: 200,
      data: { shelf: { name: 'Tools' } },
      errors: undefined,
      cacheStatus,
    });
  }
  // What the client wrote itself is its own to hear of.
  const { errors } = await gateway.query('{ shelf { id } }');
  expect(errors?.[0]?.message).toMatch(/Cannot query field "id" on type "Shelf"/);
});
