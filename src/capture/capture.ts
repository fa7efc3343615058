import { setTimeout as pause } from 'node:timers/promises';
import { LastmileError } from '../report/error';
import { readCatalogue, type RunSql } from './catalogue';
import { captureOutage, CaptureFault, sqlState } from './faults';
import { Mapping } from './mapping';
import { connectTo, disconnect, ReplicationStream } from './replication';
import { CaptureSession, Restart, runOn, type CaptureOptions } from './session';
import {
  dropSlot,
  makeSlot,
  presentPublications,
  publicationNames,
  publishingSql,
  readSlot,
  serverVersion,
} from './setup';

/**
 * starting   nothing was read yet, or the reason why not was reported
 * standby    another process reads the log; this one takes its place when it goes
 * capturing  it reads the log
 */
export type CaptureState = 'starting' | 'standby' | 'capturing';

/** Counts are since the start. */
export interface CaptureStats {
  readonly state: CaptureState;
  readonly transactions: number;
  readonly changes: number;
  /** purges appended, and those that were appended once more since their change was not visible at first */
  readonly tags: number;
  readonly tagsAgain: number;
  /** times that everything was purged since it was not known what had changed */
  readonly purgedAll: number;
  /** bytes of the database's log that are kept for the slot, as last asked; undefined: not known */
  readonly heldBytes: number | undefined;
  /** bytes of it that are not yet turned into purges */
  readonly lagBytes: number | undefined;
}

/** Between two looks at who has the slot, at how much of the log it holds, and two attempts. Milliseconds. */
const STANDBY_MS = 500;
const LAG_MS = 10_000;
const RETRY_MS = 1_000;

/**
 * Reads a database's own log through a replication slot, and appends what each commit purges, in order. Of several that do, one
 * has the slot. It goes on by itself whatever fails, and says why it does not.
 */
export class Capture {
  readonly #options: CaptureOptions;
  readonly #ending = new AbortController();
  readonly #counts = { transactions: 0, changes: 0, tags: 0, tagsAgain: 0, purgedAll: 0 };
  #state: CaptureState = 'starting';
  #session: CaptureSession | undefined;
  #running: Promise<void> | undefined;
  #lag: Pick<CaptureStats, 'heldBytes' | 'lagBytes'> = { heldBytes: undefined, lagBytes: undefined };
  /** the slot begins where a publication is not yet, and is of no use */
  #isSlotSpoilt = false;

  constructor(options: CaptureOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Another schema may map other tables. */
  schemaChanged(): void {
    this.#session?.look();
  }

  async close(): Promise<void> {
    this.#ending.abort();
    this.#session?.close();
    await this.#running;
  }

  stats(): CaptureStats {
    const { transactions = 0, changes = 0 } = this.#session?.counts ?? {};
    return {
      ...this.#counts,
      state: this.#state,
      transactions: this.#counts.transactions + transactions,
      changes: this.#counts.changes + changes,
      ...this.#lag,
    };
  }

  async #run(): Promise<void> {
    const { outages, place } = this.#options;
    while (!this.#ending.signal.aborted) {
      if (this.#options.schema()) {
        try {
          await this.#once();
        } catch (error) {
          if (this.#ending.signal.aborted) return;
          if (sqlState(error) === '42704' && /publication/.test((error as Error).message))
            this.#isSlotSpoilt = true;
          if (error instanceof Restart) continue;
          // Of the purge log that is said already.
          if (!(error instanceof LastmileError)) outages.failed(captureOutage(place, error), 'capture');
        } finally {
          this.#end();
        }
      }
      await this.#pause(RETRY_MS);
    }
  }

  #end(): void {
    const { transactions = 0, changes = 0 } = this.#session?.counts ?? {};
    this.#counts.transactions += transactions;
    this.#counts.changes += changes;
    this.#session = undefined;
    this.#state = 'starting';
    this.#lag = { heldBytes: undefined, lagBytes: undefined };
  }

  /** Until something fails. */
  async #once(): Promise<void> {
    const { url, slot, report, place } = this.#options;
    const sql = await connectTo(url);
    const run = runOn(sql);
    let stream: ReplicationStream | undefined;
    try {
      const version = await serverVersion(run);
      const isNew = await this.#ownSlot(run, version);
      if (isNew === undefined) return;
      stream = await ReplicationStream.open(url);
      const session = new CaptureSession(this.#options, { run, stream, version, count: this.#count });
      this.#session = session;
      await session.begin(isNew);
      this.#state = 'capturing';
      report.info(
        { slot, address: place.address },
        `captures what changes in ${place.name} at ${place.address}`,
      );
      await Promise.race([session.run(), this.#watchLag(run)]);
    } catch (error) {
      // Another was faster.
      if (sqlState(error) !== '55006') throw error;
      this.#state = 'standby';
    } finally {
      this.#session?.close();
      stream?.close();
      disconnect(sql);
    }
  }

  readonly #count = (what: 'tags' | 'tagsAgain' | 'purgedAll', by: number): void => {
    this.#counts[what] += by;
    // A process that appends has read.
    this.#options.outages.well(this.#options.place, 'capture');
  };

  /**
   * Waits until no process reads the slot, and creates it if it is missing.
   * @returns whether it is new; undefined at the end
   */
  async #ownSlot(run: RunSql, version: number): Promise<boolean | undefined> {
    const { slot, publication, report, place, outages } = this.#options;
    while (!this.#ending.signal.aborted) {
      const state = await readSlot(run, slot, version);
      if (state?.activePid !== undefined) {
        if (this.#state !== 'standby')
          report.info({ slot }, `another process captures what changes in ${place.name}; this one stands by`);
        this.#state = 'standby';
        outages.well(place, 'capture');
        await this.#pause(STANDBY_MS);
        continue;
      }
      await this.#requirePublication(run, publication, version);
      const isUseless = state !== undefined && (state.isLost || this.#isSlotSpoilt);
      if (isUseless && !(await dropSlot(run, slot))) continue;
      if (state && !isUseless) return false;
      await makeSlot(run, slot);
      this.#isSlotSpoilt = false;
      if (isUseless)
        report.warn(
          { slot, remedy: 'Raise max_slot_wal_keep_size, or see why nothing read the slot for so long.' },
          'the replication slot was lost, and is made again',
        );
      return true;
    }
    return undefined;
  }

  /** The slot has to begin after it. @throws CaptureFault with the statements for the tables' owner */
  async #requirePublication(run: RunSql, publication: string, version: number): Promise<void> {
    const present = await presentPublications(run, publication);
    if (present.includes(publication)) return;
    const schema = this.#options.schema();
    if (!schema) return;
    const mapping = new Mapping(schema, await readCatalogue(run, publicationNames(publication), version));
    const tables = mapping.concerned().filter(({ isLogged }) => isLogged);
    throw new CaptureFault(
      'publication',
      `has no publication ${publication}`,
      tables.length === 0
        ? 'No type of the schema has @table with a table that is there: declare some, or run `lastmile check`, which proposes them.'
        : `Have the owner of the tables run: ${publishingSql(publication, present, tables)}`,
    );
  }

  async #watchLag(run: RunSql): Promise<void> {
    const { slot } = this.#options;
    while (!this.#ending.signal.aborted) {
      const [row] = await run(
        `select (pg_current_wal_lsn() - restart_lsn)::float8 as held, (pg_current_wal_lsn() - confirmed_flush_lsn)::float8 as lag
         from pg_replication_slots where slot_name = $1`,
        [slot],
      );
      const { held, lag } = (row ?? {}) as { held?: number | null; lag?: number | null };
      this.#lag = {
        heldBytes: held ?? undefined,
        lagBytes: lag === null || lag === undefined ? undefined : Math.max(0, lag),
      };
      await this.#pause(LAG_MS);
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return pause(milliseconds, undefined, { signal: this.#ending.signal }).catch(() => {});
  }
}
