// Where the rows of a virtual list stand: heights to offsets and back, within what browsers can
// lay out. Pure arithmetic; never touches the page.

/** Firefox lays out nothing beyond about 17.8 million pixels. */
const TALLEST = 16_000_000;

/**
 * @typedef {object} Layout
 * @property {number} height  What the list is high on the page.
 * @property {boolean} scaled  True when that is less than all its rows.
 * @property {(i: number) => number} offset  Where row `i` begins, unscaled; `count` is the end.
 * @property {(y: number) => number} at  The row at an unscaled offset.
 * @property {(top: number, view: number) => number} virtual  Scrolled pixels as an unscaled offset.
 * @property {(y: number, view: number) => number} scroll  And back.
 */

/**
 * @param {number} count
 * @param {number | ((i: number) => number)} rowHeight
 * @returns {Layout}
 */
export function layoutOf(count, rowHeight) {
  const { total, offset, at } = typeof rowHeight === 'number' ? even(count, rowHeight) : uneven(count, rowHeight);
  const height = Math.min(total, TALLEST);
  const scaled = total > TALLEST;
  /** @param {number} view */
  const factor = (view) => (scaled ? Math.max(1, (total - view) / Math.max(1, height - view)) : 1);
  return {
    height,
    scaled,
    offset,
    at,
    virtual: (top, view) => Math.min(top * factor(view), Math.max(0, total - view)),
    scroll: (y, view) => y / factor(view),
  };
}

/** @param {number} count @param {number} each */
function even(count, each) {
  return {
    total: count * each,
    /** @param {number} i */
    offset: (i) => i * each,
    /** @param {number} y */
    at: (y) => clamp(Math.floor(y / each), count),
  };
}

/** @param {number} count @param {(i: number) => number} height */
function uneven(count, height) {
  const sums = new Float64Array(count + 1);
  let sum = 0;
  for (let i = 0; i < count; i += 1) {
    sum += height(i);
    sums[i + 1] = sum;
  }
  return {
    total: sum,
    /** @param {number} i */
    offset: (i) => sums[Math.max(0, Math.min(i, count))] ?? 0,
    /** @param {number} y */
    at: (y) => {
      let low = 0;
      let high = count;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((sums[middle + 1] ?? Infinity) <= y) low = middle + 1;
        else high = middle;
      }
      return clamp(low, count);
    },
  };
}

/** @param {number} i @param {number} count */
function clamp(i, count) {
  return Math.max(0, Math.min(i, count - 1));
}

/**
 * Finds a row again after rows were put before it or taken away.
 * @param {{ key: string | number, i: number }} held
 * @param {number} count
 * @param {(i: number) => string | number | null} keyOf
 * @returns {number | null}
 */
export function findAgain(held, count, keyOf) {
  for (let away = 0; away <= 600; away += 1) {
    for (const i of away === 0 ? [held.i] : [held.i + away, held.i - away]) {
      if (i >= 0 && i < count && keyOf(i) === held.key) return i;
    }
  }
  return null;
}
