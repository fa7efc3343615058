import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FINDINGS } from '../check/finding';
import { similarName } from '../config/warnings';
import { VARIABLE_ROWS } from '../config/variables';
import { REDIS_VARIABLES } from '../redis/variables';
import { ERRORS } from '../report/error';
import { REASONS } from '../report/reason';
import { usageError, type Command } from './usage';

export const docsCommand: Command = {
  name: 'docs',
  summary: 'the documentation, offline: a page, a section, a setting, a reason, an error or a finding',
  usage: `lastmile docs
       lastmile docs <word>

Prints the documentation of a reason in Cache-Status (unkeyed-header), an error code (UPSTREAM_TIMEOUT), a finding of
\`lastmile check\` (list-nobody-purges), a setting (MAX_AGE_LIMIT) or a page (regions). For any other word it prints every
section with that word in its heading. Without a word it lists the pages.

Exit status: 0 printed, 2 there is nothing under this word.`,
  run: (args) => Promise.resolve(docs(args)),
};

/** A Markdown file of the package. */
interface Page {
  /** from the root of the package */
  readonly path: string;
  readonly title: string;
  readonly text: string;
}

const ROOT = join(__dirname, '..', '..');

function docs(args: readonly string[]): number {
  const all = pages();
  if (args.length === 0) return print(contents(all));
  const word = args.join(' ');
  const found = whole(all, word) ?? ofRegistries(word) ?? ofSections(all, word);
  if (found !== undefined) return print(found);
  const likely = similarName(
    word,
    WORDS.map((known) => known.toUpperCase()),
  );
  const near = WORDS.find((known) => known.toUpperCase() === likely);
  return usageError(
    'docs',
    `There is nothing under ${JSON.stringify(word)}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
  );
}

/** A row of one of the lists that the gateway goes by. */
interface Row {
  readonly word: string;
  readonly text: string;
}

const AS = { error: 'an error', warning: 'a warning', note: 'a note' };

const ROWS: readonly Row[] = [
  ...Object.entries(REASONS).map(([word, [meaning, remedy]]) => ({
    word,
    text: `${word}: a reason of Cache-Status\n\n  Why         ${meaning}\n  What to do  ${remedy}\n`,
  })),
  ...Object.entries(ERRORS).map(([word, [status, sentence, remedy]]) => ({
    word,
    text: `${word}: an error, status ${status}\n\n  Told        ${sentence}\n  What to do  ${remedy}\n`,
  })),
  ...Object.entries(FINDINGS).map(([word, [severity, meaning, remedy]]) => ({
    word,
    text: `${word}: a finding of lastmile check, ${AS[severity]}\n\n  Means       ${meaning}\n  What to do  ${remedy}\n`,
  })),
  ...[...VARIABLE_ROWS, ...Object.entries(REDIS_VARIABLES).map(([name, row]) => ({ name, ...row }))].map(
    ({ name: word, default: unset, meaning }) => ({
      word,
      text: `${word}: a setting\n\n  Default     ${unset}\n  Meaning     ${meaning}\n`,
    }),
  ),
];

const WORDS = ROWS.map(({ word }) => word);

/** What is written about a word as a whole: a row in its own letters, or else a page. */
function whole(all: readonly Page[], word: string): string | undefined {
  return ROWS.find((row) => row.word === word)?.text ?? pageOf(all, word)?.text;
}

/** In any letters: `OVERLOADED` is an error and `overloaded` a reason. */
function ofRegistries(word: string): string | undefined {
  return ROWS.find((row) => row.word.toUpperCase() === word.toUpperCase())?.text;
}

function pageOf(all: readonly Page[], word: string): Page | undefined {
  const wanted = word.toLowerCase();
  return all.find(({ path, title }) => [...namesOf(path), ...beginningsOf(title)].includes(wanted));
}

/** The sections that a word stands above. */
function ofSections(all: readonly Page[], word: string): string | undefined {
  const sections = all.flatMap(({ path, text }) =>
    sectionsOf(text)
      .filter(({ heading }) => heading.toLowerCase().includes(word.toLowerCase()))
      .map(({ body }) => `[${path}]\n\n${body}`),
  );
  return sections.length > 0 ? sections.join('\n\n') : undefined;
}

/** `src/redis/README.md` is called `redis`, or `src/redis`; what has a name of its own, `PROTOCOL.md`, by that. The last is the shortest. */
function namesOf(path: string): string[] {
  const parts = path.toLowerCase().replace(/\.md$/, '').split('/');
  if (parts.length > 1 && parts.at(-1) === 'readme') parts.pop();
  return [path.toLowerCase(), parts.join('/'), parts.at(-1)!];
}

/** `Regions: running them, deploying, moving` is found as `regions`, too. */
function beginningsOf(title: string): string[] {
  const all = title.toLowerCase();
  return [all, all.replace(/[:,].*$/, '')];
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

function contents(all: readonly Page[]): string {
  // A short name may be a reason's as well, or another page's.
  const rows = all.map(
    ({ path, title, text }) => [namesOf(path).findLast((name) => whole(all, name) === text)!, title] as const,
  );
  const width = Math.max(...rows.map(([name]) => name.length));
  return `Pages, by the word to give:\n\n${rows.map(([name, title]) => `  ${name.padEnd(width)}  ${title}`).join('\n')}

Other words: a reason of Cache-Status, the code of an error, a finding of lastmile check, a setting, or a word of a heading.\n`;
}

function pages(): Page[] {
  const beside = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('src', path))
    .sort();
  return ['README.md', 'schema/README.md', ...beside, 'test/README.md'].map((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    const [, title = path] = /^# (.*)$/m.exec(text) ?? [];
    return { path, title, text };
  });
}

function print(text: string): number {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  return 0;
}
