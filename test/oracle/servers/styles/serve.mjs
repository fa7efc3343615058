/** What the servers of this folder share: rows in memory, and Yoga that listens. */
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';

export const from1to = (count) => Array.from({ length: count }, (_, index) => index + 1);
export const byId = (rows, id) => rows.find((row) => String(row.id) === String(id)) ?? null;
/** Takes all rows that match out of a list, and returns them. */
export const take = (rows, matches) => {
  const taken = rows.filter(matches);
  const left = rows.filter((row) => !taken.includes(row));
  rows.splice(0, rows.length, ...left);
  return taken;
};
export const average = (numbers) =>
  numbers.length ? numbers.reduce((sum, one) => sum + Number(one), 0) / numbers.length : null;
export const sum = (numbers) => numbers.reduce((total, one) => total + Number(one), 0);
/** Text and numbers, null last. */
export const compare = (a, b) => {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  return a < b ? -1 : 1;
};

/** As in transactions: a mutation that throws leaves all lists of rows as they were. */
export function inTransactions(mutations, lists) {
  const within =
    (change) =>
    (...args) => {
      const before = lists.map((rows) => structuredClone(rows));
      try {
        return change(...args);
      } catch (error) {
        for (const [at, rows] of lists.entries()) rows.splice(0, rows.length, ...before[at]);
        throw error;
      }
    };
  return Object.fromEntries(Object.entries(mutations).map(([name, change]) => [name, within(change)]));
}

export function serve(typeDefs, resolvers, options = {}) {
  const yoga = createYoga({
    schema: createSchema({ typeDefs, resolvers }),
    logging: false,
    maskedErrors: false,
    ...options,
  });
  const server = createServer(yoga);
  server.listen(Number(process.env.PORT), '127.0.0.1', () =>
    process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/graphql` })}\n`),
  );
}
