import type { Asked } from '../operation/asked';
import { NO_SESSION, type Session, type Sessions } from '../session/session';
import type { Decision } from './decide';
import type { Generation } from './generation';
import type { AnswerType } from './media-type';
import { header, type GatewayRequest } from './request';
import type { TokenHolder } from './token-holder';

/** A query on its way to an answer. */
export interface Journey {
  readonly generation: Generation;
  readonly asked: Asked;
  readonly request: GatewayRequest;
  readonly session: Session;
  readonly type: AnswerType;
  /** its client, if that presents a token */
  readonly holder: TokenHolder | undefined;
}

/** Where its answer may be found. */
export type Lookup = Extract<Decision, { kind: 'lookup' }>;

/**
 * Who is asking, where that matters: what is public by declaration, or never kept, is answered alike whoever it is, and must
 * not wait for the keys that tokens are verified with. A promise only where that has to be done.
 */
export function identify(
  sessions: Sessions,
  { operation: { policy } }: Asked,
  request: GatewayRequest,
): Session | Promise<Session> {
  if (sessions.header === undefined) return NO_SESSION;
  const isForAll = policy.maxAge <= 0 || (policy.scope === 'PUBLIC' && policy.declared);
  // Whoever looks closer wants to know for whom it was.
  if (isForAll && !request.witness) return NO_SESSION;
  return sessions.identify(header(request, sessions.header));
}
