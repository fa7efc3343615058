import { buildSchema, type GraphQLObjectType } from 'graphql';
import { fieldLimit } from '../../src/policy/analyse';
import { readRules } from '../../src/policy/rules';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { takeDownLog } from '../kit/log';
import { startOrigin } from '../kit/origin';

const cleanup = cleanupAfterEach();

const schema = buildSchema(`${DIRECTIVES_SDL}
  type Query {
    short: T
    long: T @cacheControl(maxAge: 500)
    stale: T @cacheControl(maxAge: 50, swr: 500)
    byType: U
    byDefault: Int
  }
  type T @cacheControl(maxAge: 10) { id: ID }
  type U @cacheControl(maxAge: 70, swr: 20) { id: ID }
`);

describe('P82 the longest time an answer is served', () => {
  it.each([
    ['short', 10, 10],
    ['long', 100, 100],
    ['stale', 50, 100],
    ['byType', 70, 90],
    ['byDefault', 100, 100],
  ])('is at most that of the operator: Query.%s', (name, maxAge, staleUntil) => {
    const rules = readRules(schema, { defaultMaxAge: 300, maxAgeLimit: 100 });
    const field = (schema.getType('Query') as GraphQLObjectType).getFields()[name]!;
    expect(fieldLimit(schema, rules, 'Query', field)).toMatchObject({ maxAge, staleUntil });
  });

  it('is known of a schema, and whatever is cut', () => {
    const limited = readRules(schema, { defaultMaxAge: 0, maxAgeLimit: 100 });
    expect(limited.longestServed).toBe(100);
    expect(limited.cutByLimit).toEqual(['Query.long', 'Query.stale']);
    const free = readRules(schema, { defaultMaxAge: 0, maxAgeLimit: 86_400 });
    // What one place says of maxAge may meet what another says of swr.
    expect(free.longestServed).toBe(1000);
    expect(free.cutByLimit).toEqual([]);
    expect(readRules(schema, { defaultMaxAge: 5000 }).longestServed).toBe(5500);
  });

  it('holds for answers of a gateway, which says so at its start', async () => {
    const { log, lines } = takeDownLog();
    const origin = cleanup.add(await startOrigin());
    const gateway = cleanup.add(
      await startGateway({ UPSTREAM_URL: origin.url, MAX_AGE_LIMIT: '30' }, { log }),
    );
    await gateway.query('{ product(id: "1") { name } }');
    const { cacheStatus } = await gateway.query('{ product(id: "1") { name } }');
    expect(Number(/^hit; ttl=(\d+)$/.exec(cacheStatus)?.[1])).toBeLessThanOrEqual(30);
    expect(lines.find(({ msg }) => msg.includes('MAX_AGE_LIMIT'))).toMatchObject({
      level: 40,
      maxAgeLimit: 30,
    });
  });
});
