// The events of the admin port, read by fetch: EventSource cannot send a token. The token is kept for this tab alone, and is
// sent to this address alone.

const KEY = 'lastmile-admin-token';
/** Milliseconds between two attempts, and without any sign of life: a view comes each second. */
const AGAIN = 1000;
const SILENCE = 10_000;

export function keepToken(token) {
  if (token === '') sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
}

export function hasToken() {
  return sessionStorage.getItem(KEY) !== null;
}

function headers(more = {}) {
  const token = sessionStorage.getItem(KEY);
  return token === null ? more : { ...more, authorization: `Bearer ${token}` };
}

/** What the admin port says. @returns { ok, status, json } */
export async function ask(path, body) {
  const response = await fetch(path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: headers(body === undefined ? {} : { 'content-type': 'application/json' }),
    body: body === undefined ? undefined : JSON.stringify(body),
    cache: 'no-store',
  });
  const json = await response.json().catch(() => ({}));
  return { ok: response.ok, status: response.status, json };
}

/** A refusal in a sentence or two, for who reads this page: a token is typed here, and sent in no header by hand. */
export function complaint({ status, json }) {
  if (status === 401)
    return `${hasToken() ? "That is not this gateway's ADMIN_TOKEN." : "Enter this gateway's ADMIN_TOKEN."} If it has none, open this page on its own machine; in production, set one.`;
  const { message, remedy } = json.error ?? {};
  return message === undefined ? `The gateway answered with status ${status}.` : `${message} ${remedy ?? ''}`;
}

/**
 * Reads events until it is refused, and again when they end.
 * @param told { event(name, data), state('live' | 'lost' | 'refused', why) }
 * @returns what makes it begin again, with another token for example
 */
export function follow(told) {
  let controller = new AbortController();
  let timer;
  const begin = async () => {
    clearTimeout(timer);
    controller.abort();
    const own = (controller = new AbortController());
    let silence;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => own.abort(), SILENCE);
    };
    try {
      heard();
      const response = await fetch('/events', { headers: headers(), signal: own.signal, cache: 'no-store' });
      if (!response.ok) {
        const json = await response.json().catch(() => ({}));
        told.state(
          response.status === 401 ? 'refused' : 'lost',
          complaint({ status: response.status, json }),
        );
        if (response.status === 401) return;
      } else {
        told.state('live');
        await read(response.body, heard, told.event);
        told.state('lost', 'The gateway ended the stream.');
      }
    } catch {
      if (own !== controller) return;
      told.state('lost', 'The gateway cannot be reached.');
    } finally {
      clearTimeout(silence);
    }
    if (own === controller) timer = setTimeout(begin, AGAIN);
  };
  void begin();
  return begin;
}

async function read(body, heard, event) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      if (name !== undefined) event(name, JSON.parse(data));
    }
  }
}
