import { Kind, parse, print as printSdl } from 'graphql';
import { FINDINGS } from '../check/finding';
import { VARIABLE_ROWS } from '../config/variables';
import { API_CHECKS, DOCTOR_CHECKS } from '../doctor/doctor';
import { REDIS_VARIABLES } from '../redis/variables';
import { ERRORS } from '../report/error';
import { REASONS } from '../report/reason';
import { DIRECTIVES_SDL } from '../schema/directives';
import { pages, passagesAbout, sectionsAbout, type DocsPage } from './pages';
import { didYouMean, usageError, type Command } from './usage';

/** @param others the commands beside this one, of which it tells as well */
export function documenting(others: readonly Command[]): Command {
  const command: Command = {
    name: 'docs',
    summary: 'the documentation, offline, for any word you come across',
    usage: `lastmile docs
       lastmile docs <word>

Prints the documentation of a word, offline. Without a word it lists the pages. The word can be

  a reason in Cache-Status        unkeyed-header, or as pasted: detail=unkeyed-header
  an error code                   UPSTREAM_TIMEOUT
  a finding of \`lastmile check\`   list-never-purged
  a setting                       MAX_AGE_LIMIT, or as pasted: MAX_AGE_LIMIT=3600
  a page                          regions
  a command                       purge
  a check of \`lastmile doctor\`    log-size
  a directive                     @purges

For any other word, such as a header or a metric, it prints the sections whose headings contain the word, or, if there are
none, the passages that mention it. It stops after about 80 lines, and says how much was left out.

Exit status: 0 if something was printed, 2 if nothing was found.`,
    run: (args) => Promise.resolve(docs(args, [...others, command])),
  };
  return command;
}

/** Characters of a word that are looked for. */
const LONGEST_WORD = 100;

function docs(args: readonly string[], commands: readonly Command[]): number {
  const all = pages();
  const word = args.join(' ').trim().slice(0, LONGEST_WORD);
  if (word === '') return print(contents(all));
  const helps = commands.map(({ name, usage }) => ({
    path: `lastmile ${name} --help`,
    title: name,
    text: usage,
  }));
  const found =
    whole(all, word) ??
    usageOf(commands, word) ??
    directive(all, word) ??
    ofRegistries(word) ??
    pasted(word) ??
    sectionsAbout(all, word) ??
    passagesAbout([...all, ...helps], word) ??
    begunWith(word);
  if (found !== undefined) return print(found);
  const known = [...WORDS, ...commands.map(({ name }) => name)];
  return usageError('docs', `Nothing was found for ${JSON.stringify(word)}.${didYouMean(word, known)}`);
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

/** What a page of the same name tells more of. */
const CHECKS: readonly Row[] = [...API_CHECKS, ...DOCTOR_CHECKS].map(({ id: word, title }) => ({
  word,
  text: `${word}: a check of lastmile doctor\n\n  Asks        ${title}?\n`,
}));

const WORDS = [...ROWS, ...CHECKS].map(({ word }) => word);

/** What is written about a word as a whole: rows in its own letters, or else a page. */
function whole(all: readonly DocsPage[], word: string): string | undefined {
  const page = pageOf(all, word);
  const rows = [...ROWS, ...(page ? [] : CHECKS)].filter((row) => row.word === word);
  return rows.length > 0 ? rows.map(({ text }) => text).join('\n') : page?.text;
}

/** `purge`, or `lastmile purge` where a page or a reason is called so as well. */
function usageOf(commands: readonly Command[], word: string): string | undefined {
  const named = word.replace(/^lastmile /, '');
  return commands.find(({ name }) => name === named)?.usage.trimEnd();
}

/** How it is defined, and what the pages say of it. */
function directive(all: readonly DocsPage[], word: string): string | undefined {
  const definition = parse(DIRECTIVES_SDL).definitions.find(
    (node) => node.kind === Kind.DIRECTIVE_DEFINITION && `@${node.name.value}` === word,
  );
  return definition && [printSdl(definition), passagesAbout(all, word) ?? ''].join('\n\n');
}

/** In any letters: `OVERLOADED` is an error and `overloaded` a reason. */
function ofRegistries(word: string): string | undefined {
  return ROWS.find((row) => row.word.toUpperCase() === word.toUpperCase())?.text;
}

/** `detail=private` and `SESSION=header:authorization`, as they stand in a header or in .env. */
function pasted(word: string): string | undefined {
  const [name = '', ...value] = word.split('=');
  return value.length > 0 ? (ofRegistries(value.join('=')) ?? ofRegistries(name)) : undefined;
}

/** `unkeyed`, where there is one word alone that begins so. */
function begunWith(word: string): string | undefined {
  const [row, another] = ROWS.filter((each) => each.word.toUpperCase().startsWith(word.toUpperCase()));
  return another ? undefined : row?.text;
}

function pageOf(all: readonly DocsPage[], word: string): DocsPage | undefined {
  const wanted = word.toLowerCase();
  return all.find(({ path, title }) => [...namesOf(path), ...beginningsOf(title)].includes(wanted));
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

function contents(all: readonly DocsPage[]): string {
  // A short name may be a reason's as well, or another page's.
  const rows = all.map(
    ({ path, title, text }) => [namesOf(path).findLast((name) => whole(all, name) === text)!, title] as const,
  );
  const width = Math.max(...rows.map(([name]) => name.length));
  return `Pages, by the word to give:\n\n${rows.map(([name, title]) => `  ${name.padEnd(width)}  ${title}`).join('\n')}

Other words: a reason of Cache-Status, the code of an error, a finding of lastmile check, a check of lastmile doctor, a setting,
a command, a directive, or any word of a page.\n`;
}

function print(text: string): number {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  return 0;
}
