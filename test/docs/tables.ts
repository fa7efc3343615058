import { FINDINGS } from '../../src/check/finding';
import { COMMANDS } from '../../src/cli/commands';
import { MAIN_VARIABLES } from '../../src/cli/settings';
import type { Group, Variable } from '../../src/config/readers';
import { VARIABLE_ROWS, type VariableRow } from '../../src/config/variables';
import { REDIS_VARIABLES } from '../../src/redis/variables';
import { ERRORS } from '../../src/report/error';
import { markdownTable } from '../kit/markdown';
import { PROMISES } from './promises';
import { LOOKUP_RULES } from '../../src/gateway/rules';
import { STORE_RULES } from '../../src/gateway/store-rules';
import { REASONS } from '../../src/report/reason';

/** A table that is made from the code, and the page that has it between its markers. */
export interface DocumentedTable {
  readonly page: string;
  readonly make: () => string;
}

const HEAD = ['Variable', 'Default', 'Meaning'];

/** What one would look for, in the order in which one would. */
const HEADINGS: Readonly<Record<Group, string>> = {
  upstream: 'Your API',
  policy: 'What is cached',
  session: 'Who is asking',
  http: 'How clients reach it',
  admin: 'How operators reach it',
  region: 'Regions',
  redis: 'Redis',
  freshness: 'How long a region may be believed',
  warm: 'What is filled before it is asked for',
  limits: 'Limits',
  log: 'Logs',
  cdn: 'A CDN in front',
  capture: 'Changes of the database itself',
  fly: 'Set by Fly',
};

/** By the name between the markers. */
export const TABLES: Readonly<Record<string, DocumentedTable>> = {
  commands: {
    page: 'README.md',
    make: () =>
      table(
        ['Command', 'Does'],
        COMMANDS.map(({ name, summary }) => [`\`lastmile ${name}\``, summary]),
      ),
  },
  redis: {
    page: 'src/redis/README.md',
    make: () =>
      table(
        HEAD,
        Object.entries<Variable>(REDIS_VARIABLES).map(([name, { default: unset, meaning }]) => [
          `\`${name}\``,
          unset,
          meaning,
        ]),
      ),
  },
  main: {
    page: 'src/config/README.md',
    make: () => variables(VARIABLE_ROWS.filter(({ name }) => MAIN.has(name))),
  },
  environment: {
    page: 'src/config/README.md',
    make: () =>
      Object.entries(HEADINGS)
        .map(([group, heading]) => {
          const rows = VARIABLE_ROWS.filter((row) => row.group === group);
          return `## ${heading}\n\n${variables(rows)}`;
        })
        .join('\n\n'),
  },
  reasons: {
    page: 'src/report/README.md',
    make: () =>
      table(
        ['`detail`', 'Why', 'What to do'],
        Object.entries(REASONS).map(([reason, [meaning, remedy]]) => [`\`${reason}\``, meaning, remedy]),
      ),
  },
  rules: {
    page: 'src/report/README.md',
    make: () =>
      table(
        ['When', 'If', '`detail`'],
        [
          ...LOOKUP_RULES.map(({ about, reason }) => ['before upstream is asked', about, `\`${reason}\``]),
          ...STORE_RULES.map(({ about, reason }) => ['once the answer has arrived', about, `\`${reason}\``]),
        ],
      ),
  },
  findings: {
    page: 'src/explain/README.md',
    make: () =>
      table(
        ['Finding', '', 'What it means', 'What to do'],
        Object.entries(FINDINGS).map(([code, [severity, meaning, remedy]]) => [
          `\`${code}\``,
          severity,
          meaning,
          remedy,
        ]),
      ),
  },
  promises: { page: 'test/README.md', make: () => table(['Id', 'Promise'], Object.entries(PROMISES)) },
  errors: {
    page: 'src/report/README.md',
    make: () =>
      table(
        ['Code', 'Status', 'What the client is told', 'What to do'],
        Object.entries(ERRORS).map(([code, [status, sentence, remedy]]) => [
          `\`${code}\``,
          String(status),
          sentence,
          remedy,
        ]),
      ),
  },
};

const MAIN: ReadonlySet<string> = new Set(MAIN_VARIABLES);

function variables(rows: readonly VariableRow[]): string {
  return table(
    HEAD,
    rows.map(({ name, default: unset, meaning }) => [`\`${name}\``, unset, meaning]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return markdownTable(head, rows, { figures: false });
}

/** Puts the tables into a text between `<!-- table: name -->` and `<!-- end -->`. @throws for a name that is unknown */
export function withTables(text: string): string {
  return text.replace(
    /(<!-- table: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => {
      const known = TABLES[name];
      if (!known) throw new Error(`A page asks for a table named ${name}; there is none.`);
      return `${begin}\n${known.make()}\n\n${end}`;
    },
  );
}
