import type { Asked } from '../operation/asked';
import { decide } from './decide';
import { identify } from './journey';
import { judged } from './look-up';
import { accepted } from './media-type';
import type { JourneyParts } from './parts';
import { header, type GatewayRequest, type Reply } from './request';
import type { EntryServer } from './serve-entry';
import { tokenOf } from './token';
import { TokenHolder } from './token-holder';

/** The hit path: nothing is awaited. @returns undefined when the request needs a longer journey */
export function hit(
  parts: JourneyParts,
  entries: EntryServer,
  asked: Asked,
  request: GatewayRequest,
): Reply | undefined {
  const { policy } = asked.operation;
  const type = accepted(header(request, 'accept')).json;
  if (type === undefined || policy.maxAge <= 0) return undefined;
  const session = identify(parts.sessions, asked, request);
  if (session instanceof Promise) return undefined;
  const decision = decide(asked, request, session, parts.settings, parts.now());
  if (decision.kind !== 'lookup' || !parts.purges.isProven(parts.now())) return undefined;
  const token = tokenOf(request, parts.settings.tokenCookie);
  const holder = token && new TokenHolder(parts, token);
  if (holder && !holder.isReached) return undefined;
  const entry = parts.near.peek(decision.key);
  if (!entry) return undefined;
  holder?.shows(entry);
  const next = holder?.covering();
  if (holder && !next) return undefined;
  const now = parts.now();
  if (judged(entry, parts.purges.table, now).kind !== 'fresh') return undefined;
  const reply = entries.serve(entry, decision.scope, now, { request, type });
  return next ? entries.withToken(reply, next) : reply;
}
