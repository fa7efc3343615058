import { openLoop } from '../load/load.mjs';
import { writePlan } from '../load/plan.mjs';
import { cpuSeconds, spread } from '../kit.mjs';
import { ask } from '../workload/verify.mjs';
import { WORKLOADS } from '../workload/workloads.mjs';
import { generator, requestsASecond, shareOfCapacity, times } from './latency.mjs';
import { startPurger } from './purger.mjs';

const SUBJECT = 'lastmile-region';

const NOTE =
  'Redis, who purges and the load stand for other machines and share a core where there are only two, so the times of requests are ' +
  'partly theirs. Processor time and the turns of the event loop are of the gateway alone';

/** How long hits take with and without purges of tags that nobody asks for: calm and storm take turns at the same rate. */
export async function storm(row, world, effort) {
  const workload = WORKLOADS[row.load.workload](row.load);
  const plan = writePlan(workload);
  const gateway = await world.start(SUBJECT);
  await ask(gateway.port, workload.requests);
  const { capacity, rate } = await shareOfCapacity(row, gateway.port, plan, effort);
  const purger = await startPurger(world, SUBJECT);
  const rounds = { calm: [], storm: [] };
  for (let round = 0; round < effort.rounds; round++) {
    const turn = round % 2 === 0 ? ['calm', 'storm'] : ['storm', 'calm'];
    for (const weather of turn) {
      const load = { port: gateway.port, plan, rate, first: round * 1009, seconds: effort.seconds };
      const perSecond = weather === 'storm' ? row.load.purgesPerSecond : 0;
      rounds[weather].push(await observe(gateway, purger, perSecond, load));
    }
    effort.tell(`round ${round + 1}/${effort.rounds}`);
  }
  return {
    notes: [NOTE],
    figures: [
      ...requestsASecond(capacity, rate),
      { name: 'purges a second, acknowledged', ...spread(rounds.storm.map(({ purges }) => purges)) },
      ...times('calm', rounds.calm),
      ...times('storm', rounds.storm),
      {
        name: 'p99 in the storm, times the calm',
        ...spread(rounds.storm.map(({ p99 }, round) => p99 / rounds.calm[round].p99)),
      },
      ...ofTheGateway('calm', rounds.calm),
      ...ofTheGateway('storm', rounds.storm),
      ...ofTheLoad('calm', rounds.calm),
      ...ofTheLoad('storm', rounds.storm),
    ],
  };
}

async function observe({ child, adminPort }, purger, perSecond, load) {
  const { count: before } = await purger.ask(perSecond);
  // Reading the figures begins them anew.
  await turns(adminPort);
  const [from, used] = [performance.now(), cpuSeconds(child.pid)];
  const reading = await openLoop(load);
  const seconds = (performance.now() - from) / 1000;
  const cpu = ((cpuSeconds(child.pid) - used) * 1e6) / reading.requests;
  const longest = await turns(adminPort);
  const { count: after } = await purger.ask(0);
  return { ...reading, ...longest, cpu, purges: (after - before) / seconds };
}

function ofTheGateway(label, rounds) {
  return [
    { name: `${label}, gateway's turns, p99, ms`, ...spread(rounds.map(({ turnP99 }) => turnP99)) },
    { name: `${label}, gateway's turns, longest, ms`, ...spread(rounds.map(({ turnMax }) => turnMax)) },
    { name: `${label}, gateway's processor time, µs a request`, ...spread(rounds.map(({ cpu }) => cpu)) },
  ];
}

function ofTheLoad(label, rounds) {
  return generator(rounds).map((figure) => ({ ...figure, name: `${label}, ${figure.name}` }));
}

/** How late a timer of 10 ms comes in the gateway, in milliseconds, since this was asked last: how long its turns are. */
async function turns(adminPort) {
  const reply = await fetch(`http://127.0.0.1:${adminPort}/metrics`);
  const text = await reply.text();
  const late = (figure) => {
    const [, seconds] = new RegExp(`^nodejs_eventloop_lag_${figure}_seconds(?:{.*})? (\\S+)$`, 'm').exec(
      text,
    );
    return Math.max(0, Number(seconds) * 1000 - 10);
  };
  return { turnP99: late('p99'), turnMax: late('max') };
}
