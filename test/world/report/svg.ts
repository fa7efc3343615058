/** A few words of SVG. Colours are those of a light ground; the page has others for the dark: see {@link darkStyle}. */

const GROUND = '#ffffff';

export const COLOURS = {
  with: '#1769aa',
  without: '#b26a00',
  limit: '#b3261e',
  text: '#333333',
  grid: '#dddddd',
  fault: '#f6d9d6',
} as const;

/** One colour for each region, told apart also by who sees red and green alike (after Okabe and Ito). */
export const REGION_COLOURS = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#d55e00',
  '#56b4e9',
  '#6a3d9a',
  '#666666',
];

/** What takes a colour's place on a dark ground; those that are not here stay. */
const DARK: Readonly<Record<string, string>> = {
  [GROUND]: '#17191c',
  [COLOURS.with]: '#6cb2f0',
  [COLOURS.without]: '#e8a33d',
  [COLOURS.limit]: '#ff8a80',
  [COLOURS.text]: '#dddddd',
  [COLOURS.grid]: '#44484d',
  [COLOURS.fault]: '#4a2a28',
  '#0072b2': '#4aa3e0',
  '#6a3d9a': '#b39ddb',
  '#666666': '#b0b0b0',
};

/** Rules of CSS for a dark page that holds drawings. */
export function darkStyle(): string {
  return Object.entries(DARK)
    .map(([light, dark]) => `[fill="${light}"] { fill: ${dark}; } [stroke="${light}"] { stroke: ${dark}; }`)
    .join('\n    ');
}

export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A drawing with a ground of its own and a title for those who cannot see it. */
export function drawing(width: number, height: number, title: string, parts: readonly string[]): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" ` +
    `font-family="system-ui, sans-serif" font-size="12" fill="${COLOURS.text}">` +
    `<title>${escape(title)}</title><rect width="${width}" height="${height}" fill="${GROUND}"/>${parts.join('')}</svg>\n`
  );
}

export function text(x: number, y: number, words: string, attributes = ''): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escape(words)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" ${attributes}/>`;
}

export function box({ x, y, width, height }: Frame, attributes: string): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(Math.max(0, width))}" height="${round(Math.max(0, height))}" ${attributes}/>`;
}

export function path(points: readonly (readonly [number, number])[], attributes: string): string {
  const way = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('');
  return `<path d="${way}" fill="none" ${attributes}/>`;
}

/** Maps values to places along a length. */
export function linear(from: number, to: number, start: number, end: number): (value: number) => number {
  return (value) => start + ((value - from) / (to - from)) * (end - start);
}

/** The same by powers of ten; values below `from` are drawn at it. */
export function logarithmic(from: number, to: number, start: number, end: number): (value: number) => number {
  const place = linear(Math.log10(from), Math.log10(to), start, end);
  return (value) => place(Math.log10(Math.min(to, Math.max(from, value))));
}

export function escape(words: string): string {
  return words.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
