import { svg } from '../kit.mjs';

const { box, drawing, line, linear, text } = svg;

/** A horizontal bar chart of throughput as a share of the bare server's: ours and the peers', in one picture. */
const WIDTH = 860;
const BAR = 20;
const GAP = 8;
const LEFT = 330;
const RIGHT = 70;
const TOP = 58;
const TITLE = 'font-size="16" font-weight="600"';
const SMALL = 'font-size="13"';
/** Legible where it lies over the line. */
const OUTLINED = `stroke="${svg.GROUND}" stroke-width="3" paint-order="stroke"`;
const COLORS = { ours: '#0b7285', peers: '#868e96', mark: '#ced4da', one: '#adb5bd' };

/** Rows of which Lastmile's own bar is shown, beside all of the row `peers`. */
const OWN_ROWS = ['hot-get', 'not-modified', 'zipf'];

export function chart({ machine, rows }) {
  const bars = barsOf(rows);
  const height = TOP + bars.length * (BAR + GAP) + 44;
  const most = Math.max(1, ...bars.map(({ value, max }) => Math.max(value, max)));
  const across = linear(0, most, LEFT, WIDTH - RIGHT);
  const source = `${machine.processor}, Node ${machine.node}, ${machine.date.slice(0, 10)}. Loopback on one machine: only the ratios mean anything.`;
  return drawing(WIDTH, height, 'Requests per second, bare node:http = 1', [
    text(16, 24, 'Cached GraphQL answers per second on one core, bare node:http = 1', TITLE),
    text(
      16,
      43,
      '2 KB answers; median of rounds that take turns, the thin line from the least to the most',
      SMALL,
    ),
    line(across(1), TOP - 4, across(1), height - 36, `stroke="${COLORS.one}" stroke-dasharray="3 3"`),
    ...bars.flatMap((bar, index) => drawn(bar, TOP + index * (BAR + GAP), across)),
    text(16, height - 14, source, `font-size="11" fill="${COLORS.peers}"`),
  ]);
}

function barsOf(rows) {
  const peers = rows.find(({ name }) => name === 'peers')?.subjects ?? [];
  const own = rows
    .filter(({ name, subjects }) => OWN_ROWS.includes(name) && subjects)
    .flatMap(({ title, subjects }) =>
      subjects
        .filter(({ name }) => !name.startsWith('bare'))
        .map((subject) => ({ ...subject, label: `${subject.label.replace(/,.*/, '')}: ${short(title)}` })),
    );
  return [...own, ...peers.filter(({ name }) => !name.startsWith('bare'))]
    .map(({ name, label, ratio }) => ({
      label,
      value: ratio.median,
      min: ratio.min,
      max: ratio.max,
      color: name.startsWith('lastmile') ? COLORS.ours : name === 'nginx' ? COLORS.mark : COLORS.peers,
    }))
    .sort((a, b) => b.value - a.value);
}

function short(title) {
  return title
    .replace('Hot hit from memory, ', '')
    .replace(/, (memory large enough|nothing kept in process)$/, '');
}

function drawn({ label, value, min, max, color }, y, across) {
  const middle = y + BAR / 2;
  return [
    text(LEFT - 10, middle + 4.5, label, `text-anchor="end" ${SMALL}`),
    box({ x: LEFT, y, width: across(value) - LEFT, height: BAR }, `rx="2" fill="${color}"`),
    line(across(min), middle, across(max), middle, `stroke="${svg.INK}"`),
    text(across(Math.max(value, max)) + 6, middle + 4.5, value.toFixed(2), `${SMALL} ${OUTLINED}`),
  ];
}
