import { graphql, graphqlSync, validateSchema } from 'graphql';
import { createExampleData } from '../../src/example/data';
import { createExampleSchema, EXAMPLE_SCHEMA_FILES } from '../../src/example/schema';
import { askExample } from './ask';
import { pause } from '../kit/until';

const RENAME = 'mutation { renameTrip(id: "trip-1", title: "Renamed") { version } }';

it('is a valid schema in which every directive is in use', () => {
  const schema = createExampleSchema();
  expect(validateSchema(schema)).toEqual([]);
  expect(EXAMPLE_SCHEMA_FILES).toHaveLength(4);
  const used = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    for (const directive of type.astNode?.directives ?? []) used.add(directive.name.value);
    if (!('getFields' in type)) continue;
    for (const field of Object.values(type.getFields())) {
      for (const directive of field.astNode?.directives ?? []) used.add(directive.name.value);
    }
  }
  expect([...used].sort()).toEqual(['cacheControl', 'cacheTag', 'key', 'purges', 'specifiedBy']);
});

it('describes every field of Query and Mutation for GraphiQL', () => {
  const schema = createExampleSchema();
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(root?.getFields() ?? {})) expect(field.description).toMatch(/\.$/);
  }
});

it('gives each schema data of its own', async () => {
  const [one, other] = [askExample(), askExample()];
  await one(RENAME);
  expect((await one('{ trip(id: "trip-1") { version } }')).data.trip.version).toBe(2);
  expect((await other('{ trip(id: "trip-1") { version } }')).data.trip.version).toBe(1);
});

it('works on data that is handed in', async () => {
  const data = createExampleData();
  const [one, other] = [askExample({ data }), askExample({ data })];
  await one(RENAME);
  expect((await other('{ trip(id: "trip-1") { version title } }')).data.trip).toEqual({
    version: 2,
    title: 'Renamed',
  });
  expect(data.trips.get('trip-1')?.title).toBe('Renamed');
});

it('answers synchronously without a service time', () => {
  const { data } = graphqlSync({ schema: createExampleSchema(), source: '{ trip(id: "trip-1") { id } }' });
  expect(data).toEqual({ trip: { id: 'trip-1' } });
});

it('takes its service time, and answers a slow read with what was true half-way', async () => {
  const serviceTimeMs = 60;
  const data = createExampleData();
  const schema = createExampleSchema({ data, serviceTimeMs });
  const beganAt = performance.now();
  let isDone = false;
  const reading = graphql({ schema, source: '{ trip(id: "trip-1") { version } }' }).finally(
    () => (isDone = true),
  );
  // The first half is a timer of 30 ms that was set before this one, so it fires first.
  await pause(serviceTimeMs / 2 + 1);
  expect(isDone).toBe(false);
  data.trips.change('trip-1', { title: 'Changed meanwhile' });
  expect((await reading).data).toEqual({ trip: { version: 1 } });
  expect(performance.now() - beganAt).toBeGreaterThanOrEqual(serviceTimeMs - 2);
});

it('is full at the limit of a kind, and says so', async () => {
  const data = createExampleData();
  const trip = data.trips.get('trip-1');
  if (!trip) throw new Error('The example has no trip.');
  while (!data.trips.isFull) data.trips.add((identity) => ({ ...trip, ...identity }));
  const { errors } = await askExample({ data })(
    'mutation { createTrip(travellerId: "traveller-1", country: "PT", title: "x", startsOn: "2026-01-01") { id } }',
  );
  expect(errors).toEqual([
    {
      message: 'The example holds 100000 of the kind trip, and has no room for more.',
      code: 'BAD_USER_INPUT',
    },
  ]);
});
