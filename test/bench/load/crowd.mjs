/** Connects many clients, then has all of them ask the same at once. */
import { Connection } from './connection.mjs';

const { ports, requests, text } = JSON.parse(process.argv[2]);
process.on('disconnect', () => process.exit());

/** A server's queue of connections it has not accepted yet is short (511). */
const AT_ONCE = 200;
/** A reply that takes longer has not come. */
const PATIENCE_MS = 30_000;

const connections = [];
while (connections.length < requests) {
  const more = Array.from(
    { length: Math.min(AT_ONCE, requests - connections.length) },
    (_, index) => new Connection(ports[(connections.length + index) % ports.length]),
  );
  await Promise.all(more.map(({ connected }) => connected));
  connections.push(...more);
}

const start = performance.now();
// Closing a connection ends its wait with status 0.
const givingUp = setTimeout(() => connections.forEach((connection) => connection.close()), PATIENCE_MS);
const statuses = await Promise.all(
  connections.map((connection) => new Promise((resolve) => connection.send(text, resolve))),
);
clearTimeout(givingUp);
const millis = performance.now() - start;
for (const connection of connections) connection.close();
process.send?.({ millis, failed: statuses.filter((status) => status !== 200).length });
process.disconnect?.();
