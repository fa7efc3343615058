import * as fc from 'fast-check';
import { parse, validate } from 'graphql';
import { arbitraryApi, operationOf } from '../answer/arbitrary-api';
import { startAnswering } from '../kit/answering';
import { startGateway } from '../kit/gateway';

const RUNS = 20;
const OPERATIONS = 8;

it("P64 passes on upstream's own bytes, whatever is asked and whatever fails at what was added", async () => {
  const found = { answers: 0, hits: 0, errors: 0, untagged: 0 };
  await fc.assert(
    fc.asyncProperty(
      arbitraryApi,
      fc.array(fc.array(fc.nat(100), { minLength: 5, maxLength: 60 }), {
        minLength: OPERATIONS,
        maxLength: OPERATIONS,
      }),
      async (api, choices) => {
        const upstream = await startAnswering(({ query }) => api.answer(query));
        const gateway = await startGateway({ UPSTREAM_URL: upstream.url }, { schema: api.sdl });
        try {
          for (const drawn of choices) {
            const query = operationOf(api.schema, drawn);
            // What is no valid operation is not upstream's to answer.
            if (validate(api.schema, parse(query)).length > 0) continue;
            const own = await api.answer(query);
            for (let times = 0; times < 2; times++) {
              const answer = await gateway.query(query);
              expect(answer.text).toBe(own);
              found.answers++;
              if (answer.cacheStatus.includes('hit')) found.hits++;
              if (answer.cacheStatus.includes('untagged')) found.untagged++;
              if (answer.errors) found.errors++;
            }
          }
        } finally {
          await gateway.stop();
          await upstream.close();
        }
      },
    ),
    { numRuns: RUNS },
  );
  // All of it was met.
  for (const count of Object.values(found)) expect(count).toBeGreaterThan(0);
});
