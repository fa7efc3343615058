import { nameMatcher } from '../config/name-patterns';
import { asksInBody, type GatewayRequest } from './request';

/** At most so many, and so many bytes of them, are passed on: more is no way to choose an answer. */
const MOST_PARAMETERS = 16;
const MOST_BYTES = 2048;

/**
 * GraphQL over HTTP, "Request Parameters", with the names that some give a document. Servers read them from the URL of a POST
 * as well, some before what stands in the body: passed on, they could make upstream run something that was not checked here.
 */
const GRAPHQLS = new Set(['query', 'operationname', 'variables', 'extensions', 'documentid', 'doc_id']);

/**
 * The parameters of a URL that upstream is sent, and that are part of the key for that: all but GraphQL's own, those that the
 * operator ignores, and those that UPSTREAM_URL has. Text for text as they were written, and in their order: a server may take
 * the first or the last of several with one name.
 */
export class UrlParameters {
  readonly #isIgnored: (name: string) => boolean;
  readonly #upstreams: ReadonlySet<string>;

  /**
   * @param ignored patterns of names
   * @param upstreamUrl whose own parameters win over a client's of the same name
   */
  constructor(ignored: readonly string[], upstreamUrl: string | undefined) {
    this.#isIgnored = nameMatcher(ignored);
    const own = upstreamUrl === undefined ? [] : new URL(upstreamUrl).searchParams.keys();
    this.#upstreams = new Set([...own].map(plainName));
  }

  /** @returns undefined: there are more of them than may be */
  read({ method, search }: Pick<GatewayRequest, 'method' | 'search'>): string | undefined {
    if (search === '') return '';
    const all = search
      .split('&')
      .filter((piece) => piece !== '')
      .map((piece) => ({ piece, name: nameOf(piece) }));
    // A GET without a text may name its document so: see `readParams`.
    const namesDocument = !asksInBody(method) && all.every(({ name }) => name !== 'query');
    const passed = all.filter(({ name }) => {
      if (this.#isIgnored(name) || (namesDocument && name === 'id')) return false;
      const plain = plainName(name);
      return !GRAPHQLS.has(plain) && !this.#upstreams.has(plain);
    });
    if (passed.length > MOST_PARAMETERS) return undefined;
    // Some read these as another `&`, and as the end of the URL: they stay what they are to everyone else.
    const text = passed.map(({ piece }) => piece.replaceAll(';', '%3B').replaceAll('#', '%23')).join('&');
    return text.length > MOST_BYTES ? undefined : text;
  }
}

/** The names of parameters as {@link UrlParameters} passes them, decoded and in their order. */
export function namesOf(parameters: string): string[] {
  return parameters === '' ? [] : parameters.split('&').map(nameOf);
}

function nameOf(piece: string): string {
  // Behind another character a `?` is not taken for the mark before all of them.
  const [name = 'x'] = new URLSearchParams(`x${piece}`).keys();
  return name.slice(1);
}

/** What servers may make of a name: some ignore its case and white space before it, or take what is in brackets for a key. */
function plainName(name: string): string {
  return name
    .replace(/^[\s?]+/, '')
    .replace(/[[\0].*$/s, '')
    .trimEnd()
    .toLowerCase();
}
