import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));

/** `warm`: seconds of load before anything is measured */
const FULL = { rounds: 5, seconds: 4, warm: 5 };
const QUICK = { rounds: 2, seconds: 1, warm: 1 };

export const USAGE = `npm run bench -- [options]

Measures Lastmile beside a bare server and what people would use instead, and writes
test/bench/results/latest.md, latest.json and chart.svg; with --quick quick.md, quick.json and quick.svg.

  --quick           a look within a minute: few and short rounds, a selection of rows
  --only ROW[,ROW]  these rows; the other results stay as they were
  --rounds N        default ${FULL.rounds}
  --seconds N       of load in a round, default ${FULL.seconds}
  --gateway FOLDER  the built gateway, default dist
  --json            prints the results as JSON instead of a table
  --list            prints the rows
  --help
`;

/**
 * @param {string[]} args @param {readonly string[]} names of all rows
 * @throws Error that says what is wrong
 */
export function readOptions(args, names) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      gateway: { type: 'string' },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const only = values.only.flatMap((text) => text.split(',')).filter((name) => name !== '');
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new Error(`There is no row ${unknown.join(', ')}. Rows: ${names.join(', ')}.`);
  const effort = values.quick ? QUICK : FULL;
  return {
    ...values,
    only,
    warm: effort.warm,
    rounds: wholeNumber('rounds', values.rounds) ?? effort.rounds,
    seconds: wholeNumber('seconds', values.seconds) ?? effort.seconds,
    gatewayFolder: values.gateway === undefined ? DIST : resolve(values.gateway),
  };
}

function wholeNumber(name, text) {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--${name} is a whole number from 1 up, not ${text}.`);
  return number;
}
