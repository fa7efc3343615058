/** A horizontal bar chart of throughput as a share of the bare server's: ours and the peers', in one picture. */
const WIDTH = 860;
const BAR = 20;
const GAP = 8;
const LEFT = 330;
const RIGHT = 70;
const TOP = 58;
const COLORS = { ours: '#0b7285', peers: '#868e96', mark: '#ced4da' };

/** Rows of which Lastmile's own bar is shown, beside all of the row `peers`. */
const OWN_ROWS = ['hot-get', 'not-modified', 'zipf'];

export function chart({ machine, rows }) {
  const bars = barsOf(rows);
  const height = TOP + bars.length * (BAR + GAP) + 44;
  const most = Math.max(1, ...bars.map(({ value, max }) => Math.max(value, max)));
  const scale = (value) => (value / most) * (WIDTH - LEFT - RIGHT);
  const one = LEFT + scale(1);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Requests per second, bare node:http = 1" font-family="system-ui, sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="16" y="24" font-size="16" font-weight="600" fill="#212529">Cached GraphQL answers per second on one core, bare node:http = 1</text>
<text x="16" y="43" fill="#495057">2 KB answers; median of rounds that take turns, the thin line from the least to the most</text>
<line x1="${one}" x2="${one}" y1="${TOP - 4}" y2="${height - 36}" stroke="#adb5bd" stroke-dasharray="3 3"/>
${bars.map((bar, index) => drawn(bar, TOP + index * (BAR + GAP), scale)).join('\n')}
<text x="16" y="${height - 14}" font-size="11" fill="#868e96">${escaped(`${machine.processor}, Node ${machine.node}, ${machine.date.slice(0, 10)}. Loopback on one machine: only the ratios mean anything.`)}</text>
</svg>
`;
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

function drawn({ label, value, min, max, color }, y, scale) {
  const middle = y + BAR / 2;
  return `<text x="${LEFT - 10}" y="${middle + 4.5}" text-anchor="end" fill="#212529">${escaped(label)}</text>
<rect x="${LEFT}" y="${y}" width="${scale(value).toFixed(1)}" height="${BAR}" rx="2" fill="${color}"/>
<line x1="${(LEFT + scale(min)).toFixed(1)}" x2="${(LEFT + scale(max)).toFixed(1)}" y1="${middle}" y2="${middle}" stroke="#212529"/>
<text x="${(LEFT + scale(Math.max(value, max)) + 6).toFixed(1)}" y="${middle + 4.5}" fill="#495057" stroke="#ffffff" stroke-width="3" paint-order="stroke">${value.toFixed(2)}</text>`;
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
