import { hash } from 'node:crypto';
import type { ExecutionResult } from 'graphql';
import { strongEtag, type Entry } from '../../cache/entry';
import { comparePositions } from '../../purge/position';
import { membersOf } from '../../json/text';
import { saysOk } from '../../upstream/fault';
import type { UpstreamAnswer } from '../../upstream/upstream';
import type { Answered } from '../fill';
import { mismatch, MOST_MERGED, readPartErrors, valueIn, type Mismatch, type SlotAnswer } from './combined';
import { merge, writeMerged } from './merge';
import type { Plan, Slot } from './plan';

/** Of what makes one answer of several: texts, validators, times. Pure. */

/**
 * The answer that a plan's entries make together, as an entry that is kept nowhere: its age is that of the oldest.
 * Texts stay as they lie in memory, one character for each byte.
 */
export function mergeEntries(
  plan: Plan,
  entries: readonly Entry[],
  variables: Readonly<Record<string, unknown>>,
): Entry | Mismatch {
  if (entries.reduce((sum, { body }) => sum + body.length, 0) > MOST_MERGED)
    return mismatch('request-error', []);
  const answers: SlotAnswer[] = [];
  for (const [at, entry] of entries.entries()) {
    const value = valueIn(plan.slots[at]!, entry.text ?? entry.body.toString('latin1'));
    if (value === undefined) return mismatch('shape', [at]);
    answers.push({ value, errors: [] });
  }
  const merged = merge(plan, answers, variables);
  return merged.kind === 'mismatch' ? merged : entryOfParts(plan, entries, writeMerged(merged), 'latin1');
}

/** @param entries at least one. @param text the whole answer. @param encoding `latin1`: it has one character for each byte */
export function entryOfParts(
  plan: Plan,
  entries: readonly Entry[],
  text: string,
  encoding: 'latin1' | 'utf8',
): Entry {
  const [first] = entries;
  const ends = entries.map(({ answeredAt, maxAge }) => answeredAt + maxAge * 1000);
  const answeredAt = Math.min(...entries.map((entry) => entry.answeredAt));
  return {
    key: first!.key,
    body: Buffer.from(text, encoding),
    ...(encoding === 'latin1' && { text }),
    language: languageOf(entries.map(({ language }) => language)),
    etag: etagOfParts(
      plan,
      entries.map(({ etag }) => etag),
    ),
    asOf: entries.map(({ asOf }) => asOf).reduce((a, b) => (comparePositions(a, b) <= 0 ? a : b)),
    tags: [...new Set(entries.flatMap(({ tags }) => tags))],
    answeredAt,
    maxAge: Math.max(0, Math.round(Math.min(...ends) - answeredAt) / 1000),
    swr: 0,
    staleIfError: 0,
  };
}

/** The language of all, where it is one. */
function languageOf(all: readonly (string | undefined)[]): string | undefined {
  return all.every((language) => language === all[0]) ? all[0] : undefined;
}

const planIds = new WeakMap<Plan, string>();

function idOf(plan: Plan): string {
  const known = planIds.get(plan);
  if (known !== undefined) return known;
  const layout = plan.roots.map(({ responseKey, slots }) => [responseKey, slots]);
  const id = JSON.stringify([layout, plan.slots.map(({ operation }) => operation.id)]);
  planIds.set(plan, id);
  return id;
}

/** Strong (RFC 9110 8.8.3): equal parts, put together in one way, are equal bytes. */
export function etagOfParts(plan: Plan, etags: readonly string[]): string {
  return `"${hash('sha256', idOf(plan) + etags.join(','), 'base64url').slice(0, 27)}"`;
}

export function etagOfText(text: string): string {
  return strongEtag(Buffer.from(text));
}

/** What a slot's entry says, in characters. */
export function answerOfEntry(slot: Slot, entry: Entry): SlotAnswer | undefined {
  const value = valueIn(slot, entry.body.toString());
  return value === undefined ? undefined : { value, errors: [] };
}

/**
 * What upstream said of a slot.
 * @returns undefined where it said nothing of it: it refused, failed, or answered with another status than 200
 */
export function answerOfUpstream(slot: Slot, { body, clean, execution }: Answered): SlotAnswer | undefined {
  const { answer } = execution;
  if (!answer?.answered || !saysOk(answer)) return undefined;
  if (clean) {
    const value = valueIn(slot, body);
    return value === undefined ? undefined : { value, errors: [] };
  }
  const members = new Map(membersOf(body).map(({ name, value }) => [name, value.trim()]));
  const data = members.get('data');
  if (data === undefined) return undefined;
  const errors = readPartErrors(members.get('errors'));
  // What is said of no field is said of the whole.
  if (!errors || errors.some(({ path }) => !path)) return undefined;
  if (data === 'null') return { value: undefined, errors };
  const value = membersOf(data).find(({ name }) => name === slot.field)?.value;
  return value === undefined ? undefined : { value: value.trim(), errors };
}

/** What upstream said of one call, beside the answer: its cost, its trace. Undefined where there were several calls. */
export function extensionsOf(answers: readonly UpstreamAnswer[]): string | undefined {
  const [answer, ...others] = new Set(answers);
  if (!answer || others.length > 0) return undefined;
  if (answer.text !== undefined)
    return membersOf(answer.text)
      .find(({ name }) => name === 'extensions')
      ?.value.trim();
  const { extensions } = answer.result as ExecutionResult;
  return extensions && JSON.stringify(extensions);
}
