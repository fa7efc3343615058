// The map: a dot for each region, its colour the hit rate, its ring whether it is proven fresh; an arc for each purge.

import { byId, h, list, ms, percent, s, say, setAttribute } from './dom.js';
import { LAND } from './land.js';
import { HEIGHT, placeOf, WIDTH } from './places.js';

/** Milliseconds for which an arc is shown. */
const SHOWN = 7000;
const MOST_DRAWN = 2000;
/** Milliseconds for which the primary region's word is waited for. */
const PATIENCE = 2500;

let primary;
/** what is shown on the way to a region */
const arcs = new Map();
/** a purge's position and a region */
const drawn = new Set();
/** the last purges, and since when each is known */
const shown = new Map();

export function begin() {
  const map = byId('map');
  map.append(s('path', { class: 'land', d: LAND }), s('g', { id: 'arcs' }), s('g', { id: 'dots' }));
  setAttribute(map, 'viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
}

export function showRegions(regions) {
  primary = regions.find(({ isPrimary }) => isPrimary)?.name;
  const placed = regions.filter(({ name }) => placeOf(name));
  list(byId('dots'), placed, { keyOf: ({ name }) => name, make: makeDot, update: updateDot });
  spread(placed);
  list(byId('region-rows'), regions, { keyOf: ({ name }) => name, make: makeRow, update: updateRow });
}

/** How good a hit rate is, in five steps. */
function grade(rate) {
  if (rate === undefined || rate === null) return 'none';
  if (rate >= 0.95) return 'best';
  if (rate >= 0.8) return 'good';
  return rate >= 0.5 ? 'fair' : 'poor';
}

function isWell({ state }) {
  return state === 'proven';
}

function makeDot({ name }) {
  const { x, y } = placeOf(name);
  return s(
    'g',
    { class: 'dot', transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, role: 'img' },
    s('circle', { class: 'ring', r: 11 }),
    s('circle', { class: 'core', r: 6 }),
    s('text', { class: 'name', y: 4 }, s('tspan'), s('tspan', { class: 'more' })),
    s('text', { class: 'arrival', y: 19 }),
  );
}

function updateDot(dot, region) {
  const { name, state, hitRate, perSecond, isPrimary, isHere } = region;
  const [ring, core, label] = dot.children;
  setAttribute(dot, 'data-state', isWell(region) ? 'proven' : state);
  setAttribute(dot, 'data-grade', isWell(region) ? grade(hitRate) : 'none');
  setAttribute(dot, 'aria-label', describe(region));
  const radius = Math.min(8, 4 + Math.log10(1 + perSecond) * 1.6);
  setAttribute(core, 'r', radius.toFixed(1));
  setAttribute(ring, 'r', (radius + 4).toFixed(1));
  const rate = hitRate === undefined || hitRate === null ? '' : ` ${Math.round(hitRate * 100)} %`;
  say(label.firstChild, name);
  say(label.lastChild, `${isPrimary ? ' ★' : ''}${isHere ? ' ●' : ''}${rate}`);
}

function describe({ name, state, reason, hitRate, isPrimary, isHere }) {
  const words = [isPrimary && 'primary', isHere && 'this gateway'].filter(Boolean).join(', ');
  const why = reason === 'current' || reason === state ? '' : ` (${reason})`;
  return `Region ${name}${words === '' ? '' : ` (${words})`}: ${state}${why}, hit rate ${percent(hitRate)}`;
}

/** Names of neighbours stand on different sides, so that they can be read. */
function spread(regions) {
  const sorted = regions.map(({ name }) => ({ name, ...placeOf(name) })).sort((a, b) => a.x - b.x);
  for (const [at, { name, x, y }] of sorted.entries()) {
    const right = sorted.some((other, index) => index > at && other.x - x < 90 && Math.abs(other.y - y) < 16);
    const isLeft = right || x > WIDTH - 90;
    for (const label of byId('dots').knownRows.get(name).querySelectorAll('text')) {
      setAttribute(label, 'x', isLeft ? -15 : 15);
      setAttribute(label, 'text-anchor', isLeft ? 'end' : 'start');
    }
  }
}

function makeRow() {
  const cell = (more = '') => h('td', { class: `number ${more}` });
  return h('tr', {}, h('th', { scope: 'row' }), h('td'), cell(), cell(), cell('wide'), cell('wide'));
}

function updateRow(row, region) {
  const { name, isPrimary, isHere, state, reason, perSecond, hitRate, hitMs, otherMs, gateways } = region;
  const [title, standing, ...numbers] = row.children;
  const words = [isPrimary && 'primary', isHere && 'here', gateways > 1 && `${gateways} machines`].filter(
    Boolean,
  );
  say(title, words.length > 0 ? `${name} · ${words.join(', ')}` : name);
  say(standing, reason === 'current' || reason === state ? state : `${state}: ${reason}`);
  setAttribute(standing, 'class', `state ${isWell(region) ? 'well' : 'unwell'}`);
  const texts = [perSecond.toFixed(1), percent(hitRate), ms(hitMs), ms(otherMs)];
  for (const [at, text] of texts.entries()) say(numbers[at], text);
}

/**
 * Draws, and goes on drawing, an arc from the primary to each region that has told of a purge. Regions tell once a second, and
 * milliseconds count from the first that had it: so the primary region is waited for, unless it tells nothing at all.
 */
export function showPurge(purge) {
  const { position, arrivals } = purge;
  const known = shown.get(position);
  shown.set(position, { purge, since: known?.since ?? performance.now() });
  if (shown.size > 200) shown.delete(shown.keys().next().value);
  const from = placeOf(primary ?? '');
  if (!known && from) pulse(from);
  if (!known) setTimeout(() => drawAll(shown.get(position)?.purge), PATIENCE);
  if (Object.hasOwn(arrivals, primary) || (known && performance.now() - known.since > PATIENCE))
    drawAll(purge);
}

function drawAll(purge) {
  if (!purge) return;
  const { position, arrivals } = purge;
  const regions = Object.entries(arrivals);
  const first = Object.hasOwn(arrivals, primary) ? primary : regions.find(([, after]) => after === 0)?.[0];
  const from = placeOf(first ?? '');
  for (const [region, after] of regions) {
    const to = placeOf(region);
    if (!from || !to || region === first || drawn.has(`${position} ${region}`)) continue;
    drawn.add(`${position} ${region}`);
    draw(region, from, to);
    tellArrival(region, `${after < 10 ? after.toFixed(1) : Math.round(after)} ms`);
  }
  for (const key of drawn) {
    if (drawn.size <= MOST_DRAWN) break;
    drawn.delete(key);
  }
}

function pulse({ x, y }) {
  keep('pulse', s('circle', { class: 'pulse', cx: x, cy: y, r: 12 }));
}

function draw(region, from, to) {
  const distance = Math.hypot(to.x - from.x, to.y - from.y);
  const [x, y] = [(from.x + to.x) / 2, (from.y + to.y) / 2 - Math.min(90, distance * 0.28)];
  keep(
    region,
    s('path', { class: 'arc', d: `M${from.x} ${from.y}Q${x} ${y} ${to.x} ${to.y}`, pathLength: 1 }),
  );
}

/** Shows something for a while; what is later takes the place of what is shown of the same region. */
function keep(region, element) {
  arcs.get(region)?.remove();
  arcs.set(region, element);
  byId('arcs').append(element);
  setTimeout(() => element.remove(), SHOWN);
}

/** Beneath a region's name, where no other arc can be taken for its own. */
function tellArrival(region, text) {
  const label = byId('dots').knownRows?.get(region)?.lastChild;
  if (!label) return;
  label.replaceChildren(text);
  setAttribute(label, 'data-shown', performance.now());
  const own = label.getAttribute('data-shown');
  setTimeout(() => label.getAttribute('data-shown') === own && label.replaceChildren(), SHOWN);
}
