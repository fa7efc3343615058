import { resolved } from '../../workload/data.mjs';

/** What the benchmark told this process to do. */
export const input = JSON.parse(process.argv[2] ?? '{}');

/**
 * Says where a server listens, answers how many root fields it has resolved, and ends with the benchmark.
 * @param {number} port
 * @param {() => unknown} [count] what it answers
 */
export function announce(port, count = () => resolved.count) {
  process.on('message', () => process.send?.({ count: count() }));
  process.on('disconnect', () => process.exit());
  process.send?.({ port });
}

/** @param {import('node:http').Server} server */
export function listen(server, count) {
  server.listen(0, '127.0.0.1', () => announce(server.address().port, count));
}
