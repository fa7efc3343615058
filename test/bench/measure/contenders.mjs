import { setTimeout as pause } from 'node:timers/promises';
import { writePlan } from '../load/plan.mjs';
import { SUBJECTS } from '../subjects/subjects.mjs';
import { exchange, forEach } from '../workload/exchange.mjs';
import { FRESH } from '../workload/requests.mjs';
import { ask, sampleOf } from '../workload/verify.mjs';
import { referenceOf, revalidating } from './reference.mjs';

export const REFERENCE = 'bare';

/** Servers that write what they were told, whatever they are asked. */
export const isBare = (name) => name.startsWith('bare');

const SAMPLE = 24;
const READY_MS = 30_000;

/**
 * Starts the subjects of a row and has each answer everything once, right. A peer that cannot is left out, and the
 * notes say so; Lastmile has to.
 */
export async function startSubjects(row, world, workload) {
  const subjects = [];
  const notes = [];
  for (const name of row.subjects.filter((each) => !isBare(each))) {
    try {
      subjects.push(await prepared(row, world, workload, name));
    } catch (error) {
      if (isOurs(name)) throw error;
      notes.push(`${SUBJECTS[name].label} was left out: ${firstLine(error)}`);
    }
  }
  const [{ replies }] = subjects;
  world.bytes = referenceOf(replies, row.load.revalidate ? 304 : 200);
  notes.push(`bare writes ${world.bytes.status === 304 ? 'a 304' : `${world.bytes.body.length} bytes`}`);
  const encoding = replies[0].headers['content-encoding'];
  if (row.load.workload === 'compressed')
    notes.push(encoding ? `Lastmile's answers are encoded with ${encoding}` : 'Lastmile did not compress');
  const { plan } = subjects[0];
  for (const name of row.subjects.filter(isBare).toReversed())
    subjects.unshift({ name, ...(await world.start(name)), plan, rounds: [] });
  return { subjects, notes };
}

/** Notes on peers that do not answer right after the load. @throws AssertionError when it is Lastmile */
export async function wrongAnswers(subjects, workload) {
  const notes = [];
  for (const { name, port } of subjects.filter((subject) => !isBare(subject.name))) {
    try {
      await ask(port, sampleOf(workload, SAMPLE));
    } catch (error) {
      if (isOurs(name)) throw error;
      notes.push(`${SUBJECTS[name].label} answered wrongly after the load: ${firstLine(error)}`);
    }
  }
  return notes;
}

async function prepared(row, world, workload, name) {
  const running = await world.start(name);
  const sample = sampleOf(workload, SAMPLE);
  await ask(running.port, sample);
  if (!workload.requests.some(({ body }) => body.includes(FRESH))) {
    const isReady = workload.isReady ?? (() => true);
    const until = performance.now() + READY_MS;
    await forEach(workload.requests, async (request) => {
      while (!isReady(await exchange(running.port, request))) {
        if (performance.now() > until) throw new Error(`its answers are not ready after ${READY_MS} ms`);
        await pause(10);
      }
    });
  }
  // Now from the cache.
  const replies = await ask(running.port, sample);
  const sent = row.load.revalidate ? await revalidating(workload, running.port) : workload;
  return { name, ...running, replies, plan: writePlan(sent), rounds: [] };
}

const isOurs = (name) => name.startsWith('lastmile');

const firstLine = (error) => error.message.split('\n')[0];
