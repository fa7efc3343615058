import { COMMANDS } from '../../src/cli/commands';
import type { Variable } from '../../src/config/readers';
import { VARIABLE_ROWS } from '../../src/config/variables';
import { REDIS_VARIABLES } from '../../src/redis/variables';
import { ERRORS } from '../../src/report/error';
import { markdownTable } from '../kit/markdown';
import { PROMISES } from './promises';
import { LOOKUP_RULES } from '../../src/gateway/rules';
import { STORE_RULES } from '../../src/gateway/store-rules';
import { REASONS } from '../../src/report/reason';

/** Tables of the README that are made from the code, by the name they have between their markers. */
export const TABLES: Readonly<Record<string, () => string>> = {
  commands: () =>
    table(
      ['Command', 'Does'],
      COMMANDS.map(({ name, summary }) => [`\`lastmile ${name}\``, summary]),
    ),
  redis: () =>
    table(
      ['Variable', 'Default', 'Meaning'],
      Object.entries<Variable>(REDIS_VARIABLES).map(([name, { default: unset, meaning }]) => [
        `\`${name}\``,
        unset,
        meaning,
      ]),
    ),
  environment: () =>
    table(
      ['Variable', 'Default', 'Meaning'],
      VARIABLE_ROWS.map(({ name, default: unset, meaning }) => [`\`${name}\``, unset, meaning]),
    ),
  reasons: () =>
    table(
      ['`detail`', 'Why', 'What to do'],
      Object.entries(REASONS).map(([reason, [meaning, remedy]]) => [`\`${reason}\``, meaning, remedy]),
    ),
  rules: () =>
    table(
      ['When', 'If', '`detail`'],
      [
        ...LOOKUP_RULES.map(({ about, reason }) => ['before anyone is asked', about, `\`${reason}\``]),
        ...STORE_RULES.map(({ about, reason }) => ['when the answer is there', about, `\`${reason}\``]),
      ],
    ),
  promises: () => table(['Id', 'Promise'], Object.entries(PROMISES)),
  errors: () =>
    table(
      ['Code', 'Status', 'What the client is told', 'What to do'],
      Object.entries(ERRORS).map(([code, [status, sentence, remedy]]) => [
        `\`${code}\``,
        String(status),
        sentence,
        remedy,
      ]),
    ),
};

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return markdownTable(head, rows, { figures: false });
}

/** Puts the tables into a text between `<!-- table: name -->` and `<!-- end -->`. @throws for a name that is unknown */
export function withTables(text: string): string {
  return text.replace(
    /(<!-- table: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => {
      const make = TABLES[name];
      if (!make) throw new Error(`The README asks for a table named ${name}; there is none.`);
      return `${begin}\n${make()}\n\n${end}`;
    },
  );
}
