import { join } from 'node:path';
import { Child, typescriptArgs } from './child';
import type { Guard } from './guard';
import type { Done, LinkVerb, LinkWanted, Opened, ToLinks } from './links';

/** The program's end of the process that holds the links. */
export class Network {
  readonly child: Child;
  #ports: Readonly<Record<string, number>> = {};
  #asked = 0;

  constructor(guard: Guard) {
    this.child = new Child({
      name: 'network',
      program: process.execPath,
      args: typescriptArgs(join(__dirname, 'links.ts')),
      talks: true,
      guard,
    });
  }

  async open(links: readonly LinkWanted[]): Promise<void> {
    const opened = this.child.message<Opened>('opened');
    this.child.send({ kind: 'open', links } satisfies ToLinks);
    this.#ports = { ...this.#ports, ...(await opened).ports };
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
    const done = this.child.message<Done>(`done-${id}`);
    this.child.send({ kind: 'change', id, name, verb, delayMs } satisfies ToLinks);
    await done;
  }

  /** Bytes through each link since the start, both directions together. */
  async bytes(): Promise<Readonly<Record<string, number>>> {
    const id = ++this.#asked;
    const done = this.child.message<Done>(`done-${id}`);
    this.child.send({ kind: 'count', id } satisfies ToLinks);
    return (await done).bytes ?? {};
  }
}
