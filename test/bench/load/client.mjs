/**
 * A load generator of our own, a process with one core.
 *
 * `rate`: an open loop. Requests are due at fixed times whatever happened to those before, and a reply's time counts
 * from when its request was due, so that a subject that stalls is not excused from what it kept waiting (coordinated
 * omission). Without `rate`: a closed loop, for machines without wrk; each connection asks again once it was answered.
 */
import { createHistogram } from 'node:perf_hooks';
import { Connection } from './connection.mjs';
import { readPlan } from './read-plan.mjs';

const { port, plan, first = 0, seconds, connections: count, rate } = JSON.parse(process.argv[2]);
process.on('disconnect', () => process.exit());

const next = readPlan(plan, first);
const connections = Array.from({ length: count }, () => new Connection(port));
await Promise.all(connections.map(({ connected }) => connected));

const times = createHistogram();
const lateness = createHistogram();
let answered = 0;
let failed = 0;

const microsSince = (from) => Math.max(1, Math.round((performance.now() - from) * 1000));

function note(status, due) {
  answered++;
  if (status < 200 || status > 399) failed++;
  times.record(microsSince(due));
}

/** Resolves when the time is over and every request is answered. */
function openLoop() {
  const idle = [...connections];
  const waiting = [];
  const start = performance.now();
  const total = Math.round(rate * seconds);
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  let due = 0;
  const dueAt = (number) => start + (number * 1000) / rate;

  function ask(connection, at) {
    lateness.record(microsSince(at));
    connection.send(next(), (status) => {
      note(status, at);
      const first = waiting.shift();
      if (first === undefined) idle.push(connection);
      else ask(connection, first);
    });
  }

  return new Promise((resolve) => {
    const giveUp = start + seconds * 1000 + 5000;
    function turn() {
      const now = performance.now();
      for (; due < total && dueAt(due) <= now; due++) {
        const connection = idle.pop();
        if (connection) ask(connection, dueAt(due));
        else waiting.push(dueAt(due));
      }
      if ((due === total && answered === total) || now > giveUp) return resolve(total);
      // A short sleep leaves the core to whoever shares it; a timer would be a millisecond too coarse.
      if (dueAt(due) - now > 0.05) Atomics.wait(sleeper, 0, 0, 0.05);
      setImmediate(turn);
    }
    turn();
  });
}

function closedLoop() {
  const end = performance.now() + seconds * 1000;
  const run = (connection) =>
    new Promise((resolve) => {
      const ask = () => {
        const at = performance.now();
        if (at >= end || !connection.open) return resolve(undefined);
        connection.send(next(), (status) => {
          note(status, at);
          ask();
        });
      };
      ask();
    });
  return Promise.all(connections.map(run));
}

const started = performance.now();
const total = rate ? await openLoop() : await closedLoop().then(() => answered);
const micros = microsSince(started);
for (const connection of connections) connection.close();
process.send?.({
  requests: answered,
  micros,
  failed: failed + (total - answered),
  p50: times.percentile(50),
  p90: times.percentile(90),
  p99: times.percentile(99),
  max: times.max,
  lateP99: lateness.percentile(99) || 0,
});
process.disconnect?.();
