/** A trial's database whose own log the gateway reads. */
import { Client } from 'pg';
import { caughtUp } from '../kit/caught-up';
import type { PostgresServer } from '../kit/postgres';
import type { CheckOutput } from './warnings';

/** Settings of a server whose log is read. */
export const WITH_LOG = { wal_level: 'logical', max_replication_slots: 20, max_wal_senders: 20 };

/** What `lastmile check` says of a table's publication, and the statements that it has the owner run. */
const TO_PUBLISH = /run: (.*)$/;

/** A connection to a trial's database, beside the server's own. */
export async function connectTo(url: string): Promise<Client> {
  const client = new Client(url);
  // The server is ended at its fast shutdown, and says so to whoever is connected.
  client.on('error', () => {});
  await client.connect();
  return client;
}

export class CapturedDatabase {
  readonly #postgres: PostgresServer;
  readonly #client: Client;
  readonly #slot: string;
  readonly env: Readonly<Record<string, string>>;

  constructor(postgres: PostgresServer, client: Client, url: string) {
    this.#postgres = postgres;
    this.#client = client;
    this.#slot = `slot_${client.database}`;
    this.env = {
      CAPTURE_URL: url,
      CAPTURE_SLOT: this.#slot,
      // Served from the cache only while the database is known: what is not is no hit, and none of it counts as stale.
      CAPTURE_REQUIRED: '1',
      // What is compared waits for what is purged, and not for the bound: a busy machine is to cost no hits.
      CAPTURE_BOUND_MS: '60000',
      CAPTURE_MAX_TAGS: '20',
    };
  }

  /** Does as its operator is told. @param report what `lastmile check --json` printed */
  async publish({ database }: CheckOutput): Promise<void> {
    for (const { variable, remedy } of database?.problems ?? [])
      if (variable === 'CAPTURE_PUBLICATION') await this.#client.query(TO_PUBLISH.exec(remedy)?.[1] ?? '');
  }

  /** Resolves when all that is committed by now is purged, which is before the bound. */
  async caughtUp(adminUrl: string): Promise<void> {
    const { rows } = await this.#client.query<{ lsn: string }>(
      'select pg_current_wal_insert_lsn()::text as lsn',
    );
    await caughtUp(adminUrl, rows[0]!.lsn);
  }

  /** Lets the server forget how far its log was read. */
  async close(): Promise<void> {
    await this.#postgres.sql(
      `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '${this.#slot}' and not active`,
    );
  }
}
