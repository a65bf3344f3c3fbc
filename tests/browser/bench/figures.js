// Figures for people: medians, tails, and a table with targets, one line a figure.

/**
 * One line of the table. `met` is undefined where there is no target.
 * @typedef {{ name: string, said: string, target?: string, met?: boolean }} Line
 */

/** @param {number[]} values @param {number} share from 0 to 1 */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** @param {number} value */
export const ms = (value) => `${value.toFixed(1).padStart(7)} ms`;

/**
 * Times in milliseconds; their 95th percentile is held against `most`, if that is given.
 * @param {string} name @param {number[]} times @param {number} [most] @param {string} [more]
 * @returns {Line}
 */
export function spread(name, times, most, more = '') {
  const [half, tail, worst] = [0.5, 0.95, 1].map((share) => quantile(times, share));
  const said = `median ${ms(half ?? 0)}   p95 ${ms(tail ?? 0)}   worst ${ms(worst ?? 0)}${more}`;
  if (most === undefined) return { name, said };
  return { name, said, target: `p95 < ${most} ms`, met: (tail ?? Number.NaN) < most };
}

/** @param {Line} line */
export function written({ name, said, target, met }) {
  const verdict = met === undefined ? '' : met ? 'met' : 'missed';
  return `${name.padEnd(46)} ${said.padEnd(74)} ${(target ?? '').padEnd(15)} ${verdict}`.trimEnd();
}

/** What all lines come to. @param {Line[]} lines */
export function summed(lines) {
  const judged = lines.filter(({ met }) => met !== undefined);
  const missed = judged.filter(({ met }) => !met);
  const names = missed.map(({ name }) => name).join('; ');
  return `${judged.length - missed.length} of ${judged.length} targets met${names && `; missed: ${names}`}`;
}
