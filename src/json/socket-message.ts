import { membersOf } from './text';

/** The subprotocol that is spoken here: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */
export const SUBPROTOCOL = 'graphql-transport-ws';

/** Why a WebSocket is closed: RFC 6455 7.4.1, and what the subprotocol says. */
export const CLOSE = {
  goingAway: 1001,
  internal: 1011,
  badMessage: 4400,
  unauthorized: 4401,
  initTimeout: 4408,
  duplicateId: 4409,
  tooManyInits: 4429,
} as const;

/** A message of the subprotocol, as it was written. */
export interface SocketMessage {
  readonly type: string;
  readonly id: string | undefined;
  /** JSON; undefined where there is none, or null */
  readonly payload: string | undefined;
}

/**
 * Takes a message apart and leaves its payload as it is written: that of an operation is a request as it comes by HTTP, is
 * known by its bytes when it comes again, and keeps the digits of its numbers.
 * @returns undefined for what is none
 */
export function readMessage(text: string): SocketMessage | undefined {
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined;
  try {
    const members = membersOf(text);
    const values = new Map(members.map(({ name, value }) => [name, value.trim()]));
    // Two members of one name could mean one thing to us and another to a proxy in front.
    if (values.size !== members.length) return undefined;
    const type: unknown = JSON.parse(values.get('type') ?? '');
    const id: unknown = JSON.parse(values.get('id') ?? 'null');
    const payload = values.get('payload');
    if (typeof type !== 'string' || (id !== null && (typeof id !== 'string' || id === ''))) return undefined;
    return { type, id: id ?? undefined, payload: payload === 'null' ? undefined : payload };
  } catch {
    return undefined;
  }
}

/** The text of a message. @param payload JSON as it is to leave */
export function writeMessage(type: string, id?: string, payload?: string): string {
  const named = id === undefined ? '' : `"id":${JSON.stringify(id)},`;
  return `{${named}"type":"${type}"${payload === undefined ? '' : `,"payload":${payload}`}}`;
}
