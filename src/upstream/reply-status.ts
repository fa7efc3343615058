import { isInPieces, type UpstreamAnswer } from './upstream';

const NEWER_TYPE = 'application/graphql-response+json';

/**
 * The HTTP status of a reply that passes on a whole answer: upstream's own, whatever the body holds, for a client may have
 * to do something by it, such as to refresh its token. Only of an answer without `data` it is another one where the media
 * type of the reply has no room for it (GraphQL over HTTP 6.4): the newer type wants a status of failure, and in
 * `application/json` a 400 that upstream chose for the newer type is 200.
 * @param type of the reply
 * @returns undefined where upstream gave none, or its answer is ours or comes in pieces
 */
export function replyStatus(answer: UpstreamAnswer | undefined, type: string): number | undefined {
  if (!answer?.answered || answer.status === undefined || isInPieces(answer)) return undefined;
  const { result, headers } = answer;
  const status = nearest(answer.status);
  if ('data' in result) return status;
  if (type.startsWith(NEWER_TYPE)) return status < 400 ? 400 : status;
  return status === 400 && headers['content-type']?.startsWith(NEWER_TYPE) ? 200 : status;
}

/** RFC 9110: 205 has no body, so that an answer cannot have it (15.3.6), and what is above 599 counts as 5xx (15). */
function nearest(status: number): number {
  if (status > 599) return 500;
  return status === 205 ? 200 : status;
}
