import { closedLoop, openLoop } from '../load/load.mjs';
import { writePlan } from '../load/plan.mjs';
import { spread } from '../kit.mjs';
import { SUBJECTS } from '../subjects/subjects.mjs';
import { ask } from '../workload/verify.mjs';
import { WORKLOADS } from '../workload/workloads.mjs';
import { referenceOf } from './reference.mjs';

/** microseconds */
const MS = 1000;
/** Requests a second that the load sends on time from one core. Beyond that it would measure itself. */
const MOST_ON_TIME = 8000;

/** How long a reply takes at a constant rate of requests: the same rate for all, a share of what Lastmile can do. */
export async function latency(row, world, effort) {
  const workload = WORKLOADS[row.load.workload](row.load);
  const plan = writePlan(workload);
  const ours = await world.start('lastmile');
  world.bytes = referenceOf(await ask(ours.port, workload.requests));
  const bare = await world.start('bare');
  const { capacity, rate } = await shareOfCapacity(row, ours.port, plan, effort);
  await closedLoop({ port: bare.port, plan, first: 0, seconds: effort.warm });
  const rounds = await alternate(effort, plan, rate, [
    { name: 'bare', port: bare.port },
    { name: 'lastmile', port: ours.port },
  ]);
  const beyond = rounds.lastmile.map(({ p99 }, round) => (p99 - rounds.bare[round].p99) / MS);
  return {
    figures: [
      ...requestsASecond(capacity, rate),
      ...times(SUBJECTS.bare.label, rounds.bare),
      ...times(SUBJECTS.lastmile.label, rounds.lastmile),
      { name: 'p99 beyond bare, ms', ...spread(beyond) },
      ...generator([...rounds.bare, ...rounds.lastmile]),
    ],
  };
}

/** Requests a second: the row's share of what a closed loop got, after a warm-up, as far as the load can send them. */
export async function shareOfCapacity(row, port, plan, effort) {
  const seconds = Math.min(3, effort.seconds);
  await closedLoop({ port, plan, first: 0, seconds: effort.warm });
  const { requests, micros } = await closedLoop({ port, plan, first: 0, seconds });
  const capacity = (requests * 1e6) / micros;
  return { capacity, rate: Math.min(capacity * row.load.share, MOST_ON_TIME) };
}

export function requestsASecond(capacity, rate) {
  return [
    { name: 'capacity, requests a second', value: Math.round(capacity) },
    { name: 'requests a second', value: Math.round(rate) },
  ];
}

async function alternate(effort, plan, rate, subjects) {
  const rounds = Object.fromEntries(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round < effort.rounds; round++) {
    for (const { name, port } of subjects)
      rounds[name].push(await openLoop({ port, plan, rate, first: round * 1009, seconds: effort.seconds }));
    effort.tell(`round ${round + 1}/${effort.rounds}`);
  }
  return rounds;
}

export function times(label, rounds) {
  return ['p50', 'p99', 'max'].map((figure) => ({
    name: `${label}, ${figure}, ms`,
    ...spread(rounds.map((round) => round[figure] / MS)),
  }));
}

/** A generator that was late itself, or replies that never came, say how far the figures above can be believed. */
export function generator(rounds) {
  return [
    { name: 'requests left late, p99, ms', ...spread(rounds.map(({ lateP99 }) => lateP99 / MS)) },
    { name: 'failed requests', value: rounds.reduce((sum, { failed }) => sum + failed, 0) },
  ];
}
