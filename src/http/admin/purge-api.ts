import type { GraphQLSchema } from 'graphql';
import { z } from 'zod';
import { readTags } from '../../answer/expand-tags';
import type { Rules } from '../../policy/rules';
import type { PurgeKind } from '../../purge/log';
import { EVERYTHING, type Tag, formatTag, sessionTag } from '../../purge/tag';
import { LastmileError } from '../../report/error';
import { faultFields } from '../../report/fault-fields';
import type { Place } from '../../report/outages';
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { formatPosition, parsePosition, type Position } from '../../purge/position';
import type { Purges } from '../../purge/purges';
import type { Log } from '../../report/log';
import type { AdminGate, ApiAnswer } from './gate';
import { bodyOf, parseBody } from './json-body';
import { IdempotencyCache } from './limits';
import { unknownTypes } from './unknown-types';

/** What a caller outside asks to purge, in its own words. */
export interface PurgeRequest {
  /** tags as users write them; undefined: everything */
  readonly tags: readonly string[] | undefined;
  /** what identifies sessions whose private answers are meant: values of SESSION's header or cookie, or of its first claim */
  readonly sessions: readonly string[];
  readonly soft: boolean;
}

const MOST_TAGS = 1000;
/** How many of the tags the log line lists; it also says how many there were. */
const MOST_LOGGED = 20;

const TEXTS = z.array(z.string().min(1)).min(1).max(MOST_TAGS).optional();

const BODY = z
  .strictObject({
    tags: TEXTS,
    sessions: TEXTS,
    all: z.literal(true).optional(),
    soft: z.boolean().default(false),
  })
  .refine(({ tags, sessions, all }) => (tags !== undefined || sessions !== undefined) !== (all === true), {
    error: 'Give `tags`, `sessions` or both, or else `"all": true`.',
  });

/**
 * Reads the body of a purge request. Unknown fields are refused: a misspelt `soft` must not purge hard.
 * @throws LastmileError BAD_PURGE, with a detail that the caller may see
 */
export function readPurgeRequest(body: Uint8Array): PurgeRequest {
  const { tags, sessions = [], all, soft } = parseBody(body, BODY, 'BAD_PURGE');
  if (tags?.includes(EVERYTHING))
    throw new LastmileError('BAD_PURGE', 'tags: to purge everything send `"all": true`.');
  return { tags: all ? undefined : (tags ?? []), sessions, soft };
}

const MOST_BYTES = 50 * 1024;
const LONGEST_KEY = 255;
const LONGEST_WAIT_MS = 60_000;

export interface PurgeApiParts {
  readonly region: string;
  readonly gate: AdminGate;
  readonly purges: Purges;
  /** see `Region.purgeTags` */
  readonly purge: (tags: readonly Tag[], kind: PurgeKind) => Promise<Position>;
  /** undefined while the schema was not read yet */
  readonly knowledge: () => { readonly schema: GraphQLSchema; readonly rules: Rules } | undefined;
  /** which purges are appended to; undefined: in memory */
  readonly primary: Place | undefined;
  /** monotonic milliseconds */
  readonly now: () => number;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** told the outcome of every purge request */
  readonly count: (outcome: string) => void;
}

interface Purged {
  readonly position: string;
  readonly tags: readonly string[];
  /** how many, if some were named: what identifies them is never shown */
  readonly sessions?: number;
  /** sentences on what was most likely not meant; undefined: there is nothing to say */
  readonly warnings?: readonly string[];
}

/** `POST /purge` and `GET /position`, on the admin port of every region. */
export class PurgeApi {
  readonly #parts: PurgeApiParts;
  readonly #idempotency: IdempotencyCache<Purged>;

  constructor(parts: PurgeApiParts) {
    this.#parts = parts;
    this.#idempotency = new IdempotencyCache(parts.now);
  }

  /** @returns undefined when the path is none of its own. Rejects only when the client goes away while it sends. */
  answer(path: string, search: string, message: IncomingMessage): Promise<ApiAnswer> | undefined {
    const { gate, count } = this.#parts;
    if (path === '/purge') {
      return gate.answer(message, 'POST', () => this.#purge(message), {
        refused: (code) => count(code.toLowerCase().replaceAll('_', '-')),
      });
    }
    if (path === '/position') return gate.answer(message, 'GET', () => this.#position(search));
    return undefined;
  }

  async #purge(message: IncomingMessage): Promise<Purged> {
    const body = await bodyOf(message, MOST_BYTES);
    if (!body) throw new LastmileError('PURGE_TOO_LARGE');
    const request = readPurgeRequest(body);
    const remote = message.socket.remoteAddress;
    const key = message.headers['idempotency-key'];
    if (key === undefined) return this.#append(request, remote);
    if (typeof key !== 'string' || key.length > LONGEST_KEY)
      throw new LastmileError('BAD_PURGE', `Idempotency-Key: at most ${LONGEST_KEY} characters.`);
    const once = this.#idempotency.once(key, fingerprint(request), () => this.#append(request, remote));
    if (!once) throw new LastmileError('IDEMPOTENCY_KEY_REUSED');
    const purged = await once.result;
    if (once.repeated) this.#parts.count('repeated');
    return purged;
  }

  /** Answers only what the primary has acknowledged (P55). The log's line is the audit: who purged what, and where. */
  async #append(request: PurgeRequest, remote: string | undefined): Promise<Purged> {
    const { purge, log, count } = this.#parts;
    const knowledge = this.#parts.knowledge();
    if (!knowledge) throw new LastmileError('NOT_READY');
    const wanted = request.tags ? [...readTags(request.tags, knowledge)] : [EVERYTHING];
    const sessions = request.sessions.map((value) => sessionTag(value));
    const named = sessions.length > 0 && { sessions: sessions.length };
    const warnings = unknownTypes(request.tags ?? [], knowledge);
    const audit = {
      count: wanted.length,
      tags: request.tags?.slice(0, MOST_LOGGED),
      ...named,
      all: request.tags === undefined,
      soft: request.soft,
      remote,
      ...(warnings.length > 0 && { warnings: warnings.slice(0, MOST_LOGGED) }),
    };
    let position: Position;
    try {
      position = await purge([...wanted, ...sessions], request.soft ? 'soft' : 'hard');
    } catch (error) {
      log.warn(
        { ...audit, ...faultFields(error, this.#parts.primary) },
        'a purge from outside is not acknowledged; it is being retried',
      );
      throw error;
    }
    log.info({ ...audit, position: formatPosition(position) }, 'purged from outside');
    count('purged');
    return {
      position: formatPosition(position),
      tags: wanted.map(formatTag),
      ...named,
      ...(warnings.length > 0 && { warnings }),
    };
  }

  /** How far this region has come, once it has reached a position or has not in time. */
  async #position(search: string): Promise<unknown> {
    const { purges, region, now } = this.#parts;
    const query = new URLSearchParams(search);
    const [reached, within] = [query.get('reached'), query.get('within') ?? '0'];
    const wanted = reached === null ? purges.table.position : parsePosition(reached);
    if (!wanted || !/^\d{1,5}$/.test(within) || Number(within) > LONGEST_WAIT_MS)
      throw new LastmileError('BAD_POSITION');
    const began = now();
    const isReached = await purges.reached(wanted, Number(within));
    return {
      region,
      position: formatPosition(purges.table.position),
      state: purges.state(now()),
      reached: isReached,
      waitedMs: Math.round((now() - began) * 100) / 100,
    };
  }
}

function fingerprint({ tags, sessions, soft }: PurgeRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([tags ?? null, sessions, soft]))
    .digest('base64url');
}
