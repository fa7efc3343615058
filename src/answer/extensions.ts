import type { ExecutionResult } from 'graphql';
import { writeJson } from '../json/exact-number';
import { membersOf } from '../json/text';

type Extensions = ExecutionResult['extensions'];

/**
 * The text of an answer without those of its extensions that are not to be kept.
 * @param text well-formed JSON, an object
 * @param extensions what it says in `extensions`
 * @param kept names of those that stay
 * @returns undefined when that is the text as it is
 */
export function withoutExtensions(
  text: string,
  extensions: Extensions,
  kept: readonly string[],
): string | undefined {
  const left = keptOf(extensions, kept);
  return left && withExtensions(text, extensions, left);
}

/** Those of an answer's extensions that stay; undefined when that is all of them. */
export function keptOf(extensions: Extensions, kept: readonly string[]): Extensions | undefined {
  if (!extensions || Object.keys(extensions).every((name) => kept.includes(name))) return undefined;
  return Object.fromEntries(Object.entries(extensions).filter(([name]) => kept.includes(name)));
}

/**
 * The text of an answer with other extensions. It is cut, not rewritten: what stays the same keeps its digits.
 * @param text well-formed JSON, an object
 * @param said what it says in `extensions`
 * @param wanted what it is to say there; nothing: it has no extensions then
 */
export function withExtensions(text: string, said: Extensions, wanted: Extensions): string {
  const members = membersOf(text);
  const isSaid = members.some(({ name }) => name === 'extensions');
  const texts = members.flatMap((member) =>
    member.name === 'extensions' ? writeExtensions(member.value, said, wanted) : member.text,
  );
  return `{${[...texts, ...(isSaid ? [] : writeExtensions('{}', said, wanted))].join(',')}}`;
}

/** The member `extensions`, where there is anything for it to say. */
export function writeExtensions(text: string, said: Extensions = {}, wanted: Extensions = {}): string[] {
  const names = new Set(Object.keys(wanted));
  const members: string[] = [];
  for (const member of membersOf(text)) {
    if (!Object.hasOwn(wanted, member.name) || wanted[member.name] !== said[member.name]) continue;
    members.push(member.text);
    names.delete(member.name);
  }
  for (const name of names) {
    const value = writeJson(wanted[name]);
    if (value !== undefined) members.push(`${JSON.stringify(name)}:${value}`);
  }
  return members.length > 0 ? [`"extensions":{${members.join(',')}}`] : [];
}
