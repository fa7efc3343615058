import { formatDatabasePosition, parseDatabasePosition, POSITION_SQL } from '../../purge/database-position';
import { ok, warning, type DoctorCheck, type DoctorOptions, type Observation } from '../check';

export const READ_REPLICA_CHECKS: readonly DoctorCheck[] = [
  {
    id: 'read-replica',
    title: 'does the API that reads from a replica say how far that is',
    needs: [],
    run: async ({ options: { upstream }, timeoutMs }) =>
      upstream?.replica ? [await ask(upstream, upstream.replica, timeoutMs)] : [],
  },
];

async function ask(
  { headers }: Pick<NonNullable<DoctorOptions['upstream']>, 'headers'>,
  { url, positionHeader }: NonNullable<NonNullable<DoctorOptions['upstream']>['replica']>,
  timeoutMs: number,
): Promise<Observation> {
  let said: string | null;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept: 'application/json', ...headers, 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    said = response.headers.get(positionHeader);
  } catch {
    return warning(
      `the API of UPSTREAM_READ_URL does not answer within ${timeoutMs} ms, so that each miss is asked of UPSTREAM_URL`,
      'Check UPSTREAM_READ_URL, and see whether the API runs.',
    );
  }
  const position = parseDatabasePosition(said ?? '');
  return position
    ? ok(
        `the API of UPSTREAM_READ_URL says up to where its replica has replayed: ${formatDatabasePosition(position)}`,
      )
    : warning(
        said === null
          ? `the API of UPSTREAM_READ_URL answers without the header ${positionHeader}, so that it is never believed`
          : `the API of UPSTREAM_READ_URL says in the header ${positionHeader} what is no place in the log of a database, so that it is never believed`,
        `Have it say there what this gives before it reads: ${POSITION_SQL} Where that is null, it reads from no replica.`,
      );
}
