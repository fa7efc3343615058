/**
 * A strict reader of Cache-Status (RFC 9211): a list of tokens or strings with parameters (RFC 8941 4.2). It throws at
 * the first character that does not belong, so that a test which reads a header has checked its grammar.
 */
export type Bare = string | number | boolean;

export interface Member {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, Bare>;
}

/** What RFC 9211 2 says of each parameter: its type, and for `fwd` its values (2.2). */
const PARAMETERS: ReadonlyMap<string, (value: Bare) => boolean> = new Map([
  ['hit', (value) => value === true],
  [
    'fwd',
    (value) =>
      ['bypass', 'method', 'uri-miss', 'vary-miss', 'miss', 'request', 'stale', 'partial'].includes(
        String(value),
      ),
  ],
  ['fwd-status', Number.isInteger],
  ['ttl', Number.isInteger],
  ['stored', (value) => typeof value === 'boolean'],
  ['collapsed', (value) => typeof value === 'boolean'],
  ['key', (value) => typeof value === 'string'],
  ['detail', (value) => typeof value === 'string'],
]);

/** @throws Error when the text is not a Cache-Status */
export function readCacheStatus(text: string): Member[] {
  const reader = new Reader(text);
  const members = reader.list();
  for (const { parameters } of members) {
    for (const [name, value] of parameters) {
      if (!PARAMETERS.get(name)?.(value)) throw new Error(`${name}=${String(value)} in ${text}`);
    }
    // RFC 9211 2.1: they exclude each other; what depends on the one or the other says nothing without it.
    if (parameters.has('hit') === parameters.has('fwd'))
      throw new Error(`neither or both of hit and fwd: ${text}`);
    for (const name of ['stored', 'collapsed', 'fwd-status']) {
      if (parameters.has(name) && !parameters.has('fwd')) throw new Error(`${name} without fwd: ${text}`);
    }
  }
  return members;
}

class Reader {
  #at = 0;

  constructor(readonly text: string) {}

  list(): Member[] {
    const members: Member[] = [];
    do {
      this.#take(/[ \t]*/y);
      members.push(this.#member());
      this.#take(/[ \t]*/y);
    } while (this.#take(/,/y) !== undefined);
    if (this.#at < this.text.length) this.#fail('the end');
    return members;
  }

  #member(): Member {
    const name = this.#token() ?? this.#string() ?? this.#fail('a token or a string');
    const parameters = new Map<string, Bare>();
    while (this.#take(/;/y) !== undefined) {
      this.#take(/ */y);
      const key = this.#take(/[a-z*][a-z0-9_\-.*]*/y) ?? this.#fail('a key');
      if (parameters.has(key)) this.#fail('no second parameter of that name');
      parameters.set(key, this.#take(/=/y) === undefined ? true : this.#bare());
    }
    return { name, parameters };
  }

  #bare(): Bare {
    const flag = this.#take(/\?[01](?![\w])/y);
    if (flag !== undefined) return flag === '?1';
    const number = this.#take(/-?\d{1,15}(?![\d.])/y);
    if (number !== undefined) return Number(number);
    return this.#token() ?? this.#string() ?? this.#fail('a value');
  }

  #token(): string | undefined {
    return this.#take(/[A-Za-z*][!#$%&'*+\-.^_`|~\w:/]*/y);
  }

  #string(): string | undefined {
    return this.#take(/"(?:[ !#-[\]-~]|\\["\\])*"/y)
      ?.slice(1, -1)
      .replaceAll(/\\(.)/g, '$1');
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #fail(expected: string): never {
    throw new Error(`expected ${expected} at ${this.#at} of ${JSON.stringify(this.text)}`);
  }
}
