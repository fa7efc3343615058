import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A Markdown file of the package. */
export interface DocsPage {
  /** from the root of the package */
  readonly path: string;
  readonly title: string;
  readonly text: string;
}

const ROOT = join(__dirname, '..', '..');

/** Lines printed of one word, or its first section or passage where that alone is longer. */
const MOST_LINES = 80;

export function pages(): DocsPage[] {
  const beside = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('src', path))
    .sort();
  return ['README.md', 'schema/README.md', ...beside, 'test/README.md', 'SECURITY.md'].map((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    const [, title = path] = /^# (.*)$/m.exec(text) ?? [];
    return { path, title, text };
  });
}

/** The sections that a word stands above, whole; those that are too many are named. */
export function sectionsAbout(all: readonly DocsPage[], word: string): string | undefined {
  const sections = all.flatMap(({ path, text }) =>
    sectionsOf(text)
      .filter(({ heading }) => heading.toLowerCase().includes(word.toLowerCase()))
      .map(({ heading, body }) => ({ name: `  ${path}: ${heading}`, text: `[${path}]\n\n${body}` })),
  );
  if (sections.length === 0) return undefined;
  const shown = whatFits(sections.map(({ text }) => text));
  const rest = sections.slice(shown.length);
  return [
    ...shown,
    ...(rest.length > 0
      ? [[`${more(rest.length, 'section')}:`, ...rest.map(({ name }) => name)].join('\n')]
      : []),
  ].join('\n\n');
}

function more(count: number, noun: string): string {
  return `and ${count} ${noun}${count === 1 ? '' : 's'} more`;
}

/** As many as MOST_LINES hold, but one at least. */
function whatFits(texts: readonly string[]): readonly string[] {
  let lines = 0;
  const end = texts.findIndex((text, index) => {
    lines += text.split('\n').length + 1;
    return index > 0 && lines > MOST_LINES;
  });
  return end < 0 ? texts : texts.slice(0, end);
}

/**
 * What is said of a word that no section is called by: each paragraph and each row of a table that has it, those first in which it
 * is written as a name or as a word that is explained. Those that are too many are counted.
 */
export function passagesAbout(all: readonly DocsPage[], word: string): string | undefined {
  const literal = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const within = new RegExp(`(?<![\\w-])${literal}(?![\\w-])`, 'i');
  const explains = new RegExp(`[*\`@]${literal}[*\`({:]`, 'i');
  const found = all.flatMap(({ path, text }) =>
    passagesOf(text)
      .filter(({ body }) => within.test(body))
      .map(({ heading, body }) => ({ place: heading === '' ? path : `${path}: ${heading}`, body })),
  );
  if (found.length === 0) return undefined;
  const [names, others] = [true, false].map((wanted) =>
    found.filter(({ body }) => explains.test(body) === wanted),
  );
  const shown = whatFits([...names!, ...others!].map(({ place, body }) => `[${place}]\n\n${body}`));
  const rest = found.length - shown.length;
  return [...shown, ...(rest > 0 ? [more(rest, 'passage')] : [])].join('\n\n');
}

/** Paragraphs, rows of tables, blocks of code, each with the heading that it stands below. */
function passagesOf(text: string): { readonly heading: string; readonly body: string }[] {
  const passages: { heading: string; body: string }[] = [];
  let heading = '';
  for (const block of text.split(/\n{2,}(?=(?:[^`]|`(?!``)|```[^]*?```)*$)/)) {
    const [, named] = /^#{2,} (.*)/.exec(block) ?? [];
    if (named !== undefined) heading = named;
    const bodies = block.startsWith('|') ? block.split('\n') : [block];
    passages.push(...bodies.map((body) => ({ heading, body: body.trim() })));
  }
  return passages;
}

/** Each heading with what stands below it, as far as the next that is as high. */
function sectionsOf(text: string): { readonly heading: string; readonly body: string }[] {
  const lines = text.split('\n');
  let isCode = false;
  const headings = lines.flatMap((line, index) => {
    if (line.startsWith('```')) isCode = !isCode;
    const [, marks, heading] = (isCode ? undefined : /^(#{2,}) (.*)$/.exec(line)) ?? [];
    return marks === undefined ? [] : [{ index, level: marks.length, heading: heading! }];
  });
  return headings.map(({ index, level, heading }, at) => {
    const next = headings.slice(at + 1).find((other) => other.level <= level);
    return { heading, body: lines.slice(index, next?.index).join('\n').trimEnd() };
  });
}
