/** A member of a JSON object, as it is written. */
export interface Member {
  readonly name: string;
  readonly text: string;
  /** the text behind its colon */
  readonly value: string;
}

/** The members of an object, in one pass over its text, which is well-formed. */
export function membersOf(text: string): Member[] {
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

/** The items of a list, as they are written. @param list well-formed JSON */
export function itemsOf(list: string): string[] {
  const items: string[] = [];
  for (let end = list.indexOf('['); list.charCodeAt(end) !== CLOSE_LIST && end < list.length;) {
    const from = end + 1;
    end = endOfValue(list, from);
    const item = list.slice(from, end).trim();
    if (item !== '') items.push(item);
  }
  return items;
}

/** Where the string that begins here has its last quote; the text's length when it has none. */
export function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at;
    while (text.charCodeAt(before - 1) === BACKSLASH) before--;
    // An even number of backslashes escape each other.
    if ((at - before) % 2 === 0) return at;
  }
  return text.length;
}

/** A text of several lines on one, without the white space between its parts; any other as it is. */
export function onOneLine(text: string): string {
  if (!/[\r\n]/.test(text)) return text;
  let line = '';
  for (let at = 0; at < text.length;) {
    const quote = text.indexOf('"', at);
    const end = quote === -1 ? text.length : quote;
    line += text.slice(at, end).replaceAll(/\s+/g, '');
    at = quote === -1 ? end : endOfString(text, quote) + 1;
    line += text.slice(end, at);
  }
  return line;
}

/** A container that the pass of {@link withoutRemoved} is in. */
interface Container {
  /** what it says now; anything else where that cannot be told */
  readonly value: unknown;
  readonly isObject: boolean;
  /** of the item or member it is at */
  index: number;
  /** where the name of the member it is at begins and ends, with its quotes; -1: it is yet to come */
  nameFrom: number;
  nameEnd: number;
  /** the last comma in it */
  comma: number;
  /** a member was kept already */
  keeps: boolean;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];

/**
 * The text of a value from which members were removed since it was read, without them. All else stays as it is written:
 * digits, order, escapes, white space. One pass, however deep it is.
 * @param text well-formed JSON
 * @param value what it said, but for the members that were removed
 * @param prefix what the names of removed members begin with; others may begin with it as well
 */
export function withoutRemoved(text: string, value: unknown, prefix: string): string {
  const first = prefix.charCodeAt(0);
  const outer: Container[] = [];
  let inside: Container | undefined;
  let kept = '';
  let done = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case OPEN_LIST:
      case OPEN_OBJECT: {
        const isObject = text.charCodeAt(at) === OPEN_OBJECT;
        const below = inside ? valueAt(inside, text) : value;
        if (inside) outer.push(inside);
        inside = { value: below, isObject, index: 0, nameFrom: -1, nameEnd: -1, comma: -1, keeps: false };
        break;
      }
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        inside = outer.pop();
        break;
      case COMMA:
        if (!inside) break;
        inside.index++;
        inside.nameFrom = -1;
        inside.comma = at;
        break;
      case QUOTE: {
        const end = endOfString(text, at);
        if (!inside?.isObject || inside.nameFrom !== -1) {
          at = end;
          break;
        }
        inside.nameFrom = at;
        inside.nameEnd = end + 1;
        const initial = text.charCodeAt(at + 1);
        if ((initial !== first && initial !== BACKSLASH) || !isRemoved(inside, text, prefix)) {
          inside.keeps = true;
          at = end;
          break;
        }
        const next = endOfValue(text, text.indexOf(':', end) + 1);
        // The comma before it goes with it; of the first of its object that behind it, if there is one.
        kept += text.slice(done, inside.keeps ? inside.comma : at);
        done = inside.keeps || text.charCodeAt(next) !== COMMA ? next : next + 1;
        if (done > next) inside.nameFrom = -1;
        at = done - 1;
        break;
      }
    }
  }
  return done === 0 ? text : kept + text.slice(done);
}

/** What the member or item says that a container is at; undefined where its text and its value do not match. */
function valueAt(container: Container, text: string): unknown {
  const { value, isObject, index } = container;
  if (typeof value !== 'object' || value === null) return undefined;
  const key = isObject ? nameOf(container, text) : index;
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

function isRemoved(container: Container, text: string, prefix: string): boolean {
  const { value } = container;
  const name = nameOf(container, text);
  return (
    name.startsWith(prefix) && typeof value === 'object' && value !== null && !Object.hasOwn(value, name)
  );
}

function nameOf({ nameFrom, nameEnd }: Container, text: string): string {
  const name = text.slice(nameFrom + 1, nameEnd - 1);
  return name.includes('\\') ? (JSON.parse(text.slice(nameFrom, nameEnd)) as string) : name;
}

/**
 * Where the comma or bracket stands that follows a value in an object or a list.
 * @param to looked at no further than this
 */
export function endOfValue(text: string, from: number, to = text.length): number {
  let depth = 0;
  for (let at = from; at < to; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        depth++;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        if (depth-- === 0) return at;
        break;
      case COMMA:
        if (depth === 0) return at;
        break;
    }
  }
  return to;
}
