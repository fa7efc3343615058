/**
 * The upstream of whoever has one: light, so that what is measured is in front of it. It executes a request once, keeps
 * the answer's bytes, and counts.
 *
 * `/hold?ms=N` makes every later answer wait N milliseconds.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { execute, parse } from 'graphql';
import { createShop } from '../../workload/shop.mjs';
import { listen } from './announce.mjs';

const MOST_KEPT = 20_000;

const schema = createShop();
const documents = new Map();
const answers = new Map();
let asked = 0;
let holdMs = 0;

function answer(text, session) {
  const key = session === undefined ? text : `${session}\n${text}`;
  const kept = answers.get(key);
  if (kept) return kept;
  const { query, variables, operationName } = JSON.parse(text);
  const result = execute({
    schema,
    document: document(query),
    variableValues: variables,
    operationName,
    contextValue: { session },
  });
  return remember(answers, key, Buffer.from(JSON.stringify(result)));
}

function document(query) {
  return documents.get(query) ?? remember(documents, query, parse(query, { noLocation: true }));
}

function remember(map, key, value) {
  if (map.size >= MOST_KEPT) map.clear();
  map.set(key, value);
  return value;
}

/** What a GET says, as the body of a POST would. nginx asks so. */
function textOf(search) {
  return JSON.stringify({
    query: search.get('query'),
    variables: JSON.parse(search.get('variables') ?? '{}'),
    operationName: search.get('operationName') ?? undefined,
  });
}

function reply(request, response, text, isGet) {
  asked++;
  const body = answer(text, request.headers['authorization']);
  const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length };
  if (isGet) {
    headers['cache-control'] = 'public, max-age=3600';
    headers['etag'] = `"${createHash('sha256').update(body).digest('base64url')}"`;
  }
  const send = () => response.writeHead(200, headers).end(body);
  if (holdMs > 0) setTimeout(send, holdMs);
  else send();
}

listen(
  createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    if (request.method === 'GET') {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://origin');
      if (pathname !== '/hold') return reply(request, response, textOf(searchParams), true);
      holdMs = Number(searchParams.get('ms'));
      return response.end();
    }
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => reply(request, response, Buffer.concat(chunks).toString(), false));
  }),
  () => asked,
);
