import { endOfString, type Member, endOfValue } from './text';

/** Characters that are read in one turn of the event loop: a millisecond or two. */
const STEP = 2 ** 18;

/** What is to be cut out of a text: the members whose names begin with `prefix`, in objects that have a place in `shape`. */
export interface Cut {
  readonly prefix: string;
  readonly shape: Shape;
}

/** The members of an object in which something may have to be cut: those that hold objects, or lists of them. */
export interface Shape extends ReadonlyMap<string, Shape> {}

/** An object or a list that is being read. */
interface Container {
  readonly isObject: boolean;
  readonly shape: Shape | undefined;
  /** a member was kept already, and the next needs a comma */
  keeps: boolean;
}

/** What may come next (RFC 8259 2). */
type Next = 'value' | 'value or close' | 'name' | 'name or close' | 'colon' | 'comma or close' | 'nothing';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];
const WHITE_SPACE = /[ \t\n\r]+/y;
const LINE_BREAK = /[\n\r]/;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;

/**
 * The members of a JSON object that is too long to be parsed in one turn of the event loop, on one line each and without what
 * is to be cut. Nothing is made of their values. What stands between the quotes of a string is not looked at.
 * @returns by steps: the caller lets other work run between two
 * @throws SyntaxError where it is no JSON object
 */
export function* membersInSteps(text: string, cut: Cut | undefined): Generator<void, Member[], void> {
  const members: Member[] = [];
  const outer: Container[] = [];
  const first = cut?.prefix.charCodeAt(0);
  let inside: Container | undefined;
  let next: Next = 'value' as Next;
  /** what is kept of the value of the member of the whole that it is at, in parts and in pieces of the last of these */
  let parts: string[] = [];
  let pieces: string[] = [];
  /** all before this is in there, or is not kept */
  let done = 0;
  let name = '';
  /** of the objects and lists it is in, how many a member that is cut is in; -1: none is */
  let cutAt = -1;
  let below: Shape | undefined;
  let stepEnd = STEP;

  const keepTo = (end: number): void => {
    if (cutAt === -1 && end > done) pieces.push(text.slice(done, end));
    done = end;
  };
  /** A value has ended. */
  const ended = (at: number): void => {
    if (!inside) throw wrong(at);
    next = 'comma or close';
    if (outer.length === 0) {
      keepTo(at);
      const value = parts.concat(pieces).join('');
      members.push({ name, text: `${JSON.stringify(name)}:${value}`, value });
      [parts, pieces] = [[], []];
    } else if (cutAt === outer.length) {
      cutAt = -1;
      done = at;
    }
  };
  const isToBeCut = (from: number, end: number): boolean => {
    const initial = text.charCodeAt(from + 1);
    return (initial === first || initial === BACKSLASH) && nameIn(text, from, end).startsWith(cut!.prefix);
  };
  const begins = (at: number): void => {
    if (next !== 'value' && next !== 'value or close') throw wrong(at);
    if (outer.length === 0 && inside) done = at;
  };

  for (let at = 0; at < text.length;) {
    if (at >= stepEnd) {
      if (outer.length > 0) keepTo(at);
      // Joined now, so that there is not too much to be joined in the end.
      parts.push(pieces.join(''));
      pieces = [];
      stepEnd = at + STEP;
      yield;
    }
    const code = text.charCodeAt(at);
    switch (code) {
      case OPEN_OBJECT:
      case OPEN_LIST: {
        begins(at);
        const isObject = code === OPEN_OBJECT;
        if (!inside && !isObject) throw wrong(at);
        if (inside) outer.push(inside);
        const shape = outer.length === 0 ? undefined : below;
        inside = { isObject, shape, keeps: false };
        next = isObject ? 'name or close' : 'value or close';
        at++;
        break;
      }
      case CLOSE_OBJECT:
      case CLOSE_LIST: {
        const mayClose =
          next === 'comma or close' || next === (inside?.isObject ? 'name or close' : 'value or close');
        if (!inside || !mayClose || inside.isObject !== (code === CLOSE_OBJECT)) throw wrong(at);
        inside = outer.pop();
        at++;
        if (inside) ended(at);
        else next = 'nothing';
        break;
      }
      case COMMA:
        if (next !== 'comma or close') throw wrong(at);
        next = inside!.isObject ? 'name' : 'value';
        if (!inside!.isObject) below = inside!.shape;
        else if (inside!.shape && cutAt === -1) {
          // It is written before the next member that is kept.
          keepTo(at);
          done = at + 1;
        }
        at++;
        break;
      case COLON:
        if (next !== 'colon') throw wrong(at);
        next = 'value';
        at++;
        break;
      case QUOTE: {
        const end = endOfString(text, at) + 1;
        if (end > text.length) throw wrong(at);
        if (next === 'name' || next === 'name or close') {
          const { shape } = inside!;
          if (outer.length === 0) {
            name = nameIn(text, at, end);
            below = name === 'data' ? cut?.shape : undefined;
          } else if (!shape || cutAt !== -1) {
            below = undefined;
          } else if (isToBeCut(at, end)) {
            if (!inside!.keeps) keepTo(at);
            cutAt = outer.length;
            below = undefined;
          } else {
            if (inside!.keeps) pieces.push(',');
            inside!.keeps = true;
            below = shape.get(nameIn(text, at, end));
          }
          next = 'colon';
        } else {
          begins(at);
          ended(end);
        }
        at = end;
        break;
      }
      case 0x20:
      case 0x09:
      case 0x0a:
      case 0x0d: {
        WHITE_SPACE.lastIndex = at;
        WHITE_SPACE.test(text);
        const end = WHITE_SPACE.lastIndex;
        if (outer.length > 0 && LINE_BREAK.test(text.slice(at, end))) {
          keepTo(at);
          done = end;
        }
        at = end;
        break;
      }
      default:
        SCALAR.lastIndex = at;
        if (!SCALAR.test(text)) throw wrong(at);
        begins(at);
        at = SCALAR.lastIndex;
        ended(at);
    }
  }
  if (next !== 'nothing') throw wrong(text.length);
  return members;
}

function nameIn(text: string, from: number, end: number): string {
  const name = text.slice(from + 1, end - 1);
  return name.includes('\\') ? (JSON.parse(text.slice(from, end)) as string) : name;
}

function wrong(at: number): SyntaxError {
  return new SyntaxError(`this is no JSON object: see character ${at}`);
}

/**
 * The first items of a list.
 * @param list well-formed JSON
 * @param most how many at most, and how many characters they may take
 * @returns `isAll`: there are no others
 */
export function leadingItems(
  list: string,
  most: { readonly items: number; readonly characters: number },
): { readonly text: string; readonly isAll: boolean } {
  let end = 0;
  for (let items = 0; items < most.items; items++) {
    const next = endOfValue(list, end + 1, Math.min(list.length, most.characters));
    // It is longer than may be looked at.
    if (next >= most.characters) break;
    if (list.charCodeAt(next) !== COMMA) return { text: list, isAll: true };
    end = next;
  }
  return { text: `[${list.slice(1, Math.max(1, end))}]`, isAll: false };
}
