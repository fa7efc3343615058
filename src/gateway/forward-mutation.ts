import { parsePosition, formatPosition, type Position } from '../purge/position';
import type { Purge } from '../purge/log';
import { markKeeping, readKeeping } from '../purge/keeping-lists';
import { PROTOCOL_MARK, protocolOfMark } from '../purge/protocol-mark';
import { EVERYTHING, type Tag } from '../purge/tag';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { request as send, type Dispatcher } from 'undici';
import type { Purges } from '../purge/purges';
import type { CacheStatus } from '../report/cache-status';
import { REQUEST_ID, type Client } from './client';
import { failed, type FromUpstream, type Outcome, type Purged } from './outcome';
import { languageIn } from './response-headers';
import { parseToken } from './token';
import { flatten } from '../upstream/read-answer';
import { writeUpload } from '../upstream/upload';
import { withParameters } from '../upstream/with-parameters';

/**
 * How the primary region's gateway tells the one that forwarded mutations what was purged, so that its table has the
 * purges before the log brings them. One header, however many mutations there were:
 *
 *   Lastmile-Purged: <position> <tags>    what the primary has acknowledged: the last position, and all tags
 *   Lastmile-Purged: <position>           if the tags do not fit: the reader waits for the log
 *   Lastmile-Purged: - <tags>             what is not acknowledged; after a comma behind one of the others, where there are both
 *
 * Tags are a JSON list in base64url: first, as in a record, the protocol of who wrote it, and those whose purge keeps lists behind
 * the mark of `keeping-lists.ts`. Where it does not say its protocol it may tell less than its record purges (V2 of PROTOCOL.md):
 * that is waited for. It is sent only to a caller that proves to be a gateway: tags tell more of the data than an answer shows.
 */
export const PURGED_HEADER = 'Lastmile-Purged';

/** Node reads 16 KiB of headers at most, and there are others. */
const LONGEST = 8192;

/** In place of a position: the primary has not acknowledged it. */
const NOWHERE = '-';

/** @returns the header's value; undefined where nothing was purged */
export function formatPurged(all: readonly Purged[]): string | undefined {
  const acknowledged = all.filter(({ position }) => position !== undefined);
  const others = all.filter(({ position }) => position === undefined);
  const parts: string[] = [];
  let room = LONGEST;
  if (others.length > 0) {
    // Without a position there is nothing to wait for.
    const list = formatTags(others);
    parts.push(
      `${NOWHERE} ${list.length > LONGEST ? formatTags([{ purges: [{ tag: EVERYTHING, kind: 'hard' }] }]) : list}`,
    );
    room -= parts[0]!.length;
  }
  // Mutations run one after another, so that the last position is the latest.
  const last = acknowledged.at(-1)?.position;
  if (last) {
    const list = formatTags(acknowledged);
    const position = formatPosition(last);
    parts.unshift(list.length > room ? position : `${position} ${list}`);
  }
  return parts.length > 0 ? parts.join(', ') : undefined;
}

function formatTags(all: readonly Pick<Purged, 'purges'>[]): string {
  const purges = all.flatMap((purged) => purged.purges);
  const moving = new Set(purges.flatMap(({ tag, keepsLists }) => (keepsLists ? [] : tag)));
  // What moved once has moved, and is named once.
  const marked = markKeeping(purges.filter(({ tag, keepsLists }) => !keepsLists || !moving.has(tag)));
  const tags = new Set([PROTOCOL_MARK, ...marked.map(({ tag }) => tag)]);
  return Buffer.from(JSON.stringify([...tags])).toString('base64url');
}

/** What a gateway learns about a purge: its position and its tags, one of which may be missing. */
export interface ToldPurge {
  /** undefined: the primary has not acknowledged it */
  readonly position: Position | undefined;
  /** undefined: they did not fit, or are not all */
  readonly purges: readonly Purge[] | undefined;
}

/** Reads what {@link formatPurged} makes, and leaves out everything else. */
export function parsePurged(text: string): readonly ToldPurge[] {
  return text.split(', ').flatMap((part) => parseOne(part) ?? []);
}

function parseOne(text: string): ToldPurge | undefined {
  const [first = '', list] = text.split(' ');
  const position = parsePosition(first);
  if (!position && (first !== NOWHERE || list === undefined)) return undefined;
  if (list === undefined) return { position, purges: undefined };
  try {
    const tags: unknown = JSON.parse(Buffer.from(list, 'base64url').toString());
    if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string')) return undefined;
    const isMarked = protocolOfMark(tags[0]) !== undefined;
    if (position && !isMarked) return { position, purges: undefined };
    const purges = tags.slice(isMarked ? 1 : 0).map((tag): Purge => ({ tag: tag as Tag, kind: 'hard' }));
    return { position, purges: readKeeping(purges) };
  } catch {
    return undefined;
  }
}

/**
 * Says which region's gateway sent a mutation on, and proves that it was a gateway: `lastmile-forwarded: <region> <seal>`.
 * Who receives one and is not the primary refuses it, sealed or not: a loop.
 */
export const FORWARDED_HEADER = 'lastmile-forwarded';

/** Keeps the seal apart from everything else that is made with the same secret. */
const PURPOSE = 'lastmile: a mutation sent on by a gateway';

/**
 * @param secret what all gateways share and no client knows; undefined: the region is named and nothing is proven
 * @param body of the request: the seal is worth nothing on another
 */
export function formatForwarded(region: string, secret: string | undefined, body: Buffer): string {
  // A header holds visible ASCII.
  const name = encodeURIComponent(region);
  return secret === undefined ? name : `${name} ${sealOf(name, secret, body).toString('base64url')}`;
}

/** Whether a gateway wrote this, about this body. In constant time, whatever it is. */
export function isSealed(text: string | undefined, secret: string | undefined, body: Buffer): boolean {
  if (text === undefined || secret === undefined) return false;
  const [name = '', seal = ''] = text.split(' ', 2);
  const given = Buffer.from(seal, 'base64url');
  const wanted = sealOf(name, secret, body);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function sealOf(name: string, secret: string, body: Buffer): Buffer {
  const key = createHmac('sha256', secret).update(PURPOSE).digest();
  return createHmac('sha256', key)
    .update(`${name}\n${createHash('sha256').update(body).digest('hex')}`)
    .digest();
}

/** How a mutation reaches the region where mutations run. */
export interface ForwardingOptions {
  readonly region: string;
  readonly primaryRegion: string;
  /** GraphQL URL of that region's gateway; undefined where only fly-replay can reach it */
  readonly primaryUrl: string | undefined;
  readonly flyReplay: boolean;
  /** request headers that go along, lower-case names */
  readonly headers: readonly string[];
  /** milliseconds */
  readonly timeoutMs: number;
  /** milliseconds to wait for the log where the answer could not carry the purge */
  readonly waitMs: number;
  readonly dispatcher: Dispatcher;
  /** for those with files, which take a connection for as long as their clients take to send them */
  readonly formDispatcher: Dispatcher;
  /** what all gateways share and no client knows */
  readonly secret: string | undefined;
}

/** Fly's proxy replays requests of up to 1 MB. */
const LONGEST_REPLAY = 1_000_000;

const MUTATION: CacheStatus = { kind: 'forwarded', fwd: 'method', why: 'mutation' };

/** Mutations of a region in which none may run. Batches with a mutation in them go as a whole. */
export class MutationForwarder {
  constructor(
    readonly options: ForwardingOptions,
    readonly purges: Purges,
  ) {}

  /** @param traceparent of the span it is sent on in, instead of its client's */
  async send(client: Client, traceparent?: string): Promise<Outcome> {
    if (client.header(FORWARDED_HEADER) !== undefined) return failed('MUTATION_MISROUTED');
    if (this.#canReplay(client)) return this.#replay(client);
    const { primaryUrl } = this.options;
    if (primaryUrl === undefined) return failed('PRIMARY_GATEWAY_UNREACHABLE');
    try {
      return await this.#forward(primaryUrl, client, traceparent);
    } catch {
      const { problem } = client.request.upload ?? {};
      if (problem) return failed(problem.code, problem);
      // Whatever happened on the way, the change may have been made there; that region's gateway purges it then.
      return failed('PRIMARY_GATEWAY_UNREACHABLE');
    }
  }

  /** A request that Fly sent here in the primary's name, or could not replay, must not be replayed again; a message cannot be. */
  #canReplay(client: Client): boolean {
    const { body, upload, isMessage } = client.request;
    const bytes = upload ? Number(client.header('content-length') ?? Infinity) : body.length;
    if (!this.options.flyReplay || bytes > LONGEST_REPLAY || isMessage === true) return false;
    return client.header('fly-replay-failed') === undefined && client.header('fly-replay-src') === undefined;
  }

  /** Fly's proxy sees the header and sends the request to the primary region instead; no client sees this answer. */
  #replay(client: Client): FromUpstream {
    const replay = `region=${this.options.primaryRegion};state=mutation`;
    return {
      kind: 'answer',
      status: MUTATION,
      httpStatus: 409,
      contentType: client.accepts.json ?? 'application/json',
      body: '{"errors":[{"message":"This change is made in another region."}]}',
      further: ['Fly-Replay', replay],
    };
  }

  async #forward(url: string, client: Client, traceparent: string | undefined): Promise<FromUpstream> {
    const { options } = this;
    const { body, upload } = client.request;
    const form = upload && writeUpload(body.toString(), upload);
    const headers: Record<string, string> = {
      [FORWARDED_HEADER]: formatForwarded(options.region, options.secret, body),
    };
    for (const name of options.headers) {
      const value = client.header(name);
      if (value !== undefined) headers[name] = value;
    }
    if (form) headers['content-type'] = form.contentType;
    if (options.headers.includes(REQUEST_ID)) headers[REQUEST_ID] = client.requestId;
    if (traceparent !== undefined && options.headers.includes('traceparent'))
      headers['traceparent'] = traceparent;
    const answer = await send(withParameters(url, client.parameters ?? ''), {
      method: 'POST',
      headers,
      body: form?.stream ?? body,
      dispatcher: form ? options.formDispatcher : options.dispatcher,
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
    });
    const said = flatten(answer.headers);
    const told = many(answer.headers[PURGED_HEADER.toLowerCase()]).flatMap(parsePurged);
    const tokens = many(answer.headers['lastmile-token']);
    for (const purge of told.length > 0 ? told : tokens.flatMap(untold)) await this.#learn(purge);
    return {
      kind: 'answer',
      status: MUTATION,
      httpStatus: answer.statusCode,
      contentType: one(answer.headers['content-type']) ?? 'application/json',
      body: answer.body,
      // The token's own cookie is among them.
      own: said,
      language: languageIn(said),
      further: tokens.flatMap((text) => ['Lastmile-Token', text]),
      formerStatus: one(answer.headers['cache-status']),
    };
  }

  /** The purge is in this region's table before the answer leaves it. */
  async #learn({ position, purges }: ToldPurge): Promise<void> {
    if (position) {
      // What is not known may come from the log in time: then no request has to go past the cache for it.
      if (!purges && (await this.purges.reached(position, this.options.waitMs))) return;
      this.purges.applyAhead(position, purges);
    } else if (purges) {
      // It may reach the primary where the other gateway cannot. If not, it is retried from here as well.
      this.purges.append(purges).catch(() => {});
    }
  }
}

/** A gateway that was told nothing still knows by the client's token that there was a purge, and where. */
function untold(text: string): readonly ToldPurge[] {
  const token = parseToken(text);
  return token ? [{ position: token.position, purges: undefined }] : [];
}

function one(value: string | string[] | undefined): string | undefined {
  return many(value)[0];
}

function many(value: string | string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}
