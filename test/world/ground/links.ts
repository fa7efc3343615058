/** A process of the network of the world: it holds links, and does with them what it is told. */
import { startLink, type Link } from '../../kit/link';
import { Latencies, type Latency } from '../load/tally';

/** How a link can be changed. */
export type LinkVerb = 'delay' | 'cut' | 'refuse' | 'blackHole' | 'restore';

/** A link that is wanted: a name, where it leads, and how long it is. */
export interface LinkWanted {
  readonly name: string;
  readonly targetPort: number;
  /** one way */
  readonly delayMs: number;
}

export type ToLinks =
  | { readonly kind: 'open'; readonly links: readonly LinkWanted[] }
  | {
      readonly kind: 'change';
      readonly id: number;
      readonly name: string;
      readonly verb: LinkVerb;
      readonly delayMs: number;
    }
  | { readonly kind: 'count'; readonly id: number }
  /** count from here how late links deliver */
  | { readonly kind: 'measure' };

export interface Opened {
  readonly kind: 'opened';
  readonly ports: Readonly<Record<string, number>>;
}

export interface Done {
  readonly kind: `done-${number}`;
}

export interface Counted extends Done {
  /** bytes through each link since the start */
  readonly bytes: Readonly<Record<string, number>>;
  /** by how much later than they should links delivered, since told to measure */
  readonly lateness: Latency;
}

const links = new Map<string, Link>();
let lateness = new Latencies();

async function obey(message: ToLinks): Promise<Opened | Counted | Done | undefined> {
  if (message.kind === 'measure') {
    lateness = new Latencies();
    return undefined;
  }
  if (message.kind === 'open') {
    const ports: Record<string, number> = {};
    for (const { name, targetPort, delayMs } of message.links) {
      const link = await startLink(targetPort, (late) => lateness.record(late));
      link.delay(delayMs);
      links.set(name, link);
      ports[name] = link.port;
    }
    return { kind: 'opened', ports };
  }
  const kind = `done-${message.id}` as const;
  if (message.kind === 'count') {
    const counted = [...links].map(([name, { bytes }]) => [name, bytes.toTarget + bytes.fromTarget] as const);
    return { kind, bytes: Object.fromEntries(counted), lateness: lateness.summary() };
  }
  const link = links.get(message.name);
  if (message.verb === 'delay') link?.delay(message.delayMs);
  else await link?.[message.verb]();
  return { kind };
}

process.on('message', (message: ToLinks) => {
  void obey(message).then((answer) => answer && process.send?.(answer));
});
process.on('disconnect', () => process.exit(0));
