import { join } from 'node:path';
import type { Latency } from '../load/tally';
import { Child, typescriptArgs } from '../../kit/child';
import { withOwnShare } from '../../kit/free-port';
import type { Counted, Done, LinkVerb, LinkWanted, Opened, ToLinks } from './links';

/** Links that purges and proofs of freshness take: the others' traffic must not make them late. */
const OF_THE_LOG = ['replication', 'probe'];

/** What went over the links since the start, both directions together, and how late it was since told to measure. */
export interface Traffic {
  readonly bytes: Readonly<Record<string, number>>;
  /** of the links that purges take: by how much later than they should they delivered */
  readonly lateness: Latency;
}

/** The program's end of the processes that hold the links. */
export class Network {
  readonly log: Child;
  readonly queries: Child;
  #ports: Readonly<Record<string, number>> = {};
  #asked = 0;

  constructor() {
    const start = (name: string, nth: 1 | 2): Child =>
      new Child({
        name,
        program: process.execPath,
        args: typescriptArgs(join(__dirname, 'links.ts')),
        env: withOwnShare(nth),
        talks: true,
      });
    this.log = start('network log', 1);
    this.queries = start('network queries', 2);
  }

  get children(): readonly Child[] {
    return [this.log, this.queries];
  }

  async open(links: readonly LinkWanted[]): Promise<void> {
    await Promise.all(
      this.children.map(async (child) => {
        const wanted = links.filter(({ name }) => this.#holderOf(name) === child);
        const question: ToLinks = { kind: 'open', links: wanted };
        const { ports } = await child.ask<Opened>(question, 'opened');
        this.#ports = { ...this.#ports, ...ports };
      }),
    );
  }

  /** @throws RangeError when there is no such link */
  port(name: string): number {
    const port = this.#ports[name];
    if (port === undefined) throw new RangeError(`There is no link ${name}.`);
    return port;
  }

  /** @param delayMs one way; of account for `delay` only */
  async change(name: string, verb: LinkVerb, delayMs = 0): Promise<void> {
    const id = ++this.#asked;
    const question: ToLinks = { kind: 'change', id, name, verb, delayMs };
    await this.#holderOf(name).ask<Done>(question, `done-${id}`);
  }

  /** Counts from here how late links deliver. */
  measure(): void {
    this.log.send({ kind: 'measure' } satisfies ToLinks);
  }

  async traffic(): Promise<Traffic> {
    const [log, queries] = await Promise.all([this.#count(this.log), this.#count(this.queries)]);
    return { bytes: { ...log.bytes, ...queries.bytes }, lateness: log.lateness };
  }

  #count(child: Child): Promise<Counted> {
    const id = ++this.#asked;
    const question: ToLinks = { kind: 'count', id };
    return child.ask<Counted>(question, `done-${id}`);
  }

  #holderOf(name: string): Child {
    return OF_THE_LOG.some((kind) => name.startsWith(`${kind} `)) ? this.log : this.queries;
  }
}
