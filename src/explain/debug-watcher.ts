import type { Reply, WholeReply, Watcher, Witness } from '../gateway/request';
import type { Asked } from '../operation/bound-operation';
import { formatPosition } from '../purge/position';
import { formatTag } from '../purge/tag';
import { REASONS, type Reason } from '../report/reason';
import { explainOperation } from './explain';
import type { Explanation } from './explanation';
import type { ObstacleSettings } from '../gateway/decide';

export interface DebugSettings extends ObstacleSettings {
  /** whether everybody may ask; else only who asks from this machine itself */
  readonly forEverybody: boolean;
  /** monotonic milliseconds */
  readonly now: () => number;
}

/** What became of this very request, beside what becomes of its operation in general. */
export interface ExplainedAnswer {
  readonly cacheStatus: string;
  /** of a miss or a bypass: what its reason means, and what to do */
  readonly meaning?: string;
  readonly remedy?: string;
  /** of what was served from the cache, or stored */
  readonly entry?: {
    /** seconds */
    readonly maxAge: number;
    readonly swr: number;
    readonly asOf: string;
    readonly tags: readonly string[];
  };
}

/** An answer may have thousands. */
const MOST_TAGS = 100;

/**
 * Answers `Lastmile-Debug: 1` with an explanation in `extensions.lastmile.explain`, and with `Server-Timing`, for who may
 * ask. Nothing is worked out for anybody else.
 */
export function createDebugWatcher(settings: DebugSettings): Watcher {
  return {
    wants: (_, request) =>
      request.headers['lastmile-debug'] === '1' && (settings.forEverybody || request.isLocal === true),
    seen: (asked, _, witness, reply) => {
      const timing = timingOf(witness, settings.now());
      const headers = [...reply.headers, 'Server-Timing', timing];
      const { body } = reply;
      if (reply.status === 304 || (typeof body !== 'string' && !Buffer.isBuffer(body)))
        return { ...reply, headers };
      return explained({ ...reply, body, headers }, () => ({
        ...explainAsked(asked, settings),
        answered: explainAnswer(witness, reply),
      }));
    },
  };
}

function explainAsked(asked: Asked, settings: DebugSettings): Explanation {
  const { schema, rules } = asked.operation.question.root.source;
  const knowledge = { schema, rules, version: asked.operation.schemaVersion };
  return explainOperation(knowledge, settings, asked.operation, asked.variables);
}

function explainAnswer({ entry }: Witness, { headers }: Reply): ExplainedAnswer {
  // The last member is this gateway's; one before it may be that of the region that ran a mutation (RFC 9211 2).
  const said = headers[headers.indexOf('Cache-Status') + 1]!.split(', ').at(-1)!;
  const why = reasonIn(said);
  return {
    cacheStatus: said.replace(/^[^;]*/, 'lastmile'),
    ...(why !== undefined && { meaning: REASONS[why][0], remedy: REASONS[why][1] }),
    ...(entry && {
      entry: {
        maxAge: entry.maxAge,
        swr: entry.swr,
        asOf: formatPosition(entry.asOf),
        tags: entry.tags.slice(0, MOST_TAGS).map(formatTag),
      },
    }),
  };
}

/** Why it was not served from the cache, or not while it was fresh. */
function reasonIn(cacheStatus: string): Reason | undefined {
  const detail = /; detail=([a-z-]+)/.exec(cacheStatus)?.[1];
  if (detail !== undefined && Object.hasOwn(REASONS, detail)) return detail as Reason;
  return cacheStatus.includes('fwd=uri-miss') ? 'absent' : undefined;
}

/** Server Timing (W3C), in milliseconds: what upstream took, and what the rest did. */
function timingOf({ began, exchange }: Witness, now: number): string {
  const all = now - began;
  const upstream = exchange?.tookMs;
  if (upstream === undefined) return `cache;dur=${all.toFixed(1)}`;
  return `cache;dur=${Math.max(0, all - upstream).toFixed(1)}, upstream;dur=${upstream.toFixed(1)}`;
}

/** With an explanation in its extensions. Its bytes are then no entry's any more, so it has no ETag. */
function explained(reply: WholeReply, explain: () => object): Reply {
  const { body, encoding } = reply;
  const members = parse(typeof body === 'string' ? Buffer.from(body, encoding).toString() : body.toString());
  if (!members) return reply;
  const extensions = objectOf(members['extensions']);
  const lastmile = { ...objectOf(extensions['lastmile']), explain: explain() };
  return {
    status: reply.status,
    headers: withoutEtag(reply.headers),
    body: JSON.stringify({ ...members, extensions: { ...extensions, lastmile } }),
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    // Not a GraphQL answer: it leaves as it is.
    return undefined;
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function withoutEtag(headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < headers.length; index += 2)
    if (headers[index] !== 'ETag') kept.push(headers[index]!, headers[index + 1]!);
  return kept;
}
