/** The network of the world: one process that holds every link, and does with them what it is told. */
import { startLink, type Link } from '../../kit/link';

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
  | { readonly kind: 'count'; readonly id: number };

export interface Opened {
  readonly kind: 'opened';
  readonly ports: Readonly<Record<string, number>>;
}

export interface Done {
  readonly kind: `done-${number}`;
  /** bytes through each link since the start */
  readonly bytes?: Readonly<Record<string, number>>;
}

const links = new Map<string, Link>();

async function obey(message: ToLinks): Promise<Opened | Done> {
  if (message.kind === 'open') {
    const ports: Record<string, number> = {};
    for (const { name, targetPort, delayMs } of message.links) {
      const link = await startLink(targetPort);
      link.delay(delayMs);
      links.set(name, link);
      ports[name] = link.port;
    }
    return { kind: 'opened', ports };
  }
  const kind = `done-${message.id}` as const;
  if (message.kind === 'count') {
    const counted = [...links].map(([name, { bytes }]) => [name, bytes.toTarget + bytes.fromTarget] as const);
    return { kind, bytes: Object.fromEntries(counted) };
  }
  const link = links.get(message.name);
  if (message.verb === 'delay') link?.delay(message.delayMs);
  else await link?.[message.verb]();
  return { kind };
}

process.on('message', (message: ToLinks) => {
  void obey(message).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit(0));
