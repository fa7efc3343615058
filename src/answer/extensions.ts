import type { ExecutionResult } from 'graphql';

/** A member of a JSON object, as it is written. */
interface Member {
  readonly name: string;
  readonly text: string;
  /** the text behind its colon */
  readonly value: string;
}

/**
 * The text of an answer without those of its extensions that are not to be kept. It is cut, not written anew: a number keeps
 * all its digits.
 * @param text well-formed JSON, an object
 * @param extensions what it says in `extensions`
 * @param kept names of those that stay
 * @returns undefined when that is the text as it is
 */
export function withoutExtensions(
  text: string,
  extensions: ExecutionResult['extensions'],
  kept: readonly string[],
): string | undefined {
  if (!extensions || Object.keys(extensions).every((name) => kept.includes(name))) return undefined;
  const members: string[] = [];
  for (const member of membersOf(text)) {
    const left =
      member.name === 'extensions'
        ? membersOf(member.value).filter(({ name }) => kept.includes(name))
        : undefined;
    if (!left) members.push(member.text);
    else if (left.length > 0) members.push(`"extensions":{${left.map((each) => each.text).join(',')}}`);
  }
  return `{${members.join(',')}}`;
}

/** The members of an object, in one pass over its text. */
function membersOf(text: string): Member[] {
  const members: Member[] = [];
  let depth = 0;
  let from = 0;
  const end = (at: number): void => {
    const member = memberOf(text.slice(from, at).trim());
    if (member) members.push(member);
    from = at + 1;
  };
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"':
        at = endOfString(text, at);
        break;
      case '{':
      case '[':
        if (++depth === 1) from = at + 1;
        break;
      case ',':
        if (depth === 1) end(at);
        break;
      case '}':
      case ']':
        if (--depth === 0) end(at);
        break;
    }
  }
  return members;
}

/** @returns undefined for nothing, as between the braces of an empty object */
function memberOf(text: string): Member | undefined {
  if (text === '') return undefined;
  const end = endOfString(text, 0) + 1;
  const name = JSON.parse(text.slice(0, end)) as string;
  return { name, text, value: text.slice(text.indexOf(':', end) + 1) };
}

/** Where the string that begins here has its last quote. */
function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at;
    while (text[before - 1] === '\\') before--;
    // An even number of backslashes escape each other.
    if ((at - before) % 2 === 0) return at;
  }
  return text.length;
}
