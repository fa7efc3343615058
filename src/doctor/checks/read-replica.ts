import { formatDatabasePosition, parseDatabasePosition, POSITION_SQL } from '../../purge/database-position';
import { ok, warning, type DoctorCheck, type DoctorOptions, type Observation } from '../check';
import { askApi } from './upstream';

export const READ_REPLICA_CHECKS: readonly DoctorCheck[] = [
  {
    id: 'read-replica',
    title: 'does the API that reads from a replica say how far that is',
    needs: [],
    run: ({ options: { upstream }, timeoutMs }) =>
      upstream?.replica ? ask(upstream, upstream.replica, timeoutMs) : [],
  },
];

async function ask(
  { headers: own }: Pick<NonNullable<DoctorOptions['upstream']>, 'headers'>,
  { url, positionHeader }: NonNullable<NonNullable<DoctorOptions['upstream']>['replica']>,
  timeoutMs: number,
): Promise<Observation[]> {
  const name = 'the API that reads from a replica';
  const { found, headers } = await askApi({
    name,
    variable: 'UPSTREAM_READ_URL',
    url,
    headers: own,
    timeoutMs,
  });
  if (found.severity === 'error')
    return [warning(`${found.what}, so each miss goes to UPSTREAM_URL`, found.remedy)];
  const said = headers[positionHeader];
  const position = parseDatabasePosition(said ?? '');
  return [
    found,
    position
      ? ok(`${name} sends the position of the replica: ${formatDatabasePosition(position)}`)
      : warning(
          said === undefined
            ? `${name} answers without the header ${positionHeader}, so its answers are never used`
            : `${name} sends something other than a log position in the header ${positionHeader}, so its answers are never used`,
          `Have it send there the result of this, run before it reads: ${POSITION_SQL} If that is null, it does not read from a replica.`,
        ),
  ];
}
