import { Client, type ClientConfig } from 'pg';
import { parseLsn, type Lsn } from '../purge/database-position';

/** How this calls itself in `pg_stat_activity`; `synchronous_standby_names` must not name it. */
export const APPLICATION_NAME = 'lastmile-capture';

/**
 * Milliseconds after which PostgreSQL takes who has the slot for gone when it is silent: then another gets it. That of the server,
 * a minute, would be too long; it may be set for one connection.
 */
const SENDER_TIMEOUT_MS = 3_000;
/** To connect and to begin to stream, and for any one statement. Milliseconds. */
const CONNECT_MS = 5_000;
const STATEMENT_MS = 10_000;

/** Between 1970 and 2000, from which PostgreSQL counts. Microseconds. */
const POSTGRES_EPOCH = 946_684_800_000_000n;

/** Whose log it is. */
export interface DatabaseSystem {
  readonly system: string;
  readonly timeline: string;
  readonly database: string;
}

/** An ordinary connection, on which no statement takes for ever. Ends by {@link disconnect}. @throws Error of pg, or of the system */
export async function connectTo(url: string): Promise<Client> {
  return opened({
    connectionString: url,
    application_name: APPLICATION_NAME,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + CONNECT_MS,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  });
}

async function opened(config: ClientConfig & { replication?: string }): Promise<Client> {
  const client = new Client(config);
  // A server that ends says so here; who uses the connection is told by the next statement. Unheard, it would end this process.
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    destroy(client);
    throw error;
  }
}

/** Milliseconds in which a server that is there has ended a connection. */
const END_MS = 1_000;

/** Ends a connection, also to a server that is silent. Never throws. */
export function disconnect(client: Client): void {
  client.end().catch(() => {});
  setTimeout(() => destroy(client), END_MS).unref();
}

/** What pg has and its types do not name. */
interface WireConnection {
  readonly stream: { destroy(): void };
  on(event: 'copyData', listener: (message: { readonly chunk: Buffer }) => void): void;
  once(event: 'replicationStart' | 'copyBothResponse', listener: () => void): void;
  sendCopyFromChunk(chunk: Buffer): void;
}

function wireOf(client: Client): WireConnection {
  return (client as unknown as { connection: WireConnection }).connection;
}

/** At once: an open replication connection takes the place of a standby, also where it is of no use any more. */
function destroy(client: Client): void {
  wireOf(client).stream.destroy();
}

/** Told of what a stream brings, in order, as it comes. Must not throw. */
export interface StreamHandlers {
  /** one message of the plugin; its bytes are valid until this returns */
  message(bytes: Buffer): void;
  /** The server has sent all up to here. */
  upTo(position: Lsn): void;
}

/** A replication connection. */
export class ReplicationStream {
  readonly #client: Client;
  #confirmed: Lsn = 0n;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** @throws Error of pg, or of the system */
  static async open(url: string): Promise<ReplicationStream> {
    const client = await opened({
      connectionString: url,
      application_name: APPLICATION_NAME,
      replication: 'database',
      options: `-c wal_sender_timeout=${SENDER_TIMEOUT_MS}`,
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
    });
    return new ReplicationStream(client);
  }

  /** @throws Error of pg, also when the server is silent */
  async identify(): Promise<DatabaseSystem> {
    const { rows } = await this.#answered(this.#client.query('IDENTIFY_SYSTEM'));
    const { systemid, timeline, dbname } = rows[0] as Record<string, unknown>;
    return { system: String(systemid), timeline: String(timeline), database: String(dbname) };
  }

  /**
   * Begins to stream. Resolves once the slot is this connection's.
   * @param from the server passes over what was committed before
   * @returns rejects when the stream ends, whatever ends it; never resolves
   * @throws Error with the code 55006 while another has the slot; another when the server is silent
   */
  async start(
    {
      slot,
      from,
      publications,
    }: { readonly slot: string; readonly from: string; readonly publications: readonly string[] },
    handlers: StreamHandlers,
  ): Promise<{ readonly ended: Promise<never> }> {
    const wire = wireOf(this.#client);
    wire.on('copyData', ({ chunk }) => this.#data(chunk, handlers));
    const started = new Promise<void>((resolve) => wire.once('replicationStart', resolve));
    const names = publications.map((name) => `"${name}"`).join(',');
    const ended = this.#client
      .query(
        `START_REPLICATION SLOT "${slot}" LOGICAL ${from} (proto_version '1', publication_names '${names}', messages 'true')`,
      )
      .then((): never => {
        throw new Error('Connection terminated: the server ended the stream');
      });
    // Who awaits it hears of it; until then it must not count as unheard.
    ended.catch(() => {});
    await this.#answered(Promise.race([started, ended]));
    return { ended };
  }

  /** Tells the server that all up to a position is done with. Never throws. */
  confirm(position: Lsn): void {
    if (position > this.#confirmed) this.#confirmed = position;
    this.#sendStatus();
  }

  close(): void {
    destroy(this.#client);
  }

  /** pg waits for an answer for as long as the connection stands, and no time-out of a statement holds for these. */
  async #answered<T>(answer: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.close(), CONNECT_MS);
    return answer.finally(() => clearTimeout(timer));
  }

  /** `w` brings a message, `k` asks whether we are here (documentation of PostgreSQL 15, 55.4). */
  #data(chunk: Buffer, handlers: StreamHandlers): void {
    if (chunk[0] === 0x77) {
      handlers.message(chunk.subarray(25));
    } else if (chunk[0] === 0x6b) {
      handlers.upTo(chunk.readBigUInt64BE(1));
      if (chunk[17] === 1) this.#sendStatus();
    }
  }

  #sendStatus(): void {
    const status = Buffer.alloc(34);
    status[0] = 0x72;
    // Written, flushed, applied: it is all the same here.
    for (const at of [1, 9, 17]) status.writeBigUInt64BE(this.#confirmed, at);
    status.writeBigInt64BE(BigInt(Date.now()) * 1000n - POSTGRES_EPOCH, 25);
    wireOf(this.#client).sendCopyFromChunk(status);
  }
}

/** @throws Error when it is none, which no server sends */
export function lsnOf(text: unknown): Lsn {
  const lsn = parseLsn(String(text));
  if (lsn === undefined) throw new Error(`PostgreSQL gives ${String(text)} for a position`);
  return lsn;
}
