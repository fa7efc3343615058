import { ratio } from '../kit.mjs';

/**
 * @typedef {object} Verdict
 * @property {string} text what was wanted
 * @property {number} value what was reached: the median
 * @property {number} [byCpu] the same in processor time for a request, which a disturbed machine changes less
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
    const text = `${of} ${bound(aim)}${figure ? '' : ` x ${over}`}`;
    const reached = figure ? { value: figure.median ?? figure.value } : quotients(subjects, of, over);
    return reached ? [{ text, ...reached, met: reached.value >= least && reached.value <= most }] : [];
  });
}

function quotients(subjects, of, over) {
  const one = subjects.find(({ name }) => name === of);
  const other = subjects.find(({ name }) => name === over);
  return (
    one &&
    other && {
      value: ratio(one.rounds, other.rounds).median,
      byCpu: ratio(other.cpuRounds, one.cpuRounds).median,
    }
  );
}

function bound({ least, most }) {
  return least === undefined ? `at most ${most}` : `at least ${least}`;
}
