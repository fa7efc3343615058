// The entries here that carry a tag, what a purge of it would refuse, and the purge.

import { byId, bytes, h, list, say, seconds } from './dom.js';
import { ask, complaint } from './stream.js';

/** Milliseconds between two looks while something is shown; longer where a look takes long, which goes through all entries. */
const AGAIN = 2000;
const TIMES_AS_LONG = 20;

let shown = '';
let timer;

export function begin() {
  byId('explore').addEventListener('submit', (event) => {
    event.preventDefault();
    void show(byId('tag').value.trim());
  });
  byId('purge').addEventListener('click', () => void purge());
}

/** Shows what carries a tag, and goes on looking. */
async function show(tag) {
  clearTimeout(timer);
  shown = tag;
  byId('purge').disabled = tag === '';
  if (tag === '') return;
  const began = performance.now();
  const answer = await ask(`/entries?tag=${encodeURIComponent(tag)}`).catch(() => undefined);
  if (shown !== tag) return;
  if (answer?.ok) draw(answer.json);
  else say(byId('found'), answer ? complaint(answer) : 'The gateway cannot be reached.');
  const tookMs = performance.now() - began;
  timer = setTimeout(() => void show(tag), Math.max(AGAIN, TIMES_AS_LONG * tookMs));
}

function draw({ tag, tags, count, fresh, entries }) {
  const whole =
    tags.length > 1 ? ` It means ${tags.slice(0, 5).join(', ')}${tags.length > 5 ? ' and more' : ''}.` : '';
  const here = count === 1 ? '1 entry' : `${count} entries`;
  say(
    byId('found'),
    count === 0
      ? `Nothing in this machine’s memory carries ${tag}.${whole}`
      : `${here} in this machine’s memory ${count === 1 ? 'carries' : 'carry'} ${tag}; ${fresh} may be served now, and a purge would refuse ${fresh === 1 ? 'it' : 'all of these'}.${whole}`,
  );
  byId('entries').hidden = count === 0;
  list(byId('entry-rows'), numbered(entries.slice(0, 50)), {
    keyOf: ({ key, copy }) => `${key} ${copy}`,
    make: ({ key, tags: own, more, bytes: size, isPrivate }) =>
      h(
        'tr',
        {},
        h('th', { scope: 'row', title: key }, h('code', {}, key.slice(0, 8)), isPrivate ? ' private' : ''),
        h(
          'td',
          { class: 'tags' },
          ...own.slice(0, 6).map((each) => h('code', {}, each)),
          own.length + more > 6 ? h('span', { class: 'faint' }, `and ${own.length + more - 6} more`) : '',
        ),
        h('td', { class: 'number' }),
        h('td', { class: 'number' }),
        h('td', { class: 'number wide' }, bytes(size)),
        h('td', { class: 'state' }),
      ),
    update: (row, { age, left, verdict }) => {
      say(row.children[2], seconds(age));
      say(row.children[3], left > 0 ? seconds(left) : '–');
      say(row.children[5], verdict);
      row.children[5].className = `state ${verdict === 'fresh' ? 'well' : 'unwell'}`;
    },
  });
}

/** Each process may have a copy of its own. */
function numbered(entries) {
  const copies = new Map();
  return entries.map((entry) => {
    const copy = copies.get(entry.key) ?? 0;
    copies.set(entry.key, copy + 1);
    return { ...entry, copy };
  });
}

async function purge() {
  const tag = shown;
  const soft = byId('soft').checked;
  const button = byId('purge');
  button.disabled = true;
  const answer = await ask('/purge', { tags: [tag], ...(soft && { soft }) }).catch(() => undefined);
  button.disabled = false;
  const { position, warnings = [] } = answer?.json ?? {};
  say(
    byId('purged'),
    answer?.ok
      ? `Purged ${tag}${soft ? ' softly' : ''} at ${position}. ${warnings.join(' ')}`.trim()
      : answer
        ? complaint(answer)
        : 'The gateway cannot be reached.',
  );
  void show(tag);
}
