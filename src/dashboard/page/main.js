// The dashboard. It holds nothing: what it shows comes by the stream, to whoever may look.

import { byId, say } from './dom.js';
import * as entities from './entities.js';
import * as map from './map.js';
import { ask, complaint, follow, hasToken, keepToken } from './stream.js';
import * as views from './views.js';

let isPaused = false;
let isComplete = false;

map.begin();
entities.begin();

const again = follow({
  event: (name, data) => {
    if (isPaused) return;
    if (name === 'view') showView(data);
    if (name === 'purge') {
      views.showPurge(data);
      // What happened before the page was opened is listed, and not drawn.
      if (isComplete) map.showPurge(data);
    }
  },
  state: (state, why = '') => {
    document.body.dataset.link = state;
    say(byId('link'), { live: 'live', lost: 'connecting', refused: 'token needed' }[state]);
    // The dialog says it where the token is refused.
    byId('why').hidden = state !== 'lost';
    say(byId('why'), state === 'lost' ? why : '');
    if (state === 'refused') askForToken(why);
    if (state !== 'live') isComplete = false;
  },
});

function showView(view) {
  isComplete = true;
  const { region, version, workers, regions, operations, reasons } = view;
  const here = regions.find(({ isHere }) => isHere);
  document.title = `${region} · Lastmile`;
  say(byId('region'), region);
  say(byId('state'), here.reason === 'current' ? here.state : `${here.state}: ${here.reason}`);
  byId('state').className = `state ${here.state === 'proven' ? 'well' : 'unwell'}`;
  say(byId('version'), `${version}${workers > 1 ? ` · ${workers} processes` : ''}`);
  views.showAnswers(view);
  views.showOperations(operations, explain);
  views.showReasons(reasons);
  views.showLatencies(view);
  map.showRegions(regions);
  byId('page').hidden = false;
}

async function explain(name) {
  const answer = await ask(`/explain?operation=${encodeURIComponent(name)}`).catch(() => undefined);
  say(byId('explain-title'), name);
  say(
    byId('explain-text'),
    answer?.ok ? answer.json.text : answer ? complaint(answer) : 'The gateway cannot be reached.',
  );
  byId('explain').showModal();
}

function askForToken(why) {
  say(byId('token-why'), why);
  byId('token-form').querySelector('#forget').hidden = !hasToken();
  if (!byId('token-dialog').open) byId('token-dialog').showModal();
}

byId('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  keepToken(byId('token').value.trim());
  byId('token').value = '';
  byId('token-dialog').close();
  void again();
});
byId('forget').addEventListener('click', () => {
  keepToken('');
  byId('token-dialog').close();
  void again();
});
byId('token-button').addEventListener('click', () =>
  askForToken('The token is kept for this tab alone, and sent to this gateway alone.'),
);
byId('pause').addEventListener('click', pause);
for (const button of document.querySelectorAll('dialog .close'))
  button.addEventListener('click', () => button.closest('dialog').close());

function pause() {
  isPaused = !isPaused;
  byId('pause').setAttribute('aria-pressed', String(isPaused));
  document.body.dataset.paused = String(isPaused);
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, dialog')) return;
  if (event.key === '/') {
    event.preventDefault();
    byId('tag').focus();
  }
  if (event.key === 'p') pause();
});
