// A chart over time on uPlot: colours from the page's tokens, follows its box, a brush that sets
// a range, and the same figures as a table for who cannot see it. Loads uPlot when first shown.

import { html, useEffect, useMemo, useRef, useState } from '../vendor/preact.js';
import { scheme } from '../lib/prefs.js';
import { options, stacked } from './chart/options.js';

/**
 * @typedef {{ label: string, values: (number | null)[], color?: number }} Line  `color`: 1 to 9,
 *   its place unless told.
 * @typedef {object} ChartProps
 * @property {number[]} x  Beginnings of buckets, seconds since the epoch, ascending.
 * @property {Line[]} lines
 * @property {string} label  What it shows; its accessible name.
 * @property {'line' | 'area' | 'bars'} [kind]  `area` and `bars` are stacked.
 * @property {number} [height]
 * @property {(value: number) => string} [words]  A value for axis, legend and table.
 * @property {(from: number, to: number) => void} [onBrush]  Seconds since the epoch.
 * @property {number} [step]  Length of a bucket in seconds, so that the last one has its width.
 * @property {boolean} [bare]  Without axes and legend, for a strip above a list.
 * @property {(x: number) => string} [when]  A bucket for the table.
 */

/** @param {ChartProps} props */
export function Chart(props) {
  const { x, lines, label, kind = 'line', height = 240, words = String, onBrush, step = 0, bare = false } = props;
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const brush = useRef(onBrush);
  brush.current = onBrush;
  const [at, setAt] = useState(/** @type {number | null} */ (null));
  const data = useMemo(() => {
    const values = lines.map((line) => line.values);
    return /** @type {[number[], ...(number | null)[][]]} */ ([x, ...(kind === 'line' ? values : stacked(values))]);
  }, [x, lines, kind]);
  const key = `${kind} ${height} ${bare} ${step} ${lines.map((line) => line.label + (line.color ?? '')).join('|')} ${scheme.value}`;

  useEffect(() => {
    const here = box.current;
    if (!here || x.length === 0) return;
    let gone = false;
    /** @type {import('../vendor/uplot.js') | null} */
    let plot = null;
    const watch = new ResizeObserver(() => plot?.setSize({ width: here.clientWidth, height }));
    import('../vendor/uplot.js').then(({ default: UPlot }) => {
      if (gone) return;
      plot = new UPlot(options({
        UPlot, width: here.clientWidth, height, kind, lines, words, bare, step,
        brush: brush.current ? (from, to) => brush.current?.(from, to) : null, point: setAt,
      }), data, here);
      watch.observe(here);
    });
    return () => {
      gone = true;
      watch.disconnect();
      plot?.destroy();
    };
  }, [key, data]);

  return html`<figure class="chart">
    <div ref=${box} class="chart-box" role="img" aria-label=${label} style=${{ height: `${height}px` }}></div>
    ${bare ? null : html`<${Legend} lines=${lines} at=${at} words=${words} />`}
    <${Table} ...${props} words=${words} />
  </figure>`;
}

/** @param {{ lines: Line[], at: number | null, words: (value: number) => string }} props */
function Legend({ lines, at, words }) {
  return html`<ul class="legend" aria-hidden="true">${lines.map((line, i) => {
    const value = at === null ? null : line.values[at];
    return html`<li key=${line.label}><span class=${`swatch series-${line.color ?? (i % 9) + 1}`}></span><span class="legend-name">${line.label}</span>
      ${value === null || value === undefined ? null : html`<span class="figure">${words(value)}</span>`}</li>`;
  })}</ul>`;
}

/** @param {ChartProps & { words: (value: number) => string }} props */
function Table({ x, lines, label, words, when = (at) => new Date(at * 1000).toLocaleString() }) {
  const [open, setOpen] = useState(false);
  return html`<details class="chart-table" onToggle=${(/** @type {Event} */ event) => setOpen(/** @type {HTMLDetailsElement} */ (event.currentTarget).open)}>
    <summary>As a table</summary>
    ${open ? html`<div class="table-box" tabindex="0" role="region" aria-label=${`${label}, table`}><table><thead><tr><th scope="col">From</th>
      ${lines.map((line) => html`<th key=${line.label} scope="col" class="n">${line.label}</th>`)}</tr></thead>
      <tbody>${x.map((start, i) => html`<tr key=${start}><th scope="row">${when(start)}</th>
        ${lines.map((line) => html`<td key=${line.label} class="n">${line.values[i] == null ? '' : words(line.values[i] ?? 0)}</td>`)}</tr>`)}</tbody></table></div>` : null}
  </details>`;
}
