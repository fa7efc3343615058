import { PURGED_HEADER } from './purged-header';
import type { Reply } from './request';

/**
 * Joins the answers of a batch. Each was looked up by itself; the whole says the least that is true of all: it may not
 * be stored downstream, and it carries every cookie and the last token.
 */
export function joinBatch(replies: readonly Reply[]): Reply {
  const bodies: Buffer[] = [];
  for (const { body } of replies) {
    if (typeof body !== 'string' && !Buffer.isBuffer(body))
      throw new TypeError('A batch holds whole answers only.');
    bodies.push(Buffer.from(bodies.length === 0 ? '[' : ','), Buffer.from(body));
  }
  bodies.push(Buffer.from(']'));
  const headers = ['Content-Type', 'application/json; charset=utf-8', 'Cache-Control', 'no-store'];
  const statuses: string[] = [];
  let token: string | undefined;
  for (const reply of replies) {
    for (let index = 0; index < reply.headers.length; index += 2) {
      const [name, value] = [reply.headers[index]!, reply.headers[index + 1]!];
      if (name === 'Cache-Status') statuses.push(value);
      if (name === 'Set-Cookie' || name === PURGED_HEADER) headers.push(name, value);
      if (name === 'Lastmile-Token') token = value;
    }
  }
  // RFC 9211 2: a list; here one member for each request of the batch, in its order.
  headers.push('Cache-Status', statuses.join(', '));
  if (token !== undefined) headers.push('Lastmile-Token', token);
  return { status: 200, headers, body: Buffer.concat(bodies) };
}
