import { print, type DocumentNode } from 'graphql';
import type { UpstreamRequest } from './upstream';

interface PrintedDocument {
  /** the text as a JSON string, quotes included */
  readonly json: string;
  /** true when the answer may come in parts */
  readonly inParts: boolean;
}

const SINGLE = 'application/graphql-response+json, application/json;q=0.9';

/** Printed once: documents live as long as the gateway remembers the text they came from. */
const printed = new WeakMap<DocumentNode, PrintedDocument>();

/**
 * The JSON body of a GraphQL over HTTP request (section 5.4). Variables are written as they are: a library that looks for
 * files among them takes `{ "then": 1 }` or a variable named `promise` for an upload.
 */
export function writeBody(request: UpstreamRequest): string {
  let body = `{"query":${printOnce(request.document).json}`;
  if (request.operationName !== undefined)
    body += `,"operationName":${JSON.stringify(request.operationName)}`;
  const variables = JSON.stringify(request.variables);
  if (variables !== '{}') body += `,"variables":${variables}`;
  return `${body}}`;
}

/** What we can read. Parts are asked for only when the document asks for them: some servers prefer them if offered. */
export function acceptHeader(request: UpstreamRequest): string {
  if (request.operation === 'subscription') return `text/event-stream, ${SINGLE}`;
  if (!printOnce(request.document).inParts) return SINGLE;
  return `multipart/mixed;deferSpec=20220824, multipart/mixed, ${SINGLE}`;
}

/** True when the answer may be a stream: {@link acceptHeader} offers that. */
export function asksForStream(request: UpstreamRequest): boolean {
  return request.operation === 'subscription' || printOnce(request.document).inParts;
}

function printOnce(document: DocumentNode): PrintedDocument {
  const known = printed.get(document);
  if (known) return known;
  const text = print(document);
  // Also true for `@defer` inside a string: then a form is offered that upstream will not choose.
  const fresh = { json: JSON.stringify(text), inParts: /@(?:defer|stream)\b/.test(text) };
  printed.set(document, fresh);
  return fresh;
}
