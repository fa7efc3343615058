import assert from 'node:assert/strict';
import { exchange, forEach } from '../workload/exchange.mjs';

/** Of a reply, what a client needs to understand the same bytes. */
const KEPT = ['content-type', 'content-encoding', 'vary', 'etag'];
/** And what a cache says of it. */
const SAID = ['cache-status', 'cache-control', 'age'];

/**
 * What the bare servers write for a workload: the reply of middle size that a subject gave, with the headers it takes or
 * with all that a cache sends.
 * @param {{ status: number, headers: Record<string, string>, body: Buffer }[]} replies
 */
export function referenceOf(replies, status = 200) {
  const { headers, body } = replies.toSorted((a, b) => a.body.length - b.body.length)[replies.length >> 1];
  const of = (names) =>
    names.filter((name) => headers[name] !== undefined).flatMap((name) => [name, headers[name]]);
  return { body, headers: of(KEPT), allHeaders: of([...KEPT, ...SAID]), status };
}

/**
 * A workload whose every request carries the validator of its answer, which is answered 304.
 * @throws AssertionError when a subject gives no validator, or answers otherwise
 */
export async function revalidating(workload, port) {
  const requests = [];
  const ask = async (request) => {
    const { headers } = await exchange(port, request);
    assert.ok(headers.etag, 'a subject gave no ETag');
    const conditional = {
      ...request,
      headers: { ...request.headers, 'if-none-match': headers.etag },
    };
    const { status } = await exchange(port, conditional);
    assert.equal(status, 304);
    requests.push(conditional);
  };
  await forEach(workload.requests, ask);
  return { ...workload, requests };
}
