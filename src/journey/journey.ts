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

/** Who is asking. A promise only where that has to be verified. */
export function identify(sessions: Sessions, request: GatewayRequest): Session | Promise<Session> {
  return sessions.header === undefined ? NO_SESSION : sessions.identify(header(request, sessions.header));
}
