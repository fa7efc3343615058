import assert from 'node:assert/strict';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import * as zlib from 'node:zlib';
import { execute, parse } from 'graphql';
import { exchange } from './exchange.mjs';
import { FRESH, freshText } from './requests.mjs';
import { createShop } from './shop.mjs';

const schema = createShop();

/** Numbers that no round uses. */
let fresh = 990_000_000;

/** Requests spread evenly over a workload, ready to be sent. */
export function sampleOf({ requests }, count) {
  const step = Math.max(1, Math.floor(requests.length / count));
  return requests.filter((_, index) => index % step === 0).map(made);
}

/** @throws AssertionError when a reply is not what the shop answers */
export function verify(request, { status, headers, body }) {
  assert.equal(status, 200, body.toString().slice(0, 300));
  const { query, variables, session } = request.question;
  const expected = execute({
    schema,
    document: parse(query),
    variableValues: variables,
    contextValue: { session },
  });
  const actual = JSON.parse(decoded(body, headers['content-encoding']).toString());
  assert.deepEqual(actual, JSON.parse(JSON.stringify(expected)));
}

/** Sends requests and checks every answer. @returns the replies */
export async function ask(port, requests) {
  const replies = [];
  for (const request of requests) {
    const reply = await exchange(port, request);
    verify(request, reply);
    replies.push(reply);
  }
  return replies;
}

function made(request) {
  if (!request.body.includes(FRESH)) return request;
  const body = freshText(request.body, fresh++);
  return { ...request, body, question: JSON.parse(body) };
}

function decoded(body, encoding) {
  if (encoding === undefined || encoding === 'identity') return body;
  if (encoding === 'gzip') return gunzipSync(body);
  if (encoding === 'deflate') return inflateSync(body);
  if (encoding === 'br') return brotliDecompressSync(body);
  // Node 22.15 and newer.
  if (encoding === 'zstd' && zlib.zstdDecompressSync) return zlib.zstdDecompressSync(body);
  throw new Error(`cannot read the content-encoding ${encoding}`);
}
