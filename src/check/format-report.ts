import { relative } from 'node:path';
import type { DatabaseAdvice } from '../capture/advice';
import { formatProblems } from '../config/problem';
import { formatSeconds } from '../explain/format-explanation';
import { howToKeep } from '../policy/anything-kept';
import type { FieldWithoutMaxAge } from '../policy/without-max-age';
import type { FieldTags } from './check-schema';
import { membershipOf, type Tag } from '../purge/tag';
import type { ReferredType } from './referred';
import {
  privateRootFields,
  type CachedType,
  type CheckFinding,
  type CheckReport,
  type MutationReport,
  type RootField,
} from './report';

/** Rows shown of one table; `--json` has all. */
const MOST_ROWS = 40;

/** Names shown in one of its cells. */
const MOST_NAMES = 3;

/** Findings of one code that are shown whole, but for errors. */
const MOST_OF_ONE = 10;

/**
 * A report as text for a terminal.
 * @param folder what files are shown relative to
 */
export function formatReport(report: CheckReport, folder: string): string {
  const {
    files,
    cached,
    rootFields,
    privateFields,
    withoutMaxAge,
    fields,
    mutations,
    referred,
    configuration,
  } = report;
  const found = findingsLines(report.findings, folder);
  if (!report.isRead) return `${[...found, summary(report)].join('\n')}\n`;
  const lines = [
    `Schema: ${files.length > 0 ? files.map((file) => shorten(file, folder)).join(', ') : 'as upstream tells it, with nothing laid over it'}`,
    '',
    ...cachedLines(cached),
    ...nothingKeptLines(report, folder),
    ...changeLines(fields),
    ...uncachedLines(rootFields),
    ...withoutMaxAgeLines(withoutMaxAge),
    ...privateLines(rootFields, privateFields),
    ...mutationLines(mutations),
    ...referredLines(referred),
    ...(report.database ? databaseLines(report.database) : []),
    ...(configuration.length > 0 ? [formatProblems(configuration)] : []),
    ...found,
    summary(report),
  ];
  return `${lines.join('\n')}\n`;
}

function cachedLines(cached: readonly CachedType[]): string[] {
  if (cached.length === 0) return ['Kept: nothing. No type has a maxAge that can apply.'];
  const rows = cached
    .toSorted((a, b) => b.maxAge - a.maxAge)
    .map(({ type, maxAge, key, scope }) => [
      type,
      formatSeconds(maxAge),
      key ? `${type}:${key.map((name) => `<${name}>`).join(':')}` : `${type}, all of them`,
      scope === 'PRIVATE' ? 'one session' : 'all clients',
    ]);
  return [...table(['Type', 'kept for', 'purged by', 'kept for whom'], rows), ''];
}

/** What to do about it; a root field of plain values may be kept where no type is. */
function nothingKeptLines({ cached, rootFields, files }: CheckReport, folder: string): string[] {
  if (cached.length > 0) return [];
  if (rootFields.some(({ maxAge }) => maxAge > 0)) return [''];
  return [`${howToKeep(files.map((file) => shorten(file, folder)))}.`, ''];
}

/** The fields whose answers are refused by changes of objects that they do not show. */
function changeLines(fields: readonly FieldTags[]): string[] {
  const rows = fields.flatMap(({ field, tags }) => {
    const changes = tags.filter(({ tag }) => tag.startsWith('~'));
    if (changes.length === 0) return [];
    const why = new Set(changes.map(({ because, argument }) => argument ?? because));
    return [[field, listed(changes.map(({ tag }) => changed(tag as Tag))), listed([...why])]];
  });
  if (rows.length === 0) return [];
  return [...table(['Field', 'refused by any change of', 'if this argument is used, or because'], rows), ''];
}

/** `Author` of `~Author`; what may leave or enter its lists of `~[Author]`. */
function changed(tag: Tag): string {
  const type = membershipOf(tag);
  return type === undefined ? tag.slice(1) : `what is in lists of ${type}`;
}

function listed(names: readonly string[], most = MOST_NAMES): string {
  const all = [...new Set(names)];
  return all.length > most
    ? `${all.slice(0, most).join(', ')} and ${all.length - most} more`
    : all.join(', ');
}

function uncachedLines(rootFields: readonly RootField[]): string[] {
  const never = rootFields.filter(({ maxAge }) => maxAge === 0);
  if (never.length === 0) return [];
  const names = never.map(({ field, declared }) => (declared ? `${field} (maxAge: 0)` : field));
  const more = names.length > MOST_ROWS ? ` and ${names.length - MOST_ROWS} more` : '';
  return [`Never kept, for want of a maxAge: ${names.slice(0, MOST_ROWS).join(', ')}${more}.`, ''];
}

/** Below the root, where it is least expected: one such field, and an answer that would be kept is not. */
function withoutMaxAgeLines(fields: readonly FieldWithoutMaxAge[]): string[] {
  const rows = fields.flatMap(({ field, mend }) => (mend === undefined ? [] : [[field, mend]]));
  const declared = fields.filter((each) => each.declared).map(({ field }) => field);
  return [
    ...(rows.length > 0 ? [...table(['Answers with it are never kept', 'for want of'], rows), ''] : []),
    ...(declared.length > 0
      ? [`Answers with these are never kept, as they have maxAge: 0: ${listed(declared)}.`, '']
      : []),
  ];
}

function privateLines(rootFields: readonly RootField[], below: readonly string[]): string[] {
  const names = privateRootFields(rootFields);
  return [
    ...(names.length > 0 ? [`Kept per session, if SESSION is set: ${names.join(', ')}.`, ''] : []),
    ...(below.length > 0
      ? [`Below the root, kept per session, if SESSION is set: ${listed(below, MOST_OF_ONE)}.`, '']
      : []),
  ];
}

/** What else a mutation changes only the operator knows: the findings say where that is likely. */
function mutationLines(mutations: readonly MutationReport[]): string[] {
  if (mutations.length === 0) return [];
  const shown = mutations.slice(0, MOST_ROWS);
  const more = mutations.length > MOST_ROWS ? [`and ${mutations.length - MOST_ROWS} more`] : [];
  const lines = shown.flatMap(({ field, purges }) => [field, ...purges.map((sentence) => `  ${sentence}`)]);
  return ['What each mutation purges:', ...lines, ...more, ''];
}

/** How that is narrowed, said once: whether something follows from what refers to it only the operator knows. */
function referredLines(referred: readonly ReferredType[]): string[] {
  if (referred.length === 0) return [];
  const types = referred.map(
    ({ type, mutations, shownBy }) =>
      `${type} (by ${plural(mutations.length, 'mutation')}; ${plural(shownBy, 'field')} of kept answers ${shownBy === 1 ? 'leads' : 'lead'} there)`,
  );
  return [
    `Purged because something refers to it, and shown most: ${listed(types)}. Where a mutation changes nothing of that, not even a count, @purges(references: false) on it keeps those answers.`,
    '',
  ];
}

/** Which tables the types are of, as far as their names tell; and what of the database keeps purges coarse or out. */
function databaseLines({
  proposals,
  typesWithoutTable,
  tablesWithoutType,
  problems,
}: DatabaseAdvice): string[] {
  return [
    ...(proposals.length > 0
      ? [
          'Types that seem to be rows of a table. Laid over the schema, these lines have its changes purge them:',
          ...proposals.map((line) => `  ${line}`),
          '',
        ]
      : []),
    ...(typesWithoutTable.length > 0
      ? [`Types of which no table is known: ${typesWithoutTable.slice(0, MOST_ROWS).join(', ')}.`, '']
      : []),
    ...(tablesWithoutType.length > 0
      ? [`Tables whose changes purge nothing: ${tablesWithoutType.slice(0, MOST_ROWS).join(', ')}.`, '']
      : []),
    ...(problems.length > 0 ? [formatProblems(problems)] : []),
  ];
}

/** A large schema has hundreds of some: of each code the first, and the names of where the others are. */
function findingsLines(findings: readonly CheckFinding[], folder: string): string[] {
  const left = new Map<string, CheckFinding[]>();
  const counts = new Map<string, number>();
  const lines = findings.flatMap((finding) => {
    const { code, severity } = finding;
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    if (severity === 'error' || count <= MOST_OF_ONE) return [...findingLines(finding, folder), ''];
    left.set(code, [...(left.get(code) ?? []), finding]);
    return [];
  });
  return [
    ...lines,
    ...[...left].flatMap(([code, more]) => [
      `and ${more.length} more of ${code} (${more[0]!.severity}): ${listed(more.flatMap(({ coordinate = [] }) => coordinate))}`,
    ]),
    ...(left.size > 0 ? ['`lastmile check --json` has them all.', ''] : []),
  ];
}

/** `file:line:column` first and in one piece: terminals and editors jump to it. */
function findingLines(finding: CheckFinding, folder: string): string[] {
  const { file, line, column, severity, code, message, remedy, coordinate, mend = [] } = finding;
  const place = file === undefined ? coordinate : `${shorten(file, folder)}:${line}:${column}`;
  return [
    `${place === undefined ? '' : `${place} `}${severity} ${code}`,
    `  ${message}`,
    `  ${remedy}`,
    ...mend.map((line) => `    ${line}`),
  ];
}

function summary({ counts }: Pick<CheckReport, 'counts'>): string {
  const parts = [
    plural(counts.error, 'error'),
    plural(counts.warning, 'warning'),
    plural(counts.note, 'note'),
  ].filter((part) => part !== undefined);
  return parts.length > 0 ? `${parts.join(', ')}.` : 'Nothing found.';
}

function plural(count: number, word: string): string | undefined {
  if (count === 0) return undefined;
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const shown = [head, ...rows.slice(0, MOST_ROWS)];
  const widths = head.map((_, column) => Math.max(...shown.map((cells) => cells[column]!.length)));
  const lines = shown.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return rows.length > MOST_ROWS ? [...lines, `and ${rows.length - MOST_ROWS} more`] : lines;
}

function shorten(file: string, folder: string): string {
  const short = relative(folder, file);
  return short.startsWith('..') ? file : short;
}
