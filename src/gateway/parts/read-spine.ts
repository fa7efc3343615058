import { PART_PREFIX, PART_TYPE } from '../../policy/part-names';
import { endOfString, endOfValue } from '../../json/text';
import type { PartPlace } from './classes';

/** One slice's value in a place on the spine: what is below the spine is its text. */
export type SpineValue = null | SpineObject | readonly SpineValue[];

export interface SpineObject {
  /** where the slice asked for it */
  readonly type: string | undefined;
  /** the text of what tells it from others; empty where its place does; undefined: part of it is null */
  readonly key: string | undefined;
  /** by the index of the place: a text below the spine, else a value on it; undefined: it is not there */
  readonly members: readonly (string | SpineValue | undefined)[];
}

/** The text is not what was asked for. */
export class NotAsAsked extends Error {}

const [QUOTE, COMMA, COLON] = [0x22, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];
const SPACE = 0x20;

/** A key that is null, or an edge's node without one. */
const NULL_KEY = /^null$|:\s*null\s*[,}]/;

/** Lists in lists: no type has more. */
const MOST_LISTS = 50;

/**
 * Reads the spine of a slice's value, and nothing below it, in one pass over the text.
 * @param text well-formed JSON; all characters, or one for each byte
 * @throws NotAsAsked where there is something else in a place than an object, a list or null
 */
export function readSpine(text: string, place: PartPlace): SpineValue {
  return new SpineReader(text).value(place, 0);
}

class SpineReader {
  #at = 0;

  constructor(readonly text: string) {}

  value(place: PartPlace, lists: number): SpineValue {
    switch (this.#next()) {
      case OPEN_OBJECT:
        return this.#object(place);
      case OPEN_LIST:
        return this.#list(place, lists + 1);
      default:
        if (!this.text.startsWith('null', this.#at)) throw new NotAsAsked();
        this.#at += 4;
        return null;
    }
  }

  #list(place: PartPlace, lists: number): readonly SpineValue[] {
    if (lists > MOST_LISTS) throw new NotAsAsked();
    const items: SpineValue[] = [];
    this.#at++;
    for (let code = this.#next(); code !== CLOSE_LIST; code = this.#next()) {
      if (code === COMMA) this.#at++;
      items.push(this.value(place, lists));
    }
    this.#at++;
    return items;
  }

  #object(place: PartPlace): SpineObject {
    const members: (string | SpineValue | undefined)[] = [];
    let type: string | undefined;
    let key = '';
    let isKnown = true;
    this.#at++;
    for (let code = this.#next(); code !== CLOSE_OBJECT; code = this.#next()) {
      if (code === COMMA) {
        this.#at++;
        code = this.#next();
      }
      if (code !== QUOTE) throw new NotAsAsked();
      const end = endOfString(this.text, this.#at);
      const name = this.text.slice(this.#at + 1, end);
      this.#at = end + 1;
      if (this.#next() !== COLON) throw new NotAsAsked();
      this.#at++;
      const child = place.children.get(name);
      if (child?.isSpine) members[child.index] = this.value(child, 0);
      else {
        const value = this.#text();
        if (child) members[child.index] = value;
        else if (name === PART_TYPE) type = value.slice(1, -1);
        else if (name.startsWith(PART_PREFIX)) {
          key += `${name}:${value},`;
          isKnown &&= !NULL_KEY.test(value);
        }
      }
    }
    this.#at++;
    return { type, key: isKnown ? key : undefined, members };
  }

  /** The text of the value here, without white space around it. */
  #text(): string {
    this.#next();
    const from = this.#at;
    this.#at = endOfValue(this.text, from);
    const value = this.text.slice(from, this.#at);
    return this.text.charCodeAt(this.#at - 1) <= SPACE ? value.trimEnd() : value;
  }

  /** The character of the next token. */
  #next(): number {
    let code = this.text.charCodeAt(this.#at);
    while (code <= SPACE) code = this.text.charCodeAt(++this.#at);
    if (Number.isNaN(code)) throw new NotAsAsked();
    return code;
  }
}
