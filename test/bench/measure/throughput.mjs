import { closedLoop } from '../load/load.mjs';
import { CORES } from '../process/cores.mjs';
import { coreSeconds } from '../process/cpu-time.mjs';
import { SUBJECTS } from '../subjects/subjects.mjs';
import { cpuSeconds, ratio, spread } from '../kit.mjs';
import { WORKLOADS } from '../workload/workloads.mjs';
import { isBare, REFERENCE, startSubjects, wrongAnswers } from './contenders.mjs';
import { startPurger } from './purger.mjs';

/** Positions in a workload's order between two rounds, so that no two send the same fresh numbers. */
const STRIDE = 2_000_003;

/**
 * Requests per second and processor time of each subject, in rounds that take turns, and their ratio to the bare server
 * in the same round.
 * @param {import('../rows/rows.mjs').Row} row
 * @param {import('./world.mjs').World} world
 * @param {{ rounds: number, seconds: number, tell: (text: string) => void }} effort
 */
export async function throughput(row, world, effort) {
  const workload = WORKLOADS[row.load.workload]({ ...row.load, quick: effort.quick });
  const { subjects, notes } = await startSubjects(row, world, workload);
  if (row.load.purgesPerSecond) await startPurger(world, 'lastmile-region', row.load.purgesPerSecond);
  // Before an engine has compiled what is hot, anything may be several times slower.
  for (const subject of subjects) await load(subject, effort.warm, -1);

  for (let round = 0; round < effort.rounds; round++) {
    // The one that was first in this round is last in the next.
    const turn = subjects.map((_, index) => subjects[(index + round) % subjects.length]);
    for (const subject of turn) subject.rounds.push(await measured(subject, world, effort.seconds, round));
    effort.tell(`round ${round + 1}/${effort.rounds}`);
  }
  const wrong = row.load.revalidate ? [] : await wrongAnswers(subjects, workload);
  return { subjects: summaries(subjects), notes: [...notes, ...wrong, ...disturbance(subjects)] };
}

function disturbance(subjects) {
  const most = Math.max(...subjects.flatMap(({ rounds }) => rounds.map(({ others }) => others)));
  if (most < 0.03) return [];
  return [
    `other programs had up to ${Math.round(most * 100)} % of the subject's core: measure again when it is quiet`,
  ];
}

const load = ({ port, plan }, seconds, round) =>
  closedLoop({ port, plan, seconds, first: (round + 2) * STRIDE });

async function measured(subject, world, seconds, round) {
  const { child, count } = subject;
  const made = async () => (await world.asked()) + (count && !isBare(subject.name) ? await count() : 0);
  const used = () => ({ own: cpuSeconds(child.pid), core: CORES ? coreSeconds(CORES.subject) : 0 });
  const [madeBefore, before] = [await made(), used()];
  const reading = await load(subject, seconds, round);
  const [after, answers] = [used(), (await made()) - madeBefore];
  if (reading.requests === 0) throw child.fault('answered no request');
  const cpu = after.own - before.own;
  const duration = reading.micros / 1e6;
  const others = Math.max(0, (after.core - before.core - cpu) / duration);
  return {
    ...reading,
    perSecond: reading.requests / duration,
    cpuMicros: (cpu * 1e6) / reading.requests,
    /** the share of the core that other programs had */
    others,
    /** the share of the rest that the subject used */
    busy: cpu / (duration * Math.max(0.1, 1 - others)),
    /** answers that somebody had to make in this round, for each request */
    made: answers / reading.requests,
  };
}

function summaries(subjects) {
  const reference = subjects.find(({ name }) => name === REFERENCE);
  const all = (subject, figure) => subject.rounds.map((round) => round[figure]);
  return subjects.map((subject) => ({
    name: subject.name,
    label: SUBJECTS[subject.name].label,
    perSecond: spread(all(subject, 'perSecond')),
    rounds: all(subject, 'perSecond'),
    cpuRounds: all(subject, 'cpuMicros'),
    ratio: ratio(all(subject, 'perSecond'), all(reference, 'perSecond')),
    cpuMicros: spread(all(subject, 'cpuMicros')),
    /** the other way up, so that more is better in both */
    cpuRatio: ratio(all(reference, 'cpuMicros'), all(subject, 'cpuMicros')),
    busy: spread(all(subject, 'busy')),
    others: spread(all(subject, 'others')),
    made: spread(all(subject, 'made')),
    p50: spread(all(subject, 'p50')),
    p99: spread(all(subject, 'p99')),
    failed: all(subject, 'failed').reduce((sum, failed) => sum + failed, 0),
  }));
}
