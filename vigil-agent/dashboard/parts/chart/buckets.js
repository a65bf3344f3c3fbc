// Which bucket a place on a chart belongs to, and where keys lead from it. Pure.

/**
 * The last bucket that begins at or before `at`; the first one for what lies before all.
 * @param {number[]} x
 * @param {number} at
 */
export function bucketAt(x, at) {
  let [low, high] = [0, x.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) <= at) low = middle;
    else high = middle;
  }
  return low;
}

/** Where bucket `i` ends. @param {number[]} x @param {number} i @param {number} step */
export function endOf(x, i, step) {
  return x[i + 1] ?? (x[i] ?? 0) + step;
}

/**
 * The bucket that a key leads to, or null when it is none of ours.
 * @param {string} key
 * @param {number | null} at
 * @param {number} count
 */
export function keyTarget(key, at, count) {
  const from = at ?? (key === 'ArrowRight' || key === 'PageDown' ? -1 : count);
  const far = Math.max(2, Math.round(count / 10));
  /** @type {Record<string, number>} */
  const targets = {
    ArrowLeft: from - 1, ArrowRight: from + 1, PageUp: from - far, PageDown: from + far, Home: 0, End: count - 1,
  };
  const target = targets[key];
  return target === undefined ? null : Math.min(count - 1, Math.max(0, target));
}
