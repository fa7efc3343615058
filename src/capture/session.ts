import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import { KNOWN_INTERVAL_MS } from '../config/checks';
import type { Captured } from '../purge/captured';
import { formatLsn, parseLsn, type Lsn } from '../purge/database-position';
import type { CaptureLog } from '../purge/log';
import type { Position } from '../purge/position';
import { EVERYTHING, type Tag } from '../purge/tag';
import type { Log } from '../report/log';
import type { Outages, Place } from '../report/outages';
import { Appender } from './appender';
import { BatchQueue, type Batch } from './batches';
import { outlinePublished, readCatalogue, type RunSql } from './catalogue';
import { captureOutage, CaptureFault } from './faults';
import { Mapping, type MappedSchema } from './mapping';
import { LogReader } from './reader';
import { connectTo, disconnect, lsnOf, type DatabaseSystem, type ReplicationStream } from './replication';
import {
  findUnpublished,
  hasIdentity,
  presentPublications,
  publicationNames,
  publishingSql,
  quoted,
  readSlot,
} from './setup';
import { VisibleSnapshot } from './snapshot';

export interface CaptureOptions {
  readonly url: string;
  readonly slot: string;
  readonly publication: string;
  /** rows of a table in one transaction past which its type is purged instead */
  readonly maxTags: number;
  readonly log: CaptureLog;
  /** told what is about to be appended */
  readonly purging: (tags: ReadonlySet<Tag>) => void;
  /** undefined while it was not read */
  readonly schema: () => MappedSchema | undefined;
  readonly place: Place;
  readonly outages: Pick<Outages, 'failed' | 'well'>;
  readonly report: Pick<Log, 'info' | 'warn'>;
  /** monotonic milliseconds */
  readonly now: () => number;
}

/** What this writes into the database's log begins with it. */
const PREFIX = 'lastmile';
/** Between two messages there, and two looks at the catalogue, of which the shortest describe everything again. Milliseconds. */
const BEAT_MS = KNOWN_INTERVAL_MS;
const CATALOGUE_MS = 30_000;
const LEAST_CATALOGUE_MS = 250;
/** Messages under way. Behind a large transaction they wait, and the last says what matters. */
const MOST_BEATS = 5;

/** The tables that are read have changed, or what they are mapped to: begin again. */
export class Restart extends Error {}

export interface SessionParts {
  readonly run: RunSql;
  readonly stream: ReplicationStream;
  readonly version: number;
  readonly count: (what: 'tags' | 'tagsAgain' | 'purgedAll', by: number) => void;
}

/** One process's time with the slot. */
export class CaptureSession {
  readonly #options: CaptureOptions;
  readonly #parts: SessionParts;
  readonly #queue = new BatchQueue();
  readonly #end = new AbortController();
  readonly #name = randomBytes(6).toString('hex');
  /** messages under way -> the purge log's last position before */
  readonly #beats = new Map<string, Position>();
  #reader!: LogReader;
  #appender!: Appender;
  #ended!: Promise<never>;
  #system!: DatabaseSystem;
  #source = '';
  #generation = 0;
  #first: Batch | undefined;
  #isComplete = false;
  /** what was published when the tables were mapped */
  #outline = '';
  #wantsLook = false;
  #wakeLook: () => void = () => {};
  #heart: Client | undefined;
  #failRead!: (error: unknown) => void;
  readonly #readFailed = new Promise<never>((_, reject) => (this.#failRead = reject));

  constructor(options: CaptureOptions, parts: SessionParts) {
    this.#options = options;
    this.#parts = parts;
    this.#readFailed.catch(() => {});
  }

  get counts(): { readonly transactions: number; readonly changes: number } | undefined {
    return this.#reader?.counts;
  }

  /** Takes the slot, and finds out from where to read. @param isNew nothing before now was read from it */
  async begin(isNew: boolean): Promise<void> {
    const { log, slot, maxTags, report, now, purging } = this.#options;
    const { run, stream, version, count } = this.#parts;
    this.#system = await stream.identify();
    const { mapping, source, present } = await this.#map();
    this.#source = source;
    const state = await readSlot(run, slot, version);
    const held = await log.captured();
    const why = isNew ? 'the slot is new' : strangeness(held, source, state?.confirmed);
    const from = why === undefined && held ? held.position : '0/0';
    this.#appender = new Appender({
      queue: this.#queue,
      log,
      purging,
      timeline: `${this.#system.system}/${this.#system.timeline}`,
      snapshot: () => VisibleSnapshot.take(run),
      keep: (end) => this.#keep(end),
      isComplete: () => this.#isComplete,
      appended: (isFirst, tags) => count(isFirst ? 'tags' : 'tagsAgain', tags),
      now,
    });
    this.#reader = new LogReader({
      mapping,
      maxTags,
      queue: this.#queue,
      onMessage: (prefix, content, end) => this.#message(prefix, content, end),
      onRelation: () => this.look(),
      onWork: () => this.#appender.wake(),
    });
    const handlers = {
      message: (bytes: Buffer) => this.#guard(() => this.#reader.message(bytes)),
      upTo: (position: Lsn) => this.#reader.upTo(position),
    };
    this.#ended = (await stream.start({ slot, from, publications: present }, handlers)).ended;
    // Only now no other process has the slot.
    this.#generation = ((await log.captured())?.generation ?? 0) + 1;
    const begins = why === undefined && held ? held.position : (state?.confirmed ?? '0/0');
    await this.#claim({
      generation: this.#generation,
      source: why === undefined ? source : '',
      position: begins,
    });
    if (why === undefined) return;
    report.warn(
      { slot, remedy: 'Nothing is to be done: caches fill again.' },
      `everything is purged once, as it is not known what changed: ${why}`,
    );
    count('purgedAll', 1);
    const { next } = await VisibleSnapshot.take(run);
    this.#first = {
      tags: new Set([EVERYTHING]),
      xids: [],
      horizon: next,
      end: lsnOf(begins),
      known: undefined,
    };
  }

  /** Until something fails. */
  async run(): Promise<void> {
    this.#heart = await connectTo(this.#options.url);
    if (this.#end.signal.aborted) disconnect(this.#heart);
    // A message need not wait for standbys: it only marks a place.
    await this.#heart.query('set synchronous_commit = local');
    await Promise.race([
      this.#ended,
      this.#readFailed,
      this.#appender.run(this.#first),
      this.#beat(runOn(this.#heart)),
      this.#looks(),
    ]);
  }

  /** Has the catalogue read again. */
  look(): void {
    this.#wantsLook = true;
    this.#wakeLook();
  }

  close(): void {
    this.#end.abort();
    this.#parts.stream.close();
    this.#appender?.close();
    this.#wakeLook();
    if (this.#heart) disconnect(this.#heart);
  }

  async #map(): Promise<{ mapping: Mapping; source: string; present: readonly string[] }> {
    const { publication, slot, place, outages } = this.#options;
    const { run, version } = this.#parts;
    const schema = this.#options.schema();
    if (!schema) throw new Restart();
    // Before the rest: what changes in between is seen at the next look.
    this.#outline = await outlinePublished(run, publicationNames(publication));
    const mapping = new Mapping(schema, await readCatalogue(run, publicationNames(publication), version));
    const present = await presentPublications(run, publication);
    const { mapped } = findUnpublished(mapping);
    const problems = mapping.problems();
    this.#isComplete = mapped.length === 0 && !problems.some(({ isMissing }) => isMissing);
    for (const { type, table, problem, remedy } of problems) {
      const fault = new CaptureFault(
        `@table of ${type}`,
        `has something else than @table of ${type} says of ${table}: ${problem}`,
        remedy,
      );
      outages.failed({ ...captureOutage(place, fault), isUsable: true }, 'capture');
    }
    if (mapped.length > 0) {
      const [keyed, keyless] = [mapped.filter(hasIdentity), mapped.filter((table) => !hasIdentity(table))];
      const identities = keyless
        .map((table) => `ALTER TABLE ${quoted(table)} REPLICA IDENTITY FULL;`)
        .join(' ');
      const fault = new CaptureFault(
        'unpublished',
        `does not publish all changes of ${mapped.map(quoted).join(', ')}, to which types are mapped, so that nothing is known of them`,
        `Have the owner of the tables run: ${[identities, publishingSql(publication, present, keyed)].filter(Boolean).join(' ')}`,
      );
      outages.failed({ ...captureOutage(place, fault), isUsable: true }, 'capture');
    }
    const tables = mapping
      .concerned()
      .map((table) => [
        quoted(table),
        table.oid,
        table.publication,
        ...(table.file === undefined ? [] : [table.file]),
      ]);
    const digest = createHash('sha256')
      .update(JSON.stringify([schema.rules.tables, tables.toSorted()]))
      .digest('base64url')
      .slice(0, 16);
    const { system, timeline, database } = this.#system;
    return { mapping, source: [system, timeline, database, slot, digest].join('/'), present };
  }

  /** No caller would catch an error thrown in a socket's event. */
  #guard(read: () => void): void {
    if (this.#end.signal.aborted) return;
    try {
      read();
    } catch (error) {
      this.#end.abort();
      this.#failRead(error);
    }
  }

  #message(prefix: string, content: string, end: Lsn): void {
    const asOf = prefix === PREFIX ? this.#beats.get(content) : undefined;
    if (!asOf) return;
    this.#beats.delete(content);
    this.#queue.addKnown(asOf, end);
  }

  async #keep(end: Lsn): Promise<boolean> {
    const { outages, place } = this.#options;
    const captured = { generation: this.#generation, source: this.#source, position: formatLsn(end) };
    // The log says why it cannot be reached.
    const isKept = await this.#claim(captured).catch((error: unknown) => {
      if (error instanceof CaptureFault) throw error;
      return false;
    });
    if (!isKept) return false;
    this.#parts.stream.confirm(end);
    outages.well(place, 'capture');
    return true;
  }

  /** @throws CaptureFault when a later process has taken over */
  async #claim(captured: Captured): Promise<true> {
    if (await this.#options.log.keepCaptured(captured)) return true;
    throw new CaptureFault(
      'overtaken',
      'is captured by a process that took over from this one',
      'Nothing is to be done: this one stands by. If it lasts, give each database a purge log of its own.',
    );
  }

  /** Writes into the database's log how far the purge log is. */
  async #beat(run: RunSql): Promise<void> {
    const { log, publication } = this.#options;
    for (let number = 0; !this.#end.signal.aborted; number++) {
      if (this.#beats.size < MOST_BEATS) {
        // While the primary cannot be asked, nothing is known.
        const asOf = await log.lastPosition().catch(() => undefined);
        // Nor where another table may have taken the name of one that is read: its rows were in no log, and no log says so.
        const isAsMapped = (await outlinePublished(run, publicationNames(publication))) === this.#outline;
        if (!isAsMapped) this.look();
        const content = `${this.#name}:${number}`;
        if (asOf && isAsMapped) this.#beats.set(content, asOf);
        await run('select pg_logical_emit_message(true, $1, $2)', [PREFIX, content]);
      }
      await this.#pause(BEAT_MS);
    }
  }

  /** Reads the catalogue again, now and then and when something says that it has changed. */
  async #looks(): Promise<void> {
    while (!this.#end.signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, CATALOGUE_MS);
        this.#wakeLook = () => {
          clearTimeout(timer);
          resolve();
        };
        if (this.#wantsLook || this.#end.signal.aborted) this.#wakeLook();
      });
      if (this.#end.signal.aborted) return;
      this.#wantsLook = false;
      const { mapping, source } = await this.#map();
      if (source !== this.#source) throw new Restart();
      this.#reader.mapping = mapping;
      await this.#pause(LEAST_CATALOGUE_MS);
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return pause(milliseconds, undefined, { signal: this.#end.signal }).catch(() => {});
  }
}

/** Why it is not known what changed before now; undefined where it is. */
function strangeness(
  held: Captured | undefined,
  source: string,
  confirmed: string | undefined,
): string | undefined {
  if (!held) return 'the purge log holds no position of it';
  if (held.source !== source) return 'another system, timeline or slot was captured before, or other tables';
  const [at, done] = [parseLsn(held.position), parseLsn(confirmed ?? '0/0')];
  if (at === undefined || done === undefined || done > at)
    return 'more was confirmed to the database than the purge log says';
  return undefined;
}

/** Runs statements one after another. */
export function runOn(client: Client): RunSql {
  return async (statement, values) => (await client.query(statement, values as unknown[])).rows;
}
