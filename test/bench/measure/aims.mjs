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
    const { of, over = 'bare', least = -Infinity, most = Infinity } = aim;
    const figure = figures.find(({ name }) => name === of);
    const value = figure ? (figure.median ?? figure.value) : quotient(subjects, of, over);
    if (value === undefined) return [];
    const text = `${of} ${bound(aim)}${figure ? '' : ` x ${over}`}`;
    return [{ text, value, met: value >= least && value <= most }];
  });
}

function quotient(subjects, of, over) {
  const one = subjects.find(({ name }) => name === of);
  const other = subjects.find(({ name }) => name === over);
  return one && other && ratio(one.rounds, other.rounds).median;
}

function bound({ least, most }) {
  return least === undefined ? `at most ${most}` : `at least ${least}`;
}
