/** Waits for a gateway that reads a database's log. */
import { until } from './until';

/** A deadline for what does not come at all; a busy machine takes its time. */
const PATIENCE = { within: 100_000, every: 10 };

/**
 * Resolves once a gateway has applied the purges of all that was committed up to a position, and, with CAPTURE_REQUIRED, serves
 * from its cache.
 * @param lsn what `pg_current_wal_insert_lsn()` says after the commit, in a statement of its own
 */
export async function caughtUp(adminUrl: string, lsn: string): Promise<void> {
  const token = await until(
    'the log of the database is purged up to there',
    async () => {
      const response = await fetch(`${adminUrl}/reached`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ lsn }),
      });
      return ((await response.json()) as { token?: string }).token;
    },
    PATIENCE,
  );
  const seq = Number(token.split('-')[1]);
  await until(
    'the gateway has applied it, and knows that nothing is missing where it must',
    async () => {
      const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
      const figure = (name: string): number =>
        Number(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(metrics)?.[1]);
      // Before its first proof of the database the age is not a number, and nothing is served from the cache or put into it.
      return (
        figure('lastmile_purge_position_seq') >= seq &&
        Number.isFinite(figure('lastmile_database_age_seconds'))
      );
    },
    PATIENCE,
  );
}
