import { forwarded } from '../../report/cache-status';
import { ownHeaders, type Query } from '../asked-query';
import type { Reason } from '../../report/reason';
import type { FromUpstream } from '../outcome';
import { languageIn } from '../response-headers';
import type { Decision } from '../rules';
import type { SlotAnswer } from './combined';
import { writeMerged, type Merged } from './merge';
import { entryOfParts, etagOfParts, etagOfText, extensionsOf } from './merged-answer';
import type { Plan } from './plan';
import { isOfClient, type SlotOfRequest } from './slot-of-request';

/** Why a part that was asked for is not kept, else why it was not there. */
function whyAskedFor({ decision, filled, why }: SlotOfRequest): Reason {
  return decision.kind === 'bypass' ? decision.why : (filled!.why ?? why!);
}

/** The outcome of a request some of whose slots were asked for. @param whole what the rules say of the operation as a whole */
export function outcomeOfParts(
  query: Query,
  plan: Plan,
  whole: Decision,
  {
    slots,
    answers,
    merged,
  }: {
    readonly slots: readonly SlotOfRequest[];
    readonly answers: readonly SlotAnswer[];
    readonly merged: Merged;
  },
): FromUpstream {
  const { client } = query;
  const asked = slots.filter(({ filled }) => filled);
  const isPartial = asked.length < slots.length;
  // Where nothing was there, what never will be says more than what will.
  const unkept = isPartial
    ? undefined
    : (asked.find(({ decision }) => decision.kind === 'bypass') ??
      asked.find(({ filled }) => !filled!.isStored));
  const first = asked.find((one) => one.why === 'parts') ?? unkept ?? asked[0]!;
  const isRuled = first.why === 'parts' || first.decision.kind === 'bypass';
  const whyAsked = !isRuled && !isPartial && whole.kind === 'bypass' ? whole.why : first.why!;
  const why = isRuled || whyAsked !== first.why ? whyAsked : (first.filled!.why ?? whyAsked);
  // Its client's own call: the one with credentials, where there were two.
  const ownCalls = asked.filter(({ collapsed }) => !collapsed);
  const own = (ownCalls.find(isOfClient) ?? ownCalls[0])?.filled?.execution;
  const calls = asked.flatMap(({ filled }) => filled!.execution.answer ?? []);
  const extensions = asked.some(({ collapsed }) => collapsed) ? undefined : extensionsOf(calls);
  const text = writeMerged(merged);
  const kept = slots.flatMap((one) => one.entry ?? one.filled?.entry ?? []);
  // Without any that is kept there is nothing to revalidate, as of an answer that is not cut.
  const entry =
    merged.errors.length > 0 || extensions !== undefined || kept.length === 0
      ? undefined
      : {
          ...entryOfParts(plan, kept, text, 'utf8'),
          etag: etagOfParts(
            plan,
            slots.map((one, at) => (one.entry ?? one.filled?.entry)?.etag ?? etagOfText(answers[at]!.value!)),
          ),
        };
  return {
    kind: 'answer',
    status: {
      kind: 'forwarded',
      fwd: isPartial ? 'partial' : forwarded(whyAsked),
      why,
      stored: asked.some(({ filled }) => filled!.isStored),
      collapsed: asked.every(({ collapsed }) => collapsed === true),
      parts: { all: slots.length, asked: asked.map(whyAskedFor) },
    },
    httpStatus: 200,
    contentType: client.accepts.json!,
    body: extensions === undefined ? text : `${text.slice(0, -1)},"extensions":${extensions}}`,
    entry,
    isEntrysOwn: true,
    own: own && ownHeaders(client, own),
    language: own?.answer && languageIn(own.answer.headers),
    execution: own ?? first.filled!.execution,
    isQuery: true,
  };
}
