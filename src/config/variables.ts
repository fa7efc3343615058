import { CACHING_VARIABLES } from './caching-variables';
import { REACHING_VARIABLES } from './reaching-variables';
import type { ValuesOf, Group } from './readers';
import { SERVING_VARIABLES } from './serving-variables';

/** Every environment variable the gateway reads, by name. */
export const VARIABLES = { ...SERVING_VARIABLES, ...REACHING_VARIABLES, ...CACHING_VARIABLES };

export type VariableName = keyof typeof VARIABLES;

/** Those that hold headers with their values. */
export const HEADERS_NAMES = [
  'UPSTREAM_HEADERS',
  'SCHEMA_HEADERS',
] as const satisfies readonly VariableName[];

export type HeadersName = (typeof HEADERS_NAMES)[number];

/** What each variable says, before anything is derived from it. */
export type Values = ValuesOf<typeof VARIABLES>;

export const VARIABLE_NAMES = Object.keys(VARIABLES) as readonly VariableName[];

/** A row of the documentation. */
export interface VariableRow {
  readonly name: VariableName;
  readonly group: Group;
  /** `none`, a value, or where the value is taken from */
  readonly default: string;
  readonly meaning: string;
}

const GROUPS: readonly Group[] = [
  'http',
  'admin',
  'upstream',
  'region',
  'redis',
  'policy',
  'session',
  'freshness',
  'warm',
  'limits',
  'log',
  'cdn',
  'capture',
  'fly',
];

/** Rows for the tables of `config/README.md` and for `--help`, group by group. */
export const VARIABLE_ROWS: readonly VariableRow[] = VARIABLE_NAMES.map((name) => {
  const { group, default: text, meaning } = VARIABLES[name];
  return { name, group, default: text === '' ? 'none' : text, meaning };
}).sort((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group));
