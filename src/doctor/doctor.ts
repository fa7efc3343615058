import {
  type DoctorFinding,
  type DoctorSeverity,
  warning,
  type Observation,
  closeAll,
  connectAll,
  type DoctorCheck,
  type DoctorOptions,
  type OptionsCheck,
  besideRedis,
} from './check';
import { ADDRESS_CHECKS, REACH_CHECKS } from './checks/reach';
import { DATABASE_CHECKS } from './checks/database';
import { ENCRYPTION_CHECKS } from './checks/encryption';
import { FRESHNESS_CHECKS, LOG_REPLICA_CHECKS } from './checks/purge-log';
import { GATEWAY_CHECKS } from './checks/gateway';
import { KEY_CHECKS } from './checks/keys';
import { MEMORY_CHECKS } from './checks/memory';
import { PRIMARY_URL_CHECKS, SEALED_ENTRY_CHECKS, SHARED_SECRET_CHECKS } from './checks/gateways';
import { READ_REPLICA_CHECKS } from './checks/read-replica';
import { REPLICATION_CHECKS, ROLE_CHECKS } from './checks/replication';
import { RIGHTS_CHECKS } from './checks/rights';
import { SCHEMA_CHECKS } from './checks/schema';
import { UPSTREAM_CHECKS } from './checks/upstream';

const WIDEST = 7;

/** Findings as lines for a terminal: what was found, below it what to do, and at the end how many of each kind. */
export function formatFindings(findings: readonly DoctorFinding[]): string {
  const width = Math.max(0, ...findings.map(({ id }) => id.length));
  const indent = ' '.repeat(WIDEST + width + 6);
  const lines = findings.flatMap(({ id, severity, what, remedy }) => [
    `  ${severity.padEnd(WIDEST)}  ${id.padEnd(width)}  ${what}`,
    ...(remedy === '' ? [] : [`${indent}${remedy}`]),
  ]);
  const count = (wanted: DoctorSeverity) => findings.filter(({ severity }) => severity === wanted).length;
  const total = `${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}, ${count('ok')} ok`;
  return `${lines.join('\n')}\n\n  ${total}\n`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** What is asked first, whether or not there is a Redis. */
export const API_CHECKS: readonly OptionsCheck[] = [...UPSTREAM_CHECKS, ...SCHEMA_CHECKS];

/** Every other check, in the order of the findings: what others rest on comes first. */
export const DOCTOR_CHECKS: readonly DoctorCheck[] = [
  ...REACH_CHECKS,
  ...ADDRESS_CHECKS,
  ...ENCRYPTION_CHECKS,
  ...ROLE_CHECKS,
  ...FRESHNESS_CHECKS,
  ...GATEWAY_CHECKS.map(besideRedis),
  ...LOG_REPLICA_CHECKS,
  ...MEMORY_CHECKS,
  ...REPLICATION_CHECKS,
  ...RIGHTS_CHECKS,
  ...KEY_CHECKS,
  ...SEALED_ENTRY_CHECKS,
  ...PRIMARY_URL_CHECKS,
  ...SHARED_SECRET_CHECKS,
  ...DATABASE_CHECKS,
  ...READ_REPLICA_CHECKS,
];

const REDIS_REMEDY =
  'Set REDIS_URL for more than one process or region. If the gateway has it already, run this with the settings of that gateway.';

/** Examines the API behind the gateway, a region's Redis, the primary, and what lies between. Never throws for what it finds. */
export async function doctor(options: DoctorOptions): Promise<DoctorFinding[]> {
  const configured = (options.warnings ?? []).map(({ variable, problem, remedy }) => ({
    id: 'configuration',
    ...warning(`${variable}: ${problem}`, remedy),
  }));
  const upstream = await examine(UPSTREAM_CHECKS, options);
  // Why the API cannot be asked for its schema is said already.
  const isAway = upstream.some(({ severity }) => severity === 'error');
  const before = [...configured, ...upstream, ...(isAway ? [] : await examine(SCHEMA_CHECKS, options))];
  if (!options.redis) {
    const what = 'REDIS_URL is not set here: without a Redis, entries and purges stay in one process';
    return [
      ...before,
      ...(await examine(GATEWAY_CHECKS, options)),
      { id: 'reach', ...warning(what, REDIS_REMEDY) },
    ];
  }
  const context = await connectAll(options, options.redis);
  try {
    const asked = DOCTOR_CHECKS.filter(({ needs }) => !needs.some((part) => context[part].fault));
    return [...before, ...(await examine(asked, context))];
  } finally {
    closeAll(context);
  }
}

/** One check after the other. */
async function examine<Subject>(
  checks: readonly Check<Subject>[],
  subject: Subject,
): Promise<DoctorFinding[]> {
  const findings: DoctorFinding[] = [];
  for (const check of checks)
    for (const observation of await observations(check, subject))
      findings.push({ id: check.id, ...observation });
  return findings;
}

interface Check<Subject> {
  readonly id: string;
  readonly title: string;
  readonly run: (subject: Subject) => Observation[] | Promise<Observation[]>;
}

/** A connection can break while it is asked: that, too, is a finding, and the other checks go on. */
async function observations<Subject>(
  { title, run }: Check<Subject>,
  subject: Subject,
): Promise<Observation[]> {
  try {
    return await run(subject);
  } catch (cause) {
    return [warning(`this could not be found out: ${title}? (${(cause as Error).message})`, 'Ask again.')];
  }
}
