import { parseArgs } from 'node:util';
import { SUBJECTS, subjectNamed, type Subject } from './subjects';

export interface OracleOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly subjects: readonly Subject[];
  readonly questions: number;
  readonly mutations: number;
  readonly pastTheGateway: boolean;
  readonly capture: boolean;
  readonly examples: boolean;
  readonly losses: boolean;
  readonly out: string | undefined;
}

export const USAGE = `npm run oracle -- [options]

Puts the gateway before servers of other makes, and compares what it answers with what they answer themselves.

  --minutes 5           for all servers together, each as long as the others
  --seed 1              the same seed asks the same
  --servers a,b         only these: ${SUBJECTS.map(({ name }) => name).join(', ')}
  --questions 150       asked again after every mutation
  --mutations 40        before a server begins again with fresh data and other questions
  --no-examples         only the table
  --losses              the share of unchanged answers lost to each mutation
  --out FILE            all of it as JSON
  --past-the-gateway    make mutations without the gateway's knowledge: status 0 when every change is found stale
  --capture             with the database's own log: changed by mutations and by SQL alone, each without the log and with it

Exit status: 0 nothing is stale but what lastmile check foretells, 1 something is, 2 wrong usage.
`;

/** @throws Error that says what is wrong with the arguments */
export function readOptions(args: readonly string[]): OracleOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      servers: { type: 'string', default: SUBJECTS.map(({ name }) => name).join(',') },
      questions: { type: 'string', default: '150' },
      mutations: { type: 'string', default: '40' },
      'no-examples': { type: 'boolean', default: false },
      losses: { type: 'boolean', default: false },
      out: { type: 'string' },
      'past-the-gateway': { type: 'boolean', default: false },
      capture: { type: 'boolean', default: false },
    },
  });
  const subjects = values.servers.split(',').map(subjectNamed);
  return {
    minutes: positive('minutes', values.minutes),
    seed: positive('seed', values.seed),
    subjects: values.capture ? capturable(subjects, values.servers) : subjects,
    questions: positive('questions', values.questions),
    mutations: positive('mutations', values.mutations),
    pastTheGateway: values['past-the-gateway'],
    capture: values.capture,
    examples: !values['no-examples'],
    losses: values.losses,
    out: values.out,
  };
}

function capturable(subjects: readonly Subject[], names: string): readonly Subject[] {
  const able = subjects.filter(({ captured }) => captured);
  if (able.length > 0) return able;
  throw new RangeError(`--capture can be shown on none of ${names}.`);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`--${name} is ${text}: give a number above 0.`);
}
