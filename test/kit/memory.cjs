/** Loaded into a gateway's process beside it (`--expose-gc`): says how much memory it takes once nothing is left to collect. */
process.on('message', (message) => {
  if (message !== 'memory') return;
  globalThis.gc();
  globalThis.gc();
  const { rss, heapUsed } = process.memoryUsage();
  process.send({ rss, heapUsed });
});
// Else it would keep a process alive that is to end.
process.channel?.unref();
