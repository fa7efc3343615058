/**
 * @typedef {object} Request
 * @property {'GET' | 'POST'} method
 * @property {string} path
 * @property {Record<string, string>} headers
 * @property {string} body empty for GET
 * @property {Question} question what it asks
 */

/** @typedef {{ query: string, variables: Record<string, unknown>, session?: string }} Question */

/** Stands in a request for a number that is another in every request: nine digits. */
export const FRESH = '@@@@@@@@@';

const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';

/** @returns {Request} */
export function asPost(/** @type {Question} */ question, headers = {}) {
  const { query, variables, session } = question;
  return {
    method: 'POST',
    path: '/graphql',
    headers: {
      accept: ACCEPT,
      'content-type': 'application/json',
      ...(session && { authorization: session }),
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
    question,
  };
}

/** @returns {Request} */
export function asGet(/** @type {Question} */ question, headers = {}) {
  const { query, variables, session } = question;
  const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  return {
    method: 'GET',
    path: `/graphql?${search}`,
    headers: { accept: ACCEPT, ...(session && { authorization: session }), ...headers },
    body: '',
    question,
  };
}

/** The bytes of a request on a connection that is kept. */
export function wireText({ method, path, headers, body }) {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const length = body === '' ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`;
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}${length}\r\n${body}`;
}

/** A request with its {@link FRESH} replaced. */
export function freshText(text, number) {
  return text.replaceAll(FRESH, String(number).padStart(FRESH.length, '0'));
}
