/** Colours of the drawings: those of a light ground; the page has others for the dark, see {@link darkStyle}. */
import { GROUND, INK } from '../../kit/svg';

export const COLOURS = {
  with: '#1769aa',
  without: '#b26a00',
  limit: '#b3261e',
  text: INK,
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
