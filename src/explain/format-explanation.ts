import { writeJson } from '../json/exact-number';
import { docsOf } from '../report/error';
import type { FieldWithoutMaxAge } from '../policy/without-max-age';
import type {
  AnswerTags,
  ExplainedPart,
  Explanation,
  KeyParts,
  MaxAge,
  MutationPurges,
  Obstacle,
  PartsForSome,
} from './explanation';

const UNITS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
] as const;

/** Seconds in the largest unit that needs no fraction: `90 s`, `5 min`, `1 d`. */
export function formatSeconds(seconds: number): string {
  const unit = UNITS.find(([length]) => seconds >= length && seconds % length === 0);
  return unit ? `${seconds / unit[0]} ${unit[1]}` : `${seconds} s`;
}

/** Names shown of one kind; `--json` has all. */
const MOST_NAMES = 12;

/** An explanation as text for a terminal. */
export function formatExplanation(explanation: Explanation): string {
  const { operation, scope, maxAge, swr, key, tags, purges, obstacles, withoutMaxAge = [] } = explanation;
  const { missingVariables, unknownVariables, parts = [] } = explanation;
  const isCut = isKeptInParts(explanation);
  const sections = [
    [
      `${operation.kind}${operation.name === undefined ? '' : ` ${operation.name}`}: ${headline(explanation)}`,
      ...new Set(
        (isCut ? [] : withoutMaxAge).flatMap(({ mend }) => (mend === undefined ? [] : [`  ${mend}`])),
      ),
    ],
    ...parts.map((some) => section(partsTitle(some), partsRows(some))),
    [
      ...(maxAge && !isCut ? maxAgeRows(maxAge) : []),
      ...(swr && !isCut ? [row('swr', formatSeconds(swr))] : []),
      ...(scope && !isCut ? [row('scope', because(scope.is, scope.decidedBy))] : []),
    ],
    key && !isCut ? section('Key', keyRows(key)) : [],
    tags ? section('Purged by', tagRows(tags)) : [],
    purges ? section('Purges', purgeRows(purges)) : [],
    obstacles.length > 0
      ? section(
          isCut ? 'Not from the cache as a whole' : 'Not from the cache',
          obstacles.flatMap(obstacleRows),
        )
      : [],
    [
      ...(missingVariables.length > 0
        ? [`Not given, so shown as <name>: ${missingVariables.map((name) => `$${name}`).join(', ')}`]
        : []),
      ...(unknownVariables.length > 0
        ? [`Not declared by the operation, so dropped: ${unknownVariables.join(', ')}`]
        : []),
    ],
  ];
  const shown = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${shown.join('\n\n')}\n`;
}

/** For whom it is kept, or why it is not. */
function headline(explanation: Explanation): string {
  const { kept, maxAge, obstacles, withoutMaxAge = [] } = explanation;
  if (isKeptInParts(explanation)) return 'kept in parts';
  const why = wantOfMaxAge(withoutMaxAge);
  if (kept !== 'never') {
    if (why === undefined) return `kept ${kept}`;
    return `never kept: ${why}; an answer without ${withoutMaxAge.length > 1 ? 'these' : 'it'} is kept ${kept}`;
  }
  const barrier = obstacles.find(({ when }) => when === undefined);
  if (maxAge === undefined || !barrier) return 'never kept';
  if (barrier.reason === 'no-policy' && why !== undefined) return `never kept: ${why}`;
  return `never kept: ${barrier.meaning}${barrier.field === undefined ? '' : ` (${barrier.field})`}`;
}

function wantOfMaxAge(fields: readonly FieldWithoutMaxAge[]): string | undefined {
  const clauses = [false, true].flatMap((isDeclared) => {
    const names = fields.filter(({ declared }) => declared === isDeclared).map(({ field }) => `\`${field}\``);
    if (names.length === 0) return [];
    const shown = names.slice(0, MOST_NAMES).join(', ');
    const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
    return [`${shown}${more} ${names.length > 1 ? 'have' : 'has'} ${isDeclared ? 'maxAge: 0' : 'no maxAge'}`];
  });
  return clauses.length > 0 ? clauses.join(', and ') : undefined;
}

/** Some of it is kept, where it is not kept as a whole, or for longer, or for more. */
function isKeptInParts({ parts = [] }: Explanation): boolean {
  return parts.some(({ slots }) => slots.some(({ kept }) => kept !== 'never'));
}

function partsTitle({ requests, slots }: PartsForSome): string {
  const what = slots.length > 0 ? 'Parts' : 'Not in parts';
  return requests === 'all' ? what : `${what}, for requests ${requests}`;
}

function partsRows({ whole, slots, uncut, useless }: PartsForSome): string[] {
  return [
    ...(whole ? [row('', whole.because)] : []),
    ...slots.flatMap(partRows),
    ...uncut.map(({ path, because: why }) => row('not cut', `${path}: ${why}`)),
    ...useless.map(({ path, coordinate, maxAge, under }) =>
      row(
        'without effect',
        `the ${formatSeconds(maxAge)} of ${coordinate} at ${path}: ${under} above it is never kept`,
      ),
    ),
  ];
}

function partRows({ asks, kept, maxAge, because: why }: ExplainedPart, index: number): string[] {
  const [first = '', ...rest] = asks.trim().split('\n');
  const isFor = maxAge === undefined ? `never kept: ${why}` : `kept ${kept}, ${formatSeconds(maxAge)}`;
  return [row(`part ${index + 1}`, isFor), row('', first), ...rest.map((line) => row('', line))];
}

function maxAgeRows({ most, decidedBy, least, leastDecidedBy }: MaxAge): string[] {
  const upper = row('maxAge', because(formatSeconds(most), decidedBy));
  if (least === most) return [upper];
  const lower = because(`${formatSeconds(least)} when every field is there`, leastDecidedBy);
  return [upper, row('', `down to ${lower}`)];
}

/** Where there is no request yet. */
const OF_THE_URL = "of the URL: all but GraphQL's own and those of IGNORE_PARAMS";

function keyRows({ version, document, variables, session, headers, parameters, value }: KeyParts): string[] {
  const [first = '', ...rest] = document.trim().split('\n');
  return [
    row('document', first),
    ...rest.map((line) => row('', line)),
    row('variables', writeJson(variables)),
    row('session', session ?? 'none: shared'),
    row('headers', headers.join(', ') || 'none'),
    row('parameters', parameters ? parameters.join(', ') || 'none' : OF_THE_URL),
    row('version', version),
    ...(value === undefined ? [] : [row('key', value)]),
  ];
}

function tagRows({ entities, types, lists, changes, declared, ifMissing, isCut }: AnswerTags): string[] {
  return [
    ...names('entities', entities),
    ...names('types', types),
    ...names('lists', lists),
    ...names('any change', changes),
    ...names('declared', declared),
    ...names('if missing', ifMissing),
    ...(isCut ? [row('', 'and more: the operation has too many combinations to list')] : []),
  ];
}

function purgeRows({
  entities,
  lists,
  types,
  declared,
  session,
  silent,
  askedAfterwards,
  because: reasons,
}: MutationPurges): string[] {
  return [
    ...names('entities', entities),
    ...names('lists', lists),
    ...names('types', types),
    ...names('declared', declared),
    ...(session ? [row('session', 'the private answers of the session it is made under')] : []),
    ...names('asked after it', askedAfterwards),
    ...(silent.length > 0
      ? [row('nothing', `${silent.join(', ')}: return what it changed, or say it with @purges`)]
      : []),
    ...reasons.flatMap(({ field, purges }) => [`  ${field}`, ...purges.map((sentence) => row('', sentence))]),
  ];
}

function obstacleRows({ reason, when, field, meaning, remedy }: Obstacle): string[] {
  return [
    row(reason, when === undefined ? 'always' : `when ${when}`),
    row('', `${meaning}${field === undefined ? '' : ` (${field})`}`),
    row('', `remedy: ${remedy}`),
    row('', `see: ${docsOf(reason)}`),
  ];
}

function section(title: string, rows: readonly string[]): string[] {
  return rows.length > 0 ? [title, ...rows] : [];
}

function names(label: string, all: readonly string[]): string[] {
  if (all.length === 0) return [];
  const more = all.length > MOST_NAMES ? ` and ${all.length - MOST_NAMES} more` : '';
  return [row(label, all.slice(0, MOST_NAMES).join(' ') + more)];
}

function because(what: string, field: string | undefined): string {
  return field === undefined ? what : `${what}, by ${field}`;
}

function row(label: string, text: string): string {
  return `  ${label.padEnd(14)} ${text}`.trimEnd();
}
