import type { CheckReport } from '../../check/report';
import { causeOf } from '../../report/cause';
import { LastmileError } from '../../report/error';
import { error, ok, warning, type Observation, type OptionsCheck } from '../check';

/** What a gateway would begin with: it is read once more, as that would read it. */
export const SCHEMA_CHECKS: readonly OptionsCheck[] = [
  {
    id: 'schema',
    title: 'can the schema be read, and may anything be kept',
    run: async ({ readSchema }) => (readSchema ? [await observed(readSchema)] : []),
  },
];

async function observed(readSchema: () => Promise<CheckReport>): Promise<Observation> {
  try {
    return observation(await readSchema());
  } catch (cause) {
    if (cause instanceof LastmileError)
      return error(
        `the schema cannot be read: ${cause.message} (${cause.detail ?? cause.code})`,
        cause.remedy,
      );
    const { what, remedy } = causeOf(cause);
    return error(`the schema cannot be read: the API ${what}`, remedy('UPSTREAM_URL'));
  }
}

function observation({ isRead, cached, rootFields, counts, findings }: CheckReport): Observation {
  const first = findings.find(({ severity }) => severity === 'error');
  if (!isRead)
    return error(
      `the schema cannot be read: ${first?.message ?? 'it has an error'}`,
      'Run `lastmile check`: it says where that is, and what to do.',
    );
  const { error: errors, warning: warnings } = counts;
  const found = `${counted(errors, 'error')} and ${counted(warnings, 'warning')}`;
  if (errors > 0)
    return error(
      `\`lastmile check\` finds ${found} in the schema`,
      'Run it: it says where they are, and what to do.',
    );
  if (cached.length === 0 && rootFields.every(({ maxAge }) => maxAge === 0))
    return warning(
      'nothing may be kept: no type and no root field has a maxAge',
      'Add @cacheControl(maxAge: ...) in a file of SCHEMA: `lastmile check` prints the lines.',
    );
  return ok(`answers with ${counted(cached.length, 'type')} may be kept (\`lastmile check\`: ${found})`);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
