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
    return [warning(`${found.what}, so that each miss is asked of UPSTREAM_URL`, found.remedy)];
  const said = headers[positionHeader];
  const position = parseDatabasePosition(said ?? '');
  return [
    found,
    position
      ? ok(`${name} says up to where that has replayed: ${formatDatabasePosition(position)}`)
      : warning(
          said === undefined
            ? `${name} answers without the header ${positionHeader}, so that it is never believed`
            : `${name} says in the header ${positionHeader} what is no place in the log of a database, so that it is never believed`,
          `Have it say there what this gives before it reads: ${POSITION_SQL} Where that is null, it reads from no replica.`,
        ),
  ];
}
