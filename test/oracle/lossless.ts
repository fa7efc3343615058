/**
 * JSON read so that nothing is lost: numbers keep their digits and members their order. Two texts are the same answer
 * when they print alike, whatever their white space and escapes.
 */

/** A number as it was written. */
export class Digits {
  constructor(readonly text: string) {}
}

export type Lossless = null | boolean | string | Digits | readonly Lossless[] | ReadonlyMap<string, Lossless>;

const TOKEN = /\s*(?:([[\]{},:])|("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)|(true|false|null))/y;

/** @throws SyntaxError when it is no JSON */
export function parseLossless(text: string): Lossless {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

export function printLossless(value: Lossless): string {
  if (value instanceof Digits) return value.text;
  if (isList(value)) return `[${value.map(printLossless).join(',')}]`;
  if (isMembers(value)) {
    const members = [...value].map(([name, member]) => `${JSON.stringify(name)}:${printLossless(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

export function isList(value: Lossless | undefined): value is readonly Lossless[] {
  return Array.isArray(value);
}

export function isMembers(value: Lossless | undefined): value is ReadonlyMap<string, Lossless> {
  return value instanceof Map;
}

export type Path = readonly (string | number)[];

/**
 * Where two values differ: as deep as their shapes agree. Lists of different lengths differ as wholes, objects of
 * different members at each of these.
 * @returns at most `limit` paths
 */
export function differences(one: Lossless | undefined, other: Lossless | undefined, limit = 8): Path[] {
  const found: Path[] = [];
  const compare = (a: Lossless | undefined, b: Lossless | undefined, path: Path): void => {
    if (found.length >= limit) return;
    if (isList(a) && isList(b) && a.length === b.length) {
      for (const [index, element] of a.entries()) compare(element, b[index], [...path, index]);
    } else if (isMembers(a) && isMembers(b)) {
      const names = new Set([...a.keys(), ...b.keys()]);
      for (const name of names) compare(a.get(name), b.get(name), [...path, name]);
      if (a.size === names.size && b.size === names.size && [...a.keys()].join() !== [...b.keys()].join())
        found.push(path);
    } else if (a === undefined || b === undefined || printLossless(a) !== printLossless(b)) {
      if (a !== b) found.push(path);
    }
  };
  compare(one, other, []);
  return found;
}

class Reader {
  #at = 0;
  #punctuation: string | undefined;
  #leaf: Lossless | undefined;

  readonly #length: number;

  constructor(readonly text: string) {
    this.#length = text.trimEnd().length;
    this.#next();
  }

  value(): Lossless {
    if (this.#punctuation === '[') return this.#list();
    if (this.#punctuation === '{') return this.#members();
    const leaf = this.#leaf;
    if (leaf === undefined) throw this.#error();
    this.#next();
    return leaf;
  }

  end(): void {
    if (this.#at !== -1) throw this.#error();
  }

  #list(): Lossless[] {
    const list: Lossless[] = [];
    this.#expect('[');
    while (this.#punctuation !== ']') {
      if (list.length > 0) this.#expect(',');
      list.push(this.value());
    }
    this.#next();
    return list;
  }

  #members(): Map<string, Lossless> {
    const members = new Map<string, Lossless>();
    this.#expect('{');
    while (this.#punctuation !== '}') {
      if (members.size > 0) this.#expect(',');
      const name = this.value();
      if (typeof name !== 'string') throw this.#error();
      this.#expect(':');
      members.set(name, this.value());
    }
    this.#next();
    return members;
  }

  #expect(punctuation: string): void {
    if (this.#punctuation !== punctuation) throw this.#error();
    this.#next();
  }

  #next(): void {
    this.#punctuation = this.#leaf = undefined;
    if (this.#at >= this.#length) {
      this.#at = -1;
      return;
    }
    TOKEN.lastIndex = this.#at;
    const match = TOKEN.exec(this.text);
    if (!match) throw this.#error();
    this.#at = TOKEN.lastIndex;
    const [, punctuation, string, number, word] = match;
    this.#punctuation = punctuation;
    if (string !== undefined) this.#leaf = JSON.parse(string) as string;
    if (number !== undefined) this.#leaf = new Digits(number);
    if (word !== undefined) this.#leaf = JSON.parse(word) as boolean | null;
  }

  #error(): SyntaxError {
    return new SyntaxError(
      `no JSON at ${this.#at}: ${this.text.slice(Math.max(0, this.#at - 20), this.#at + 40)}`,
    );
  }
}
