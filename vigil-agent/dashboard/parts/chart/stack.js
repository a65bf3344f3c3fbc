// Stacked bars for uPlot: each segment drawn from the sum below it to its own, so that one of them
// can be dimmed without what lies behind it shining through. Knows no colours.

/** Css pixels. */
const WIDEST = 64;

/**
 * Adds each series to the ones before it.
 * @param {(number | null)[][]} series
 * @returns {number[][]}
 */
export function sums(series) {
  /** @type {number[] | undefined} */
  let below;
  return series.map((values) => {
    const base = below;
    below = values.map((value, i) => (value ?? 0) + (base?.[i] ?? 0));
    return below;
  });
}

/**
 * The left and right end of bucket `i`, in pixels of the canvas or of the page.
 * @param {import('../../vendor/uplot.js')} plot
 * @param {number} i
 * @param {number} step
 * @param {boolean} canvas
 * @returns {[number, number]}
 */
export function slot(plot, i, step, canvas) {
  const x = plot.data[0];
  const start = x[i] ?? 0;
  return [plot.valToPos(start, 'x', canvas), plot.valToPos(x[i + 1] ?? start + step, 'x', canvas)];
}

/**
 * The path builder of every series of a stack.
 * @param {number} step
 * @returns {import('../../vendor/uplot.js').Series.PathBuilder}
 */
export function segments(step) {
  return (plot, series, first, last) => {
    const path = new Path2D();
    const top = plot.data[series] ?? [];
    const below = series > 1 ? plot.data[series - 1] : undefined;
    const pixel = devicePixelRatio;
    for (let i = first; i <= last; i += 1) {
      const [low, high] = [below?.[i] ?? 0, top[i] ?? 0];
      if (high <= low) continue;
      const [left, right] = slot(plot, i, step, true);
      const gap = right - left < 3 * pixel ? 0 : Math.max(pixel, (right - left) * 0.16);
      const width = Math.min(right - left - gap, WIDEST * pixel);
      const at = Math.round(left + (right - left - width) / 2);
      const base = Math.round(plot.valToPos(low, 'y', true));
      let height = base - Math.round(plot.valToPos(high, 'y', true));
      // Next to a large day a small one would be nothing at all.
      if (height < 1 && low === 0) height = Math.ceil(pixel);
      // A hairline of paper between neighbours tells them apart without their colours.
      const shown = height > 4 * pixel ? height - Math.round(pixel) : height;
      path.rect(at, base - shown, Math.max(1, Math.round(width)), shown);
    }
    return { stroke: null, fill: path };
  };
}
