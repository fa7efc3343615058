import { ratio } from '../report/statistics.mjs';

/**
 * @typedef {object} Verdict
 * @property {string} text what was wanted
 * @property {number} value what was reached: the median
 * @property {boolean} met
 */

/**
 * Holds what a row measured against what it wants. An aim about something that did not run has no verdict.
 * @param {import('../rows/rows.mjs').Aim[]} aims
 * @returns {Verdict[]}
 */
export function verdicts(aims, { subjects = [], figures = [] }) {
  return aims.flatMap((aim) => {
    const value = reached(aim, subjects, figures);
    if (value === undefined) return [];
    const { least = -Infinity, most = Infinity } = aim;
    return [{ text: wanted(aim), value, met: value >= least && value <= most }];
  });
}

function reached({ of, over = 'bare' }, subjects, figures) {
  const figure = figures.find(({ name }) => name === of);
  if (figure) return figure.median ?? figure.value;
  const one = subjects.find(({ name }) => name === of);
  const other = subjects.find(({ name }) => name === over);
  return one && other && ratio(one.rounds, other.rounds).median;
}

function wanted({ of, over, least, most }) {
  const bound = least === undefined ? `at most ${most}` : `at least ${least}`;
  return over ? `${of} ${bound} x ${over}` : `${of} ${bound}`;
}
