// The options of uPlot for our charts. Knows the tokens by name; never holds a colour itself.

import { segments, sums } from './stack.js';
import { timeTicks } from './ticks.js';

/** @typedef {import('../../vendor/uplot.js').Options} Options */
/** @typedef {import('../../vendor/uplot.js').AlignedData} AlignedData */

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
 * What uPlot draws: bars as sums from below, areas as sums with the top of the stack first
 * (uPlot draws in this order, and the top would cover what is below it).
 * @param {number[]} x
 * @param {import('../chart.js').Line[]} lines
 * @param {'line' | 'area' | 'bars'} kind
 * @returns {AlignedData}
 */
export function dataOf(x, lines, kind) {
  const values = lines.map((line) => line.values);
  if (kind === 'line') return [x, ...values];
  return [x, ...(kind === 'area' ? sums(values).reverse() : sums(values))];
}

/** The place of line `i` among uPlot's series. @param {number} i @param {number} count @param {string} kind */
export function seriesOf(i, count, kind) {
  return kind === 'area' ? count - i : i + 1;
}

/** Steps between ticks of whole numbers: 1, 2, 5, 10, 20 and so on. */
const WHOLE = Array.from({ length: 14 }, (_, tens) => [1, 2, 5].map((n) => n * 10 ** tens)).flat();

/**
 * `box` is where the tokens are read, so that a view may have colours of its own.
 * @param {{ UPlot: typeof import('../../vendor/uplot.js'), box: HTMLElement, height: number,
 *   kind: 'line' | 'area' | 'bars', lines: import('../chart.js').Line[], ticks: (value: number) => string,
 *   bare: boolean, step: number, zone: string | undefined, whole: boolean, canBrush: boolean,
 *   brush: (from: number, to: number) => void, point: (plot: import('../../vendor/uplot.js')) => void }} wanted
 * @returns {Options}
 */
export function options({ UPlot, box, height, kind, lines, ticks, bare, step, zone, whole, canBrush, brush, point }) {
  const style = getComputedStyle(box);
  const token = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const quiet = token('--ink-quiet');
  const grid = { stroke: token('--line'), width: 1 };
  const font = `11px ${token('--sans')}`;
  const bars = kind === 'bars' ? segments(step) : undefined;
  const series = lines.map((line, i) => {
    const color = token(`--series-${line.color ?? (i % 9) + 1}`);
    return {
      label: line.label, stroke: color, width: kind === 'bars' ? 0 : 1.5, points: { show: false },
      ...(kind !== 'line' && { fill: kind === 'area' ? mixed(color, token('--paper')) : color }),
      ...(bars && { paths: bars }),
    };
  });
  const times = timeTicks(zone);
  return {
    width: box.clientWidth,
    height,
    padding: bare ? [4, 0, 0, 0] : [8, 20, 0, 0],
    legend: { show: false },
    focus: { alpha: 0.22 },
    ...(zone && { tzDate: (/** @type {number} */ at) => UPlot.tzDate(new Date(at * 1000), zone) }),
    cursor: {
      x: kind !== 'bars', y: false, points: { show: kind === 'line' },
      drag: { x: canBrush, y: false, setScale: false, dist: 4 },
    },
    scales: {
      x: { time: true, ...(kind === 'bars' && step > 0 && { range: (_plot, low, high) => [low, high + step] }) },
      y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.05 : 1] },
    },
    axes: [
      {
        show: !bare, stroke: quiet, font, size: 42, gap: 4, grid: { show: false }, ticks: { ...grid, size: 5 },
        values: (_plot, splits, _axis, _space, incr) => times(splits, incr),
      },
      {
        show: !bare, stroke: quiet, font, grid, gap: 6, ticks: { show: false },
        size: (_plot, words) => 14 + 6.2 * Math.max(3, ...(words ?? []).map((word) => word.length)),
        values: (_plot, splits) => splits.map(ticks),
        ...(whole && { incrs: WHOLE }),
      },
    ],
    series: [{}, ...(kind === 'area' ? series.reverse() : series)],
    hooks: {
      setCursor: [point],
      setSelect: [(plot) => {
        if (!canBrush || plot.select.width < 4) return;
        const from = plot.posToVal(plot.select.left, 'x');
        const to = plot.posToVal(plot.select.left + plot.select.width, 'x');
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        brush(from, to);
      }],
    },
  };
}
