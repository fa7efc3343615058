/**
 * Starts GraphiQL, and shows below it what the cache made of each answer. It asks the gateway to explain its answers
 * (`Lastmile-Debug: 1`) and takes the explanation out again, so that GraphiQL shows what any client is sent.
 */

/** How many answers can be looked at again. */
const MOST_ANSWERS = 12;
/** Of an answer's tags, those that are shown. */
const MOST_TAGS = 24;

/**
 * What became of a request, in a word, by the last member of `Cache-Status` (RFC 9211): the cache next to the client.
 * @param {string | null} header
 * @returns {{ verdict: 'hit' | 'stale' | 'partial' | 'miss' | 'bypass' | 'unknown', ttl?: number, stored: boolean, detail?: string }}
 */
export function readCacheStatus(header) {
  const [, ...parameters] = (header ?? '').split(',').at(-1).split(';');
  const said = new Map(parameters.map((text) => text.trim().split('=')));
  const ttl = said.has('ttl') ? Number(said.get('ttl')) : undefined;
  const fwd = said.get('fwd');
  const verdict = said.has('hit')
    ? ttl < 0
      ? 'stale'
      : 'hit'
    : fwd === undefined
      ? 'unknown'
      : fwd === 'bypass' || fwd === 'method'
        ? 'bypass'
        : fwd === 'partial'
          ? 'partial'
          : 'miss';
  return { verdict, ttl, stored: said.has('stored'), detail: said.get('detail') };
}

/**
 * Parts an answer from its explanation.
 * @param {string} text an answer as it came
 * @returns {{ text: string, explanation: object | undefined }} `text`: as it would be for a client that does not debug
 */
export function takeExplanation(text) {
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    return { text, explanation: undefined };
  }
  const explanation = answer?.extensions?.lastmile?.explain;
  if (explanation === undefined) return { text, explanation };
  // Cut off where it stands at the end, so that no number of the data is written anew.
  const at = text.lastIndexOf(',"extensions":{"lastmile":{"explain":');
  if (at > 0 && Object.keys(answer.extensions).length === 1 && isWhole(`${text.slice(0, at)}}`))
    return { text: `${text.slice(0, at)}}`, explanation };
  const { explain: _, ...others } = answer.extensions.lastmile;
  const extensions = { ...answer.extensions, lastmile: others };
  if (Object.keys(others).length === 0) delete extensions.lastmile;
  const left = { ...answer, extensions };
  if (Object.keys(extensions).length === 0) delete left.extensions;
  return { text: JSON.stringify(left), explanation };
}

function isWhole(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Seconds as people say them: `48 s`, `5 min`, `2 h`, `1 d`. */
export function sayInSeconds(seconds) {
  for (const [length, unit] of [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
  ])
    if (seconds >= 2 * length || seconds === length) return `${Math.round(seconds / length)} ${unit}`;
  return `${seconds} s`;
}

/** What an operation is called here: by its name, else by its first field. */
export function nameOf({ query = '', operationName }) {
  return operationName ?? /[{]\s*(?:\w+\s*:\s*)?(\w+)/.exec(query.replaceAll(/#.*/g, ''))?.[1] ?? 'operation';
}

/** A remedy of the registry of reasons as a sentence. */
export function sayRemedy(remedy = 'nothing') {
  const rest = remedy.startsWith('nothing') ? remedy.slice('nothing: '.length) : `what to do: ${remedy}`;
  return rest === '' ? '' : `${rest[0].toUpperCase()}${rest.slice(1)}.`;
}

/** What a mutation purges, as a sentence. @param purges as `lastmile explain` has it */
export function sayPurges(purges) {
  const tags = ['entities', 'lists', 'types', 'declared'].flatMap((kind) => purges[kind] ?? []).join(', ');
  const session = purges.session ? 'the private answers of its session' : '';
  const all = [tags, session].filter((part) => part !== '').join(' and ');
  if (all !== '') return `Purges ${all}.`;
  return (purges.silent ?? []).length > 0
    ? 'Purges nothing: say with @purges what it changes.'
    : 'Purges nothing.';
}

/** The tag by which an answer is purged with the fewest others: an object's, else a list's. */
export function narrowest(tags) {
  return tags.find((tag) => tag.includes(':')) ?? tags.find((tag) => tag.startsWith('[')) ?? tags[0];
}

const WORDS = {
  hit: 'Hit',
  stale: 'Stale hit',
  partial: 'Partly a hit',
  miss: 'Miss',
  bypass: 'Past the cache',
  unknown: 'Not cached',
};

/** An element with what is in it. */
function element(name, { className, ...attributes } = {}, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key, value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

class Strip {
  #answers = [];
  #shown;
  #token;

  constructor(place, settings) {
    this.place = place;
    this.settings = settings;
    this.notice = element('p', { className: 'notice', role: 'status' });
    this.#write(
      element('p', { className: 'line' }, 'Run a query twice: the first answer is a miss, the second a hit.'),
    );
  }

  /** Shows one more answer. */
  add(answer) {
    this.#answers = [...this.#answers, answer].slice(-MOST_ANSWERS);
    this.#show(answer);
  }

  #show(answer) {
    this.#shown = answer;
    this.#say('');
    this.#write(this.#line(answer), ...this.#why(answer), ...this.#tags(answer));
  }

  #write(...parts) {
    this.place.replaceChildren(...parts, this.notice);
  }

  #say(text, kind = '') {
    this.notice.textContent = text;
    this.notice.className = `notice ${kind}`;
  }

  #line({ name, status, age, took, header, explanation }) {
    const entry = explanation?.answered?.entry;
    const facts = [];
    if (age !== undefined) facts.push(`age ${sayInSeconds(age)}`);
    if (status.ttl !== undefined)
      facts.push(
        status.ttl < 0 ? `${sayInSeconds(-status.ttl)} past its maxAge` : `${sayInSeconds(status.ttl)} left`,
      );
    if (status.stored && entry) facts.push(`kept for ${sayInSeconds(entry.maxAge)}`);
    else if (status.stored) facts.push('kept');
    facts.push(`answered in ${took < 10 ? took.toFixed(1) : Math.round(took)} ms`);
    return element(
      'div',
      { className: 'line' },
      element('span', { className: `verdict ${status.verdict}` }, WORDS[status.verdict]),
      element('strong', {}, name),
      element('span', { className: 'facts' }, facts.join(', ')),
      element('code', { className: 'header', title: 'Cache-Status' }, header ?? 'no Cache-Status'),
      this.#trail(),
    );
  }

  /** The answers so far, the newest last. */
  #trail() {
    const dots = this.#answers.map((answer) =>
      element('button', {
        className: `dot ${answer.status.verdict}`,
        type: 'button',
        title: `${answer.name}: ${WORDS[answer.status.verdict]}`,
        'aria-label': `Show ${answer.name}: ${WORDS[answer.status.verdict]}`,
        'aria-pressed': String(answer === this.#shown),
        click: () => this.#show(answer),
      }),
    );
    return element('span', { className: 'trail' }, ...dots);
  }

  /** Why it is no hit, and what would mend that. */
  #why({ status, explanation }) {
    if (!explanation)
      return this.settings.explained
        ? []
        : [
            element(
              'p',
              { className: 'why' },
              'Tags and reasons are shown to this machine, or with DEBUG_HEADERS=1.',
            ),
          ];
    const { meaning, remedy } = explanation.answered ?? {};
    const parts = [];
    if (meaning !== undefined && status.verdict !== 'hit')
      parts.push(
        element(
          'p',
          { className: 'why' },
          `${meaning[0].toUpperCase()}${meaning.slice(1)}.`,
          ` ${sayRemedy(remedy)}`,
        ),
      );
    const missing =
      status.verdict === 'hit' || (status.stored && !status.detail) ? [] : (explanation.withoutMaxAge ?? []);
    const mends = [...new Set(missing.flatMap(({ mend }) => mend ?? []))];
    if (mends.length > 0)
      parts.push(
        element(
          'div',
          { className: 'mend' },
          element(
            'span',
            {},
            `${missing.map(({ field }) => field).join(', ')} ${missing.length > 1 ? 'have' : 'has'} no maxAge. In SCHEMA:`,
          ),
          ...mends.map((mend) => element('code', {}, mend)),
          this.#copy(mends.join('\n')),
        ),
      );
    const { purges } = explanation;
    if (purges) parts.push(element('p', { className: 'why' }, sayPurges(purges)));
    return parts;
  }

  #copy(text) {
    const button = element('button', { type: 'button', className: 'small' }, 'Copy');
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = 'Copied';
      } catch {
        this.#say('The browser does not let this page copy: select the text instead.', 'bad');
      }
    });
    return button;
  }

  #tags({ explanation }) {
    const tags = explanation?.answered?.entry?.tags ?? [];
    if (tags.length === 0) return [];
    const { purge } = this.settings;
    const shown = tags.slice(0, MOST_TAGS);
    const chips = shown.map((tag) =>
      purge
        ? element(
            'button',
            { className: 'tag', type: 'button', title: `Purge ${tag}`, click: () => this.#purge(tag) },
            tag,
          )
        : element('span', { className: 'tag' }, tag),
    );
    const rest = tags.length - shown.length;
    return [
      element(
        'div',
        { className: 'tags' },
        element('span', { className: 'label' }, 'Purged by'),
        ...chips,
        ...(rest > 0 ? [element('span', { className: 'label' }, `and ${rest} more`)] : []),
        ...(purge
          ? [
              element(
                'button',
                { className: 'small purge', type: 'button', click: () => this.#purge(narrowest(tags)) },
                'Purge this answer',
              ),
            ]
          : []),
      ),
    ];
  }

  async #purge(tag) {
    const { port, token } = this.settings.purge;
    if (token && this.#token === undefined) return this.#askToken(tag);
    const address = `http://${location.hostname}:${port}`;
    try {
      const response = await purgeFetch(`${address}/purge`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token && { authorization: `Bearer ${this.#token}` }),
        },
        body: JSON.stringify({ tags: [tag] }),
      });
      if (response.ok)
        return this.#say(
          `Purged ${tag}: the next request for an answer that shows it is a miss, in every region.`,
          'good',
        );
      if (response.status === 401) this.#token = undefined;
      const { error } = await response.json();
      this.#say(`Not purged: ${error.message} ${error.remedy ?? ''}`, 'bad');
    } catch {
      this.#say(`Not purged: the admin port at ${address} cannot be reached from here.`, 'bad');
    }
  }

  /** It is kept for as long as the page is open, and nowhere else. */
  #askToken(tag) {
    const field = element('input', {
      type: 'password',
      autocomplete: 'off',
      placeholder: 'ADMIN_TOKEN',
      'aria-label': 'ADMIN_TOKEN',
    });
    const form = element(
      'form',
      {},
      'To purge, the admin port wants its token: ',
      field,
      ' ',
      element('button', { className: 'small' }, 'Purge'),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#token = field.value;
      void this.#purge(tag);
    });
    this.notice.className = 'notice';
    this.notice.replaceChildren(form);
    field.focus();
  }
}

let purgeFetch;

/** Has each answer that GraphiQL is given explained first. */
function watchAnswers(strip) {
  const original = window.fetch.bind(window);
  purgeFetch = original;
  window.fetch = async (input, init = {}) => {
    const asked = readRequest(input, init);
    if (!asked) return original(input, init);
    const headers = new Headers(init.headers);
    headers.set('lastmile-debug', '1');
    const began = performance.now();
    const response = await original(input, { ...init, headers });
    const took = performance.now() - began;
    const header = response.headers.get('cache-status');
    const age = response.headers.get('age');
    const answer = {
      name: nameOf(asked),
      status: readCacheStatus(header),
      header,
      took,
      ...(age !== null && { age: Number(age) }),
    };
    if (!/json/.test(response.headers.get('content-type') ?? '')) {
      strip.add(answer);
      return response;
    }
    const { text, explanation } = takeExplanation(await response.text());
    strip.add({ ...answer, explanation });
    const { status, statusText } = response;
    return new Response(text, { status, statusText, headers: response.headers });
  };
}

/** What GraphiQL asks; undefined where it is not an operation that somebody wrote. */
function readRequest(input, { method, body }) {
  const url = new URL(typeof input === 'string' || input instanceof URL ? input : input.url, location.href);
  if (url.origin !== location.origin || url.pathname !== location.pathname) return undefined;
  if (method !== 'POST' || typeof body !== 'string') return undefined;
  try {
    const asked = JSON.parse(body);
    return typeof asked.query === 'string' && !asked.query.includes('__schema') ? asked : undefined;
  } catch {
    return undefined;
  }
}

/** Behind the `#` of the URL: a server that sees `?query=` answers the query, where the page is wanted. */
const QUERY_IN_URL = 'query=';

function queryInUrl() {
  const { hash } = location;
  return hash.startsWith(`#${QUERY_IN_URL}`)
    ? decodeURIComponent(hash.slice(1 + QUERY_IN_URL.length))
    : undefined;
}

/** GraphiQL writes the query into the URL with each edit, so that it can be passed on. */
function keepQueryBehindHash() {
  const replace = history.replaceState.bind(history);
  history.replaceState = (state, title, url) => {
    const target = new URL(url ?? location.href, location.href);
    const query = target.searchParams.get('query');
    if (query === null) return replace(state, title, url);
    target.searchParams.delete('query');
    target.hash = `${QUERY_IN_URL}${encodeURIComponent(query)}`;
    replace(state, title, target);
  };
}

function start() {
  const settings = JSON.parse(document.getElementById('settings').textContent);
  // The editor of GraphiQL asks for its workers here.
  window.MonacoEnvironment = {
    globalAPI: false,
    getWorkerUrl: (_, label) =>
      `?graphiql=${label === 'json' || label === 'graphql' ? label : 'editor'}.worker.js`,
  };
  watchAnswers(new Strip(document.getElementById('strip'), settings));
  keepQueryBehindHash();
  const query = queryInUrl() ?? settings.query;
  window.YogaGraphiQL.renderYogaGraphiQL(document.getElementById('graphiql'), {
    endpoint: location.pathname,
    title: 'Lastmile',
    logo: '<svg viewBox="0 0 32 32" width="28" height="28"><circle cx="16" cy="16" r="16" fill="#0f766e"/><path d="M18 4 8 18h7l-1 10 10-14h-7z" fill="#fff"/></svg>',
    ...(query && { query }),
  });
}

if (typeof document !== 'undefined') start();
