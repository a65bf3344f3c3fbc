// Which colour a series has: the same for the same model, client or project while the page is
// open, so that zooming or another filter does not paint it anew.

import { isRest } from './metrics.js';

/** The colour of the server's sum of all others. */
const REST = 9;
const MOST = 200;

/** By what makes series, then by key. @type {Map<string, Map<string, number>>} */
const known = new Map();

/**
 * A colour for each series, 1 to 9, no two the same.
 * @param {string} by
 * @param {import('../../types/api.d.ts').Series[]} series
 */
export function colorsOf(by, series) {
  const before = known.get(by) ?? new Map();
  known.set(by, before);
  /** @type {Set<number>} */
  const taken = new Set();
  const kept = series.map(({ key }, n) => {
    const color = isRest(series, n) ? REST : before.get(key);
    if (color === undefined || taken.has(color)) return null;
    taken.add(color);
    return color;
  });
  return series.map(({ key }, n) => {
    const color = kept[n] ?? free(taken);
    if (!isRest(series, n)) {
      if (before.size >= MOST) before.clear();
      before.set(key, color);
    }
    return color;
  });
}

/** @param {Set<number>} taken */
function free(taken) {
  for (let color = 1; color < REST; color += 1) {
    if (taken.has(color)) continue;
    taken.add(color);
    return color;
  }
  return REST;
}
