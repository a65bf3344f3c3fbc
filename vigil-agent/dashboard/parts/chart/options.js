// The options of uPlot for our charts. Knows the tokens by name; never holds a colour itself.

/** @typedef {import('../../vendor/uplot.js').Options} Options */

/** @param {string} name  A custom property of the page. */
function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/**
 * Two fifths of `color` on `paper`, both #rrggbb: opaque, because in a stack each area covers the
 * ones it stands on.
 * @param {string} color
 * @param {string} paper
 */
function mixed(color, paper) {
  const part = (/** @type {string} */ hex, /** @type {number} */ at) => Number.parseInt(hex.slice(at, at + 2), 16);
  return `rgb(${[1, 3, 5].map((at) => Math.round(part(color, at) * 0.4 + part(paper, at) * 0.6)).join(' ')})`;
}

/**
 * Adds each series to the ones below it, the top of the stack first: uPlot draws in this order,
 * and the top would cover what is below it.
 * @param {(number | null)[][]} series
 */
export function stacked(series) {
  /** @type {(number | null)[] | undefined} */
  let below;
  return series.map((values) => {
    const sum = values.map((value, i) => (value ?? 0) + (below?.[i] ?? 0));
    below = sum;
    return sum;
  }).reverse();
}

/**
 * @param {{ UPlot: typeof import('../../vendor/uplot.js'), width: number, height: number,
 *   kind: 'line' | 'area' | 'bars', lines: import('../chart.js').Line[], words: (value: number) => string,
 *   bare: boolean, step: number, brush: ((from: number, to: number) => void) | null,
 *   point: (i: number | null) => void }} wanted
 * @returns {Options}
 */
export function options({ UPlot, width, height, kind, lines, words, bare, step, brush, point }) {
  const quiet = token('--ink-quiet');
  const grid = { stroke: token('--line'), width: 1 };
  const font = `11px ${token('--sans')}`;
  const bars = kind === 'bars' ? UPlot.paths.bars?.({ size: [0.85, 40], align: 1 }) : undefined;
  const series = lines.map((line, i) => {
    const color = token(`--series-${line.color ?? (i % 9) + 1}`);
    return {
      label: line.label, stroke: color, width: kind === 'bars' ? 0 : 1.5, points: { show: false },
      ...(kind !== 'line' && { fill: kind === 'area' ? mixed(color, token('--paper')) : color }),
      ...(bars && { paths: bars }),
    };
  });
  return {
    width,
    height,
    padding: bare ? [4, 0, 0, 0] : [8, 8, 0, 0],
    legend: { show: false },
    cursor: {
      y: false, points: { show: kind === 'line' }, drag: { x: brush !== null, y: false, setScale: false, dist: 4 },
    },
    scales: {
      x: { time: true, ...(kind === 'bars' && step > 0 && { range: (_plot, low, high) => [low, high + step] }) },
      y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.05 : 1] },
    },
    axes: [
      { show: !bare, stroke: quiet, font, grid: { show: false }, ticks: grid },
      { show: !bare, stroke: quiet, font, grid, ticks: { show: false }, size: 60, values: (_plot, ticks) => ticks.map(words) },
    ],
    series: [{}, ...(kind === 'line' ? series : series.reverse())],
    hooks: {
      setCursor: [(plot) => point(plot.cursor.idx ?? null)],
      setSelect: [(plot) => {
        if (!brush || plot.select.width < 4) return;
        const from = plot.posToVal(plot.select.left, 'x');
        const to = plot.posToVal(plot.select.left + plot.select.width, 'x');
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        brush(from, to);
      }],
    },
  };
}
