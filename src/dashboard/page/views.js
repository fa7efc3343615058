// The numbers: tiles, operations, reasons, purges, latencies.

import { byId, clock, count, h, list, ms, percent, s, say, setAttribute } from './dom.js';

const MOST_PURGES = 60;
const purges = new Map();

export function showAnswers({
  answers,
  regions,
  seconds,
  memory,
  warming,
  lookedFor,
  windowSeconds,
  isServing,
  without,
}) {
  const here = regions.find(({ isHere }) => isHere);
  say(byId('hit-rate'), percent(answers.hitRate));
  say(
    byId('highest'),
    answers.highestHitRate === undefined
      ? 'no queries yet'
      : `the policy allows ${percent(answers.highestHitRate)}`,
  );
  setAttribute(byId('rate-now'), 'width', (answers.hitRate ?? 0) * 100);
  setAttribute(byId('rate-most'), 'width', (answers.highestHitRate ?? 0) * 100);
  say(byId('per-second'), here ? three(here.perSecond) : '–');
  say(byId('answered'), `${count(answers.count)} in ${spanOf(lookedFor, windowSeconds)}`);
  say(byId('hit-p50'), ms(answers.hitMs.p50));
  say(byId('hit-p99'), tailOf(answers.hitMs));
  say(byId('other-p50'), ms(answers.otherMs.p50));
  say(byId('other-p99'), tailOf(answers.otherMs));
  say(byId('lost'), ms(answers.lostMs));
  say(byId('memory'), `${count(memory.entries)} ${memory.entries === 1 ? 'entry' : 'entries'} in memory`);
  showWarming(warming);
  byId('off').hidden = isServing && without.length === 0;
  say(
    byId('off'),
    isServing
      ? `The cache is switched off for ${without.join(', ')}.`
      : 'The cache is switched off in every region. `lastmile cache on` switches it on.',
  );
  showSeconds(seconds);
}

/** What was filled before it was asked for: what it was good for, and what it cost. */
function showWarming({ asked, relayed, used, wasted }) {
  const ended = used + wasted;
  const waste = ended === 0 ? '' : ` (${percent(wasted / ended)})`;
  const filled = `${count(used)} misses saved, ${count(wasted)} ${wasted === 1 ? 'fill' : 'fills'} never used${waste}`;
  const cost = `${count(asked)} upstream ${asked === 1 ? 'request' : 'requests'}, ${count(relayed)} ${relayed === 1 ? 'entry' : 'entries'} of the primary region`;
  say(byId('warming'), `${filled}. Cost: ${cost}.`);
}

/** p95 0.04 · p99 0.12 ms */
function tailOf({ p95, p99 }) {
  const [one, other] = [ms(p95), ms(p99)];
  const unit = other.slice(other.indexOf(' '));
  return `p95 ${one.endsWith(unit) ? one.slice(0, -unit.length) : one} · p99 ${other}`;
}

function three(value) {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

function spanOf(lookedFor, windowSeconds) {
  return lookedFor >= windowSeconds ? `${Math.round(windowSeconds / 60)} minutes` : `${lookedFor} s`;
}

/** The last minute, a bar for each second: hits below, what did not come from the cache above. */
function showSeconds(all) {
  const chart = byId('seconds');
  const counts = all.map((second) => ({
    hits: second.hit + second.stale,
    misses: second.miss + second.partial,
    rest: second.bypass + second.error,
  }));
  const top = Math.max(1, ...counts.map(({ hits, misses, rest }) => hits + misses + rest));
  const first = 60 - counts.length;
  const bars = [];
  for (const [at, { hits, misses, rest }] of counts.entries()) {
    let y = 40;
    for (const [name, value] of [
      ['hits', hits],
      ['misses', misses],
      ['rest', rest],
    ]) {
      const height = (value / top) * 38;
      if (height === 0) continue;
      y -= height;
      bars.push(
        s('rect', { class: name, x: (first + at) * 4, y: y.toFixed(2), width: 3, height: height.toFixed(2) }),
      );
    }
  }
  chart.replaceChildren(...bars);
  say(byId('seconds-top'), `at most ${top} a second`);
}

export function showOperations(operations, explain) {
  byId('no-operations').hidden = operations.length > 0;
  const most = Math.max(1, ...operations.map(({ lostMs }) => lostMs));
  list(byId('operation-rows'), operations.slice(0, 40), {
    keyOf: ({ name }) => name,
    make: ({ name }) => makeOperation(name, explain),
    update: (row, operation) => updateOperation(row, operation, most),
  });
}

function makeOperation(name, explain) {
  const number = (more = '') => h('td', { class: `number ${more}` });
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      h('button', { type: 'button', class: 'link', title: name, onclick: () => explain(name) }, name),
    ),
    h(
      'td',
      { class: 'number bar' },
      s(
        'svg',
        { viewBox: '0 0 100 4', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
        s('rect', { height: 4 }),
      ),
      h('span'),
    ),
    number('wide'),
    number(),
    number('wide'),
    number('wide'),
    number('wide'),
    number('wide'),
    number('wide'),
    h('td', { class: 'reasons' }),
  );
}

function updateOperation(row, operation, most) {
  const { lostMs, hitRate, misses, bypasses, errors, hitMs, otherMs, reasons, isKnown } = operation;
  const [title, lost, asked, hits, missed, bypassed, failed, hit, other, why] = row.children;
  title.firstChild.disabled = !isKnown;
  setAttribute(lost.querySelector('rect'), 'width', (100 * lostMs) / most);
  say(lost.lastChild, ms(lostMs));
  say(asked, count(operation.count));
  say(hits, percent(hitRate));
  say(missed, count(misses));
  say(bypassed, count(bypasses));
  say(failed, count(errors));
  say(hit, ms(hitMs));
  say(other, ms(otherMs));
  say(
    why,
    reasons.map(([reason, times]) => (reasons.length > 1 ? `${reason} ${count(times)}` : reason)).join(', '),
  );
}

export function showReasons(reasons) {
  byId('no-reasons').hidden = reasons.length > 0;
  const most = Math.max(1, ...reasons.map(({ lostMs }) => lostMs));
  list(byId('reason-rows'), reasons, {
    keyOf: ({ reason }) => reason,
    make: ({ reason, meaning, remedy }) =>
      h(
        'li',
        {},
        h('div', { class: 'line' }, h('code', {}, reason), h('span', { class: 'number' })),
        s(
          'svg',
          { class: 'meter', viewBox: '0 0 100 2', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
          s('rect', { height: 2 }),
        ),
        h('p', {}, sentence(meaning)),
        h('p', { class: 'remedy' }, h('span', { class: 'do' }, 'What to do: '), remedy),
        h('p', { class: 'faint' }),
      ),
    update: (row, { lostMs, count: times, operations }) => {
      say(row.querySelector('.number'), lostMs > 0 ? `${ms(lostMs)} · ${count(times)}` : count(times));
      setAttribute(row.querySelector('rect'), 'width', (100 * lostMs) / most);
      say(row.querySelector('.faint'), lostMs > 0 ? `Costs most: ${operations.join(', ')}` : '');
    },
  });
}

function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

/** @returns whether it was not known before */
export function showPurge(purge) {
  const isNew = !purges.has(purge.position);
  purges.set(purge.position, purge);
  while (purges.size > MOST_PURGES) purges.delete(purges.keys().next().value);
  byId('no-purges').hidden = true;
  list(byId('purge-rows'), [...purges.values()].toReversed(), {
    keyOf: ({ position }) => position,
    make: makePurge,
    update: updatePurge,
  });
  return isNew;
}

function makePurge({ at, tags, more, isSoft, position }) {
  return h(
    'li',
    { title: `at ${position}` },
    h('div', { class: 'line' }, h('span', { class: 'cause' }), h('time', {}, clock(at))),
    h(
      'div',
      { class: 'tags' },
      ...tags.slice(0, 6).map((tag) => h('code', {}, tag)),
      tags.length > 6 || more > 0
        ? h('span', { class: 'faint' }, `and ${Math.max(0, tags.length - 6) + more} more`)
        : '',
      isSoft ? h('span', { class: 'faint' }, 'soft') : '',
    ),
    h('div', { class: 'arrivals' }),
  );
}

function updatePurge(row, { cause, arrivals }) {
  say(row.querySelector('.cause'), cause ?? 'a purge');
  const after = Object.entries(arrivals)
    .sort(([, a], [, b]) => a - b)
    .map(([region, time]) => `${region} ${time < 10 ? time.toFixed(1) : Math.round(time)} ms`);
  say(row.querySelector('.arrivals'), after.length > 1 ? after.join(' · ') : '');
}

const CHART = { left: 8, width: 344, middle: 80, height: 58, bottom: 148 };

/** How many took so long: hits upwards, all else downwards, on one logarithmic axis. */
export function showLatencies({ latencies, answers }) {
  const { from, perDecade, hits, others } = latencies;
  const { left, width, middle, height } = CHART;
  const chart = byId('latencies');
  const buckets = hits.length;
  const step = width / buckets;
  const at = (value) => left + Math.log10(value / from) * perDecade * step;
  const marks = [];
  for (let decade = 0; decade * perDecade <= buckets; decade++) {
    const x = left + decade * perDecade * step;
    const value = from * 10 ** decade;
    marks.push(s('line', { class: 'grid', x1: x, x2: x, y1: 16, y2: CHART.bottom }));
    const anchor = decade * perDecade === buckets ? 'end' : 'middle';
    if (decade > 0) marks.push(s('text', { class: 'tick', x, y: 164, 'text-anchor': anchor }, tick(value)));
  }
  const bars = (values, name, sign) => {
    const top = Math.max(1, ...values);
    return values.flatMap((value, index) => {
      if (value === 0) return [];
      // Of what is rare something is to be seen as well.
      const size = Math.max(2, Math.sqrt(value / top) * height);
      const y = sign < 0 ? middle - 1 - size : middle + 1;
      return [
        s('rect', {
          class: name,
          x: (left + index * step + 0.6).toFixed(2),
          y: y.toFixed(2),
          width: (step - 1.2).toFixed(2),
          height: size.toFixed(2),
          rx: 1,
        }),
      ];
    });
  };
  const median = (value, name, y) =>
    value === undefined
      ? []
      : [
          s(
            'text',
            {
              class: `median ${name}`,
              x: Math.min(Math.max(at(value), left + 34), left + width - 40),
              y,
              'text-anchor': 'middle',
            },
            `p50 ${ms(value)}`,
          ),
        ];
  chart.replaceChildren(
    ...marks,
    s('line', { class: 'axis', x1: left, x2: left + width, y1: middle, y2: middle }),
    ...bars(hits, 'hits', -1),
    ...bars(others, 'misses', 1),
    ...median(answers.hitMs.p50, 'hits', 12),
    ...median(answers.otherMs.p50, 'misses', 150),
  );
  setAttribute(
    chart,
    'aria-label',
    `Latencies on a logarithmic axis. Hits: p50 ${ms(answers.hitMs.p50)}, p99 ${ms(answers.hitMs.p99)}. ` +
      `Not from the cache: p50 ${ms(answers.otherMs.p50)}, p99 ${ms(answers.otherMs.p99)}.`,
  );
}

function tick(value) {
  if (value >= 1000) return `${value / 1000} s`;
  return `${Number(value.toPrecision(1))} ms`;
}
