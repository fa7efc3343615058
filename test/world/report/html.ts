import type { WorldResult } from '../result';
import { saturation } from '../saturation';
import { arrivalChart } from './arrival-chart';
import {
  arrivalNote,
  arrivalRows,
  coldNote,
  coldRows,
  hitRows,
  kindRows,
  latencyRows,
  linkRows,
  missRows,
  PRIMARY_NOTE,
  primaryRows,
  stepRows,
  story,
  sustained,
  verdict,
  warmthRows,
  type Rows,
} from './figures';
import { formatFindings } from './findings';
import { bytesFromCache, pageOutcomeRows, pageRows } from './page-figures';
import { hitChart } from './hit-chart';
import { latencyChart } from './latency-chart';
import { stalenessChart } from './staleness-chart';
import { escape } from '../../kit/svg';
import { darkStyle } from './colours';

const STYLE = `
  :root { color-scheme: light dark; --text: #222; --soft: #555; --ground: #fff; --line: #ddd; --code: #f6f6f6; }
  body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground); max-width: 1000px; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.6rem; margin-bottom: .5rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
  table { border-collapse: collapse; font-size: .85rem; margin: 1rem 0; display: block; overflow-x: auto; }
  th, td { padding: .25rem .5rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
  th:first-child, td:first-child { text-align: left; }
  svg { display: block; width: 100%; height: auto; margin: 1rem 0; }
  pre { background: var(--code); padding: 1rem; overflow-x: auto; font-size: .8rem; }
  .verdict { border-left: 4px solid #2e7d32; padding: .3rem 1rem; } .verdict.broken { border-color: #b3261e; }
  .refusal { border-left: 4px solid #b26a00; padding: .3rem 1rem; } .small { color: var(--soft); font-size: .9rem; }
  @media (prefers-color-scheme: dark) {
    :root { --text: #ddd; --soft: #aaa; --ground: #17191c; --line: #3a3d42; --code: #22252a; }
    ${darkStyle()}
  }
`;

/** The report as one page that needs nothing from elsewhere. */
export function formatHtml(result: WorldResult): string {
  const { load } = result;
  const why = saturation(result);
  const refusal = why
    ? `<p class="refusal">No latency is quoted: ${escape(why)}. The curves show its shape only.</p>`
    : '';
  const broken = load.findings.length > 0 ? `<pre>${escape(formatFindings(load.findings))}</pre>` : '';
  const isBroken = load.broken > 0 || result.mishaps.length > 0;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The world on one machine</title>
<style>${STYLE}</style>
<h1>The world on one machine</h1>
<p class="verdict${isBroken ? ' broken' : ''}">${escape(verdict(result))}</p>${broken}
${story(result)
  .map((sentence) => `<p class="small">${escape(sentence)}</p>`)
  .join('\n')}
<h2>Latency with and without the gateway</h2>
${refusal}${latencyChart(result)}${table(latencyRows(result))}
<p class="small">As a client 1 ms from its gateway sees it: that millisecond is added, all else is measured.</p>
<h2>Arrival of purges</h2>
${refusal}${arrivalChart(result)}${table(arrivalRows(result))}
<p class="small">${escape(arrivalNote(result))}</p>
<h2>Staleness against the bound</h2>
${stalenessChart(result)}
<h2>Hit rate over time</h2>
${hitChart(result)}${table(hitRows(result))}
<h2>Misses, and what was asked</h2>
<p class="small">Why queries were no hits, in percent of all.</p>
${table(missRows(result))}
<p class="small">What was asked, in all regions together.</p>
${table(kindRows(result))}
${pages(result)}<h2>Filled before it was asked for</h2>
${table(warmthRows(result))}
<h2>By way of the primary region</h2>
<p class="small">${escape(PRIMARY_NOTE)}</p>
${table(primaryRows(result))}
${cold(result)}${more(result)}<h2>Links</h2>
${table(linkRows(result))}
</html>
`;
}

function pages(result: WorldResult): string {
  if (result.options.signedIn === 0) return '';
  return `<h2>Pages of signed-in clients</h2>\n<p>${escape(bytesFromCache(result))}</p>\n${table(pageRows(result))}${table(pageOutcomeRows(result))}\n`;
}

function cold(result: WorldResult): string {
  const rows = coldRows(result);
  if (!rows) return '';
  return `<h2>When every region was cold at once</h2>\n<p class="small">${escape(coldNote(result))}</p>\n${table(rows)}\n`;
}

function more(result: WorldResult): string {
  if (result.steps.length === 0) return '';
  return `<h2>More requests a second</h2>\n<p>${escape(sustained(result))}</p>\n${table(stepRows(result))}\n`;
}

function table(rows: Rows | undefined): string {
  if (!rows) return '';
  const [head = [], ...rest] = rows;
  const line = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>${line(head, 'th')}${rest.map((cells) => line(cells, 'td')).join('')}</table>`;
}
