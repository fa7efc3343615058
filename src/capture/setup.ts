import type { Mapping } from './mapping';
import type { CatalogueTable, RunSql } from './catalogue';
import { CaptureFault, sqlState } from './faults';

/** What logical decoding and the functions that are asked need. */
const LEAST_VERSION = 140_000;

/** A replication slot, as the server has it. */
export interface SlotState {
  /** the process that reads it */
  readonly activePid: number | undefined;
  /** what was confirmed; in the database's form */
  readonly confirmed: string;
  /** it was invalidated, and nothing can be read from it any more */
  readonly isLost: boolean;
}

/**
 * The server's version, as 150020.
 * @throws CaptureFault when it has no log that can be read
 */
export async function serverVersion(run: RunSql): Promise<number> {
  const [row] = await run(
    `select current_setting('server_version_num')::int as version, current_setting('wal_level') as wal, pg_is_in_recovery() as recovering`,
  );
  const { version, wal, recovering } = row as { version: number; wal: string; recovering: boolean };
  if (version < LEAST_VERSION)
    throw new CaptureFault(
      'version',
      `is of version ${Math.floor(version / 10_000)}`,
      'PostgreSQL 14 or newer is needed.',
    );
  if (recovering)
    throw new CaptureFault(
      'standby',
      'is a standby',
      'Set CAPTURE_URL to the primary: it is what clients see first.',
    );
  if (wal !== 'logical')
    throw new CaptureFault(
      'wal_level',
      `has wal_level ${wal}`,
      'Set wal_level = logical and restart it; on RDS rds.logical_replication = 1, on Cloud SQL cloudsql.logical_decoding = on.',
    );
  return version;
}

/** @throws CaptureFault for a slot that is of something else */
export async function readSlot(run: RunSql, slot: string, version: number): Promise<SlotState | undefined> {
  const invalid = version >= 170_000 ? 'or invalidation_reason is not null' : '';
  const [row] = await run(
    `select plugin, database, current_database() as here, active_pid as pid, confirmed_flush_lsn::text as confirmed,
      (wal_status = 'lost' ${invalid}) as lost from pg_replication_slots where slot_name = $1`,
    [slot],
  );
  if (!row) return undefined;
  const { plugin, database, here, pid, confirmed, lost } = row as {
    plugin: string | null;
    database: string | null;
    here: string;
    pid: number | null;
    confirmed: string | null;
    lost: boolean | null;
  };
  if (plugin !== 'pgoutput' || database !== here)
    throw new CaptureFault(
      'slot',
      `has a slot ${slot} that is ${database === null ? 'physical' : `of the plugin ${plugin} in the database ${database}`}`,
      'Set CAPTURE_SLOT to another name, or drop that slot if nothing needs it.',
    );
  return { activePid: pid ?? undefined, confirmed: confirmed ?? '0/0', isLost: lost === true };
}

/** Waits until every transaction that writes has ended, as the server has it. @throws Error of pg: 57014 when that lasts */
export async function makeSlot(run: RunSql, slot: string): Promise<void> {
  await run('select pg_create_logical_replication_slot($1, $2)', [slot, 'pgoutput']);
}

/** @returns false while a process reads it */
export async function dropSlot(run: RunSql, slot: string): Promise<boolean> {
  try {
    await run('select pg_drop_replication_slot($1)', [slot]);
    return true;
  } catch (error) {
    // It is in use; or it was dropped a moment ago.
    if (sqlState(error) === '55006') return false;
    if (sqlState(error) === '42704') return true;
    throw error;
  }
}

/** The publication of tables with a key, and that of the others, in which every update would fail if updates were published. */
export function publicationNames(publication: string): readonly [keyed: string, keyless: string] {
  return [publication, `${publication}_keyless`];
}

/** Those of them that are there. */
export async function presentPublications(run: RunSql, publication: string): Promise<readonly string[]> {
  const rows = await run(
    'select pubname::text as name from pg_publication where pubname = any ($1) order by 1',
    [publicationNames(publication)],
  );
  return rows.map(({ name }) => name as string);
}

/** What keeps changes of mapped tables out of the log, or from being read there. */
export interface Unpublished {
  /** mapped tables of which changes are missing */
  readonly mapped: readonly CatalogueTable[];
  /** tables that refer to mapped ones, of which nothing is published */
  readonly children: readonly CatalogueTable[];
}

export function findUnpublished(mapping: Mapping): Unpublished {
  const logged = mapping.concerned().filter(({ isLogged }) => isLogged);
  const isMapped = (table: CatalogueTable): boolean => mapping.usesOf(table).length > 0;
  return {
    mapped: logged.filter((table) => isMapped(table) && !isWhole(table)),
    children: logged.filter((table) => !isMapped(table) && !table.publication.inserts),
  };
}

function isWhole({
  publication: { inserts, updates, deletes, truncates, isPartial },
}: CatalogueTable): boolean {
  return inserts && updates && deletes && truncates && !isPartial;
}

/** Whether the log can tell which row was changed: else a publication of updates would have every update of the table fail. */
export function hasIdentity({ identity, key }: CatalogueTable): boolean {
  return identity === 'full' || identity === 'index' || (identity === 'default' && key.length > 0);
}

/**
 * The statements that publish tables, for their owner: a role that may read the log may most often not make a publication.
 * @param present the publications that are there
 */
export function publishingSql(
  publication: string,
  present: readonly string[],
  tables: readonly CatalogueTable[],
): string {
  const [keyed, keyless] = publicationNames(publication);
  const parts = [
    { name: keyed, of: tables.filter(hasIdentity), options: 'publish_via_partition_root = true' },
    {
      name: keyless,
      of: tables.filter((table) => !hasIdentity(table)),
      options: `publish = 'insert, truncate', publish_via_partition_root = true`,
    },
  ];
  return parts
    .flatMap(({ name, of, options }) => {
      const list = of.map(quoted).toSorted().join(', ');
      if (present.includes(name)) return list === '' ? [] : [`ALTER PUBLICATION ${name} ADD TABLE ${list};`];
      if (list === '') return name === keyless ? [] : [`CREATE PUBLICATION ${name} WITH (${options});`];
      return [`CREATE PUBLICATION ${name} FOR TABLE ${list} WITH (${options});`];
    })
    .join(' ');
}

/** `public.post`, with quotes where PostgreSQL needs them. */
export function quoted({ schema, name }: Pick<CatalogueTable, 'schema' | 'name'>): string {
  return [schema, name]
    .map((part) => (/^[a-z_][a-z0-9_]*$/.test(part) ? part : `"${part.replaceAll('"', '""')}"`))
    .join('.');
}
