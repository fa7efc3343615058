import { readCatalogue, type DatabaseCatalogue } from './catalogue';
import { connectTo, disconnect } from './replication';
import { runOn } from './session';
import { presentPublications, publicationNames, readSlot, serverVersion, type SlotState } from './setup';

/** What a database is like, for who explains it. */
export interface DatabaseSurvey {
  readonly catalogue: DatabaseCatalogue;
  readonly present: readonly string[];
  readonly slot: SlotState | undefined;
  /** bytes of the log that its disk holds for the slot; undefined: there is none */
  readonly heldBytes: number | undefined;
  /** as `max_slot_wal_keep_size` has it; undefined: without limit */
  readonly mostHeld: string | undefined;
  /** commits would wait for the reader of its log */
  readonly awaitsAll: boolean;
  /** the role may read the log */
  readonly mayReplicate: boolean;
}

/**
 * Looks at a database, and changes nothing.
 * @throws CaptureFault, or an Error of pg or of the system
 */
export async function surveyDatabase({
  url,
  slot,
  publication,
}: {
  readonly url: string;
  readonly slot: string;
  readonly publication: string;
}): Promise<DatabaseSurvey> {
  const client = await connectTo(url);
  try {
    const run = runOn(client);
    const version = await serverVersion(run);
    const [settings] = await run(
      `select current_setting('max_slot_wal_keep_size') as most, current_setting('synchronous_standby_names') as standbys,
        (select rolreplication or rolsuper from pg_roles where rolname = current_user)
          or exists (select from pg_roles where rolname = 'rds_replication' and pg_has_role(current_user, oid, 'member')) as replicates,
        (select (pg_current_wal_lsn() - restart_lsn)::float8 from pg_replication_slots where slot_name = $1) as held`,
      [slot],
    );
    const { most, standbys, replicates, held } = settings as {
      most: string;
      standbys: string;
      replicates: boolean | null;
      held: number | null;
    };
    return {
      catalogue: await readCatalogue(run, publicationNames(publication), version),
      present: await presentPublications(run, publication),
      slot: await readSlot(run, slot, version),
      heldBytes: held ?? undefined,
      mostHeld: most === '-1' ? undefined : most,
      awaitsAll: standbys.includes('*'),
      mayReplicate: replicates === true,
    };
  } finally {
    disconnect(client);
  }
}
