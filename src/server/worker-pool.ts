import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { OtherProcesses } from '../dashboard/dashboard';
import type { FoundEntries } from '../dashboard/entries';
import type { Closeness, Seen } from '../dashboard/recorder';
import type { Tag } from '../purge/tag';
import type { CacheSwitch } from '../purge/cache-switch';
import type { Outage, Outages } from '../report/outages';
import type { LookCause } from '../schema/schema-keeper';
import cluster from 'node:cluster';
import type { Worker } from 'node:cluster';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Log } from '../report/log';

/** Figures of one process, as prom-client hands them over. */
export type Figures = MetricObjectWithValues<MetricValue<string>>[];

/** What the schema is made of, as the first process hands it over. */
export interface SchemaAnswer {
  /** absent where the worker has the very same */
  readonly text?: {
    readonly digest: string;
    /** names and texts of the operator's files */
    readonly sources: readonly (readonly [name: string, body: string])[];
    /** the JSON of upstream's introspection result, where it was asked */
    readonly introspection?: string;
  };
  /** the first process has none yet */
  readonly isMissing?: boolean;
}

/** What the first process tells a worker. */
export type FirstMessage =
  | { readonly lastmile: 'figures-wanted'; readonly id: number }
  /** it gets no more connections: what it has been given is all */
  | { readonly lastmile: 'no-more' }
  /** another schema is in use */
  | { readonly lastmile: 'schema-changed' }
  | ({ readonly lastmile: 'schema'; readonly id: number } & SchemaAnswer)
  /** how the cache is switched, as far as the first process knows */
  /** how closely it is to look at what passes, and to tell */
  | { readonly lastmile: 'look'; readonly closeness: Closeness }
  /** what it has in memory that carries one of these tags is asked for */
  | { readonly lastmile: 'entries-wanted'; readonly id: number; readonly tags: readonly Tag[] }
  | ({ readonly lastmile: 'order' } & Pick<CacheSwitch, 'held' | 'pending'>);

/** What a worker tells the first process. */
export type WorkerMessage =
  /** it was told to end, and wants no more connections */
  | { readonly lastmile: 'leaving' }
  | { readonly lastmile: 'ready' }
  /** it cannot use something, and could not for so long; or it can again */
  | { readonly lastmile: 'outage'; readonly outage: Outage }
  | { readonly lastmile: 'outage-over'; readonly address: string }
  | { readonly lastmile: 'figures'; readonly id: number; readonly figures: Figures }
  | { readonly lastmile: 'seen'; readonly seen: Seen }
  | { readonly lastmile: 'entries'; readonly id: number; readonly found: FoundEntries }
  /** `digest`: of what it has already */
  | {
      readonly lastmile: 'schema-wanted';
      readonly id: number;
      readonly cause: LookCause;
      readonly digest?: string;
    };

/** A channel between processes carries others' messages too, such as those of node:cluster itself. */
export function isWorkerMessage(message: unknown): message is WorkerMessage | FirstMessage {
  return typeof message === 'object' && message !== null && 'lastmile' in message;
}

/** Milliseconds before a worker that died is replaced: doubled each time, until one has lived long enough. */
const FIRST_DELAY = 100;
const LONGEST_DELAY = 10_000;
const LONG_ENOUGH = 10_000;
/** How long a worker may take to answer what it is asked, such as for its figures. Milliseconds. */
const ANSWER_PATIENCE = 1000;

/** What a worker is given that wants the schema, for some cause, and has one of this digest. Never rejects. */
export type SchemaSource = (cause: LookCause, digest: string | undefined) => Promise<SchemaAnswer>;

export interface WorkerPoolParts {
  readonly log: Log;
  readonly outages: Outages;
  readonly schema: SchemaSource;
  readonly cacheSwitch: Pick<CacheSwitch, 'held' | 'pending' | 'onChange'>;
}

/** The processes that share the port. One that dies is replaced, by and by more slowly if it goes on dying. */
export class WorkerPool implements OtherProcesses {
  readonly #size: number;
  readonly #log: Log;
  readonly #outages: Outages;
  readonly #schema: SchemaSource;
  readonly #switch: Pick<CacheSwitch, 'held' | 'pending' | 'onChange'>;
  readonly #workers = new Map<number, Worker>();
  readonly #ready = new Set<Worker>();
  readonly #released = new WeakSet<Worker>();
  readonly #asked = new Map<number, (answer: WorkerMessage) => void>();
  #closeness: Closeness = 'nothing';
  #onSeen: (place: string, seen: Seen) => void = () => {};
  readonly #delays: number[];
  readonly #timers = new Set<NodeJS.Timeout>();
  #lastId = 0;
  #stopping = false;

  constructor(size: number, { log, outages, schema, cacheSwitch }: WorkerPoolParts) {
    this.#size = size;
    this.#log = log;
    this.#outages = outages;
    this.#schema = schema;
    this.#switch = cacheSwitch;
    cacheSwitch.onChange(() => {
      for (const worker of this.#workers.values()) this.#tellOrder(worker);
    });
    this.#delays = Array.from({ length: size }, () => FIRST_DELAY);
  }

  /** True while every process has said that it is ready. */
  get ready(): boolean {
    return this.#ready.size === this.#size;
  }

  /** Begins all processes. @returns the port they share, once the first listens */
  async start(): Promise<number> {
    for (let place = 1; place <= this.#size; place++) this.#begin(place);
    const [, address] = (await once(cluster, 'listening')) as [Worker, AddressInfo];
    return address.port;
  }

  /** The figures of each process that answers in time, by its place. */
  async figures(): Promise<ReadonlyMap<number, Figures>> {
    const answers = await this.#askAll((id) => ({ lastmile: 'figures-wanted', id }));
    return new Map(
      answers.flatMap(([place, answer]) =>
        answer.lastmile === 'figures' ? [[place, answer.figures] as const] : [],
      ),
    );
  }

  get count(): number {
    return this.#size;
  }

  look(closeness: Closeness): void {
    this.#closeness = closeness;
    for (const worker of this.#workers.values()) tell(worker, { lastmile: 'look', closeness });
  }

  onSeen(told: (place: string, seen: Seen) => void): void {
    this.#onSeen = told;
  }

  async entries(tags: readonly Tag[]): Promise<readonly FoundEntries[]> {
    const answers = await this.#askAll((id) => ({ lastmile: 'entries-wanted', id, tags }));
    return answers.flatMap(([, answer]) => (answer.lastmile === 'entries' ? [answer.found] : []));
  }

  /** Tells each process that another schema is in use. One that is not there yet asks for it when it begins. */
  schemaChanged(): void {
    for (const worker of this.#workers.values()) tell(worker, { lastmile: 'schema-changed' });
  }

  /** Lets all processes finish what is under way. @param withinMs after which those that are left are ended */
  async stop(withinMs: number): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const ends = [...this.#workers.values()].map((worker) => {
      const exited = once(worker, 'exit');
      // It says when it wants no more connections.
      worker.process.kill('SIGTERM');
      return exited;
    });
    const limit = setTimeout(() => {
      for (const worker of this.#workers.values()) worker.process.kill('SIGKILL');
    }, withinMs);
    await Promise.all(ends);
    clearTimeout(limit);
  }

  #begin(place: number): void {
    const worker = cluster.fork();
    const began = performance.now();
    this.#workers.set(place, worker);
    this.#tellOrder(worker);
    if (this.#closeness !== 'nothing') tell(worker, { lastmile: 'look', closeness: this.#closeness });
    worker.on('message', (message: unknown) => this.#hear(worker, place, message));
    worker.on('exit', (code: number | null, signal: string | null) => {
      this.#workers.delete(place);
      this.#ready.delete(worker);
      this.#outages.endAll(partOf(place));
      if (this.#stopping) return;
      const delay = performance.now() - began > LONG_ENOUGH ? FIRST_DELAY : this.#delays[place - 1]!;
      this.#delays[place - 1] = Math.min(2 * delay, LONGEST_DELAY);
      this.#log.error({ worker: place, code, signal, delay }, 'a worker ended; it is replaced');
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#begin(place);
      }, delay);
      this.#timers.add(timer);
    });
  }

  #hear(worker: Worker, place: number, message: unknown): void {
    if (!isWorkerMessage(message)) return;
    if (message.lastmile === 'outage') this.#outages.failed(message.outage, partOf(place));
    if (message.lastmile === 'outage-over') this.#outages.end(message, partOf(place));
    if (message.lastmile === 'ready') this.#ready.add(worker);
    if (message.lastmile === 'leaving') this.#release(worker);
    if (message.lastmile === 'figures' || message.lastmile === 'entries')
      this.#asked.get(message.id)?.(message);
    if (message.lastmile === 'seen') this.#onSeen(`worker ${place}`, message.seen);
    if (message.lastmile === 'schema-wanted') {
      const { id, cause, digest } = message;
      void this.#schema(cause, digest).then((answer) => tell(worker, { lastmile: 'schema', id, ...answer }));
    }
  }

  /**
   * Gives a worker no more connections, and tells it so. It must not be the worker who closes first: node:cluster takes
   * back what was on its way then, and with no other worker left keeps it open unanswered, until this process ends (P44).
   */
  #release(worker: Worker): void {
    if (this.#released.has(worker) || !worker.isConnected()) return;
    this.#released.add(worker);
    worker.disconnect();
    // Messages keep their order, so this one comes after the last connection.
    tell(worker, { lastmile: 'no-more' });
  }

  /** They ask the primary themselves; what it has not taken down they hear from here alone. */
  #tellOrder(worker: Worker): void {
    const { held, pending } = this.#switch;
    tell(worker, { lastmile: 'order', held, pending });
  }

  /** Asks each process. @returns the answers of those that answer in time, with their places */
  async #askAll(question: (id: number) => FirstMessage): Promise<(readonly [number, WorkerMessage])[]> {
    const all = await Promise.all(
      [...this.#workers].map(async ([place, worker]) => {
        const answer = await this.#ask(worker, question);
        return answer && ([place, answer] as const);
      }),
    );
    return all.filter((each) => each !== undefined);
  }

  #ask(worker: Worker, question: (id: number) => FirstMessage): Promise<WorkerMessage | undefined> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const done = (answer?: WorkerMessage): void => {
        clearTimeout(limit);
        this.#asked.delete(id);
        resolve(answer);
      };
      const limit = setTimeout(done, ANSWER_PATIENCE);
      this.#asked.set(id, done);
      // A process that ends just now has no answer any more.
      tell(worker, question(id), done);
    });
  }
}

/** What a worker is called among those who cannot use something. */
function partOf(place: number): string {
  return `worker ${place}`;
}

/** A process that is ending needs no message, unless a caller waits for its answer. */
function tell(worker: Worker, message: FirstMessage, failed: () => void = () => {}): void {
  worker.send(message, (error) => error && failed());
}
