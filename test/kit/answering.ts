/**
 * An upstream whose answers are texts: what it was asked, and the very bytes that it answered.
 *
 *   const upstream = cleanup.add(await startAnswering(({ query }) => '{"data":{"price":1.10}}'));
 */
import { buffer } from 'node:stream/consumers';
import { startLocalServer, type LocalServer } from './local-server';

export interface AskedText {
  /** the whole request */
  readonly body: string;
  readonly query: string;
}

export interface Answering extends LocalServer {
  readonly asked: AskedText[];
}

/** @param answer the text of an answer; a gateway's look whether upstream is there is none of what it is asked */
export async function startAnswering(
  answer: (asked: AskedText) => string | Promise<string>,
  type = 'application/json',
): Promise<Answering> {
  const asked: AskedText[] = [];
  const server = await startLocalServer(async (request, response) => {
    const body = (await buffer(request)).toString();
    const { query } = JSON.parse(body) as { query: string };
    const isProbe = query.replaceAll(/\s/g, '') === '{__typename}';
    if (!isProbe) asked.push({ body, query });
    const text = isProbe ? '{"data":{"__typename":"Query"}}' : await answer({ body, query });
    response.writeHead(200, { 'content-type': isProbe ? 'application/json' : type }).end(text);
  });
  return Object.assign(server, { asked });
}
