// A chart over time on uPlot: colours from the page's tokens, follows its box, a brush that sets
// a range (by drag or by keys), and the same figures as a table for who cannot see it. Loads
// uPlot when first shown.

import { html, useEffect, useMemo, useRef, useState } from '../vendor/preact.js';
import { ApiError } from '../lib/api.js';
import { scheme } from '../lib/prefs.js';
import { bucketAt, endOf, keyTarget } from './chart/buckets.js';
import { dataOf, options, seriesOf } from './chart/options.js';
import { slot } from './chart/stack.js';
import { Table } from './chart/table.js';
import { Problem } from './empty.js';

/**
 * `color`: 1 to 9, its place unless told. `say`: the value of a bucket in words, where `words`
 * does not know enough (whether it was estimated).
 * @typedef {{ label: string, values: (number | null)[], color?: number, say?: (i: number) => string }} Line
 * @typedef {object} ChartProps
 * @property {number[]} x  Beginnings of buckets, seconds since the epoch, ascending.
 * @property {Line[]} lines
 * @property {string} label  What it shows; its accessible name.
 * @property {'line' | 'area' | 'bars'} [kind]  `area` and `bars` are stacked, the first line at
 *   the bottom.
 * @property {number} [height]
 * @property {(value: number) => string} [words]  A value for axis, legend and table.
 * @property {(value: number) => string} [ticks]  A value for the axis, when it is to be shorter.
 * @property {(i: number) => string} [total]  All lines of a bucket in words, for the table of a
 *   stack.
 * @property {boolean} [whole]  Values are whole numbers: no ticks between them.
 * @property {(from: number, to: number) => void} [onBrush]  Seconds since the epoch. Whole
 *   buckets when `kind` is `bars`.
 * @property {number} [step]  Length of a bucket in seconds, so that the last one has its width.
 * @property {boolean} [bare]  Without axes and legend, for a strip above a list.
 * @property {(x: number) => string} [when]  A bucket in words.
 * @property {string} [zone]  Time zone of the axis; the browser's own unless told.
 * @property {number | null} [focus]  The line to bring out.
 * @property {(i: number | null, held: boolean) => void} [onPoint]  The bucket that is pointed at,
 *   and whether it stays when the pointer leaves. With it, the legend is the caller's.
 */

const NOTHING = { left: 0, top: 0, width: 0, height: 0 };
const NOT_LOADED = new ApiError('The chart could not be loaded.', 'Vigil may have been stopped. The same figures are in the table.', 0);

/** @param {ChartProps} props */
export function Chart(props) {
  const { x, lines, label, kind = 'line', height = 240, words = String, step = 0, bare = false, zone, focus = null } = props;
  const { when = (at) => new Date(at * 1000).toLocaleString() } = props;
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const plot = useRef(/** @type {import('../vendor/uplot.js') | null} */ (null));
  const band = useRef(/** @type {HTMLElement | null} */ (null));
  /** The other end of what Shift and arrows select. */
  const anchor = useRef(/** @type {number | null} */ (null));
  const [over, setOver] = useState(/** @type {number | null} */ (null));
  const [held, setHeld] = useState(/** @type {number | null} */ (null));
  const [isLost, setLost] = useState(false);
  const [tries, setTries] = useState(0);
  const at = over ?? held;
  /** Keys may come faster than renders. */
  const now = useRef(held);
  /** @param {number | null} i */
  const hold = (i) => {
    now.current = i;
    setHeld(i);
  };
  const data = useMemo(() => dataOf(x, lines, kind), [x, lines, kind]);
  const latest = useRef({ ...props, data });
  latest.current = { ...props, data };
  const canBrush = props.onBrush !== undefined;
  const key = [kind, height, bare, step, zone, canBrush, props.whole, scheme.value, ...lines.map((line) => `${line.label}${line.color ?? ''}`)].join('|');

  /** @param {number} from @param {number} to  Whole buckets where buckets are what is seen. */
  const brush = (from, to) => {
    const { x, onBrush } = latest.current;
    if (kind === 'bars') onBrush?.(x[bucketAt(x, from)] ?? from, endOf(x, bucketAt(x, to), step));
    else onBrush?.(from, to);
  };

  useEffect(() => {
    const here = box.current;
    if (!here || x.length === 0) return;
    let gone = false;
    let brushed = -Infinity;
    setLost(false);
    const watch = new ResizeObserver(() => plot.current?.setSize({ width: here.clientWidth, height }));
    import('../vendor/uplot.js').then(({ default: UPlot }) => {
      if (gone) return;
      const { lines, words = String, whole = false, data } = latest.current;
      const ticks = (/** @type {number} */ value) => (latest.current.ticks ?? latest.current.words ?? words)(value);
      const made = new UPlot(options({
        UPlot, box: here, height, kind, lines, ticks, bare, step, zone, whole, canBrush,
        brush: (from, to) => {
          brushed = performance.now();
          brush(from, to);
        },
        point: (plot) => {
          const left = plot.cursor.left ?? -1;
          if (left < 0) setOver(null);
          else setOver(kind === 'bars' ? bucketAt(latest.current.x, plot.posToVal(left, 'x')) : plot.cursor.idx ?? null);
        },
      }), data, here);
      plot.current = made;
      band.current = made.under.appendChild(document.createElement('div'));
      band.current.className = 'chart-band';
      made.over.addEventListener('click', () => {
        // The end of a brush is a click too.
        if (performance.now() - brushed < 80) return;
        const i = bucketAt(latest.current.x, made.posToVal(made.cursor.left ?? 0, 'x'));
        anchor.current = i;
        hold(now.current === i ? null : i);
      });
      watch.observe(here);
      focusOn(made, latest.current);
    }, () => {
      if (!gone) setLost(true);
    });
    return () => {
      gone = true;
      watch.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [key, x.length === 0, tries]);
  useEffect(() => {
    plot.current?.setData(data);
  }, [data]);
  useEffect(() => {
    if (plot.current) focusOn(plot.current, latest.current);
  }, [focus]);
  useEffect(() => {
    hold(null);
    setOver(null);
    anchor.current = null;
  }, [x]);
  useEffect(() => {
    props.onPoint?.(at, over === null && held !== null);
    const [here, line] = [plot.current, band.current];
    if (!here || !line || kind !== 'bars') return;
    const [left, right] = at === null ? [0, 0] : slot(here, at, step, false);
    Object.assign(line.style, { left: `${left}px`, width: `${right - left}px` });
  }, [at, over, held]);
  useEffect(() => {
    const here = plot.current;
    if (!here) return;
    const other = anchor.current;
    if (other === null || held === null || other === held) {
      here.setSelect(NOTHING, false);
      return;
    }
    const [left] = slot(here, Math.min(other, held), step, false);
    const [, right] = slot(here, Math.max(other, held), step, false);
    here.setSelect({ left, width: right - left, top: 0, height: here.over.clientHeight }, false);
  }, [held]);

  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const held = now.current;
    const target = keyTarget(event.key, held, x.length);
    if (target !== null) {
      if (!event.shiftKey || !canBrush) anchor.current = target;
      setOver(null);
      hold(target);
    } else if (event.key === 'Enter' && canBrush && held !== null) {
      const ends = [anchor.current ?? held, held];
      brush(x[Math.min(...ends)] ?? 0, x[Math.max(...ends)] ?? 0);
    } else if (event.key === 'Escape' && held !== null) {
      anchor.current = null;
      hold(null);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const said = at === null ? 'arrow keys go through it' : `${when(x[at] ?? 0)}: ${lines.filter((line) => line.values[at])
    .map((line) => `${line.label} ${line.say?.(at) ?? words(line.values[at] ?? 0)}`).join(', ') || 'nothing'}`;
  const role = x.length === 0 ? { role: 'img' } : {
    role: 'slider', tabIndex: 0, 'aria-valuemin': 0, 'aria-valuemax': x.length - 1, 'aria-valuenow': at ?? 0, 'aria-valuetext': said, onKeyDown,
  };
  return html`<figure class="chart">
    <div ref=${box} class=${`chart-box${canBrush ? ' can-brush' : ''}`} aria-label=${label} style=${{ height: `${height}px` }} ...${role}></div>
    ${isLost ? html`<${Problem} error=${NOT_LOADED} retry=${() => setTries(tries + 1)} slim />` : null}
    ${bare || props.onPoint ? null : html`<${Legend} lines=${lines} at=${at} words=${words} />`}
    <${Table} x=${x} lines=${lines} label=${label} words=${words} when=${when} sum=${kind !== 'line'} total=${props.total} />
  </figure>`;
}

/** @param {import('../vendor/uplot.js')} plot @param {ChartProps} props */
function focusOn(plot, { focus = null, lines, kind = 'line' }) {
  plot.setSeries(focus === null ? null : seriesOf(focus, lines.length, kind), { focus: true });
}

/** @param {{ lines: Line[], at: number | null, words: (value: number) => string }} props */
function Legend({ lines, at, words }) {
  return html`<ul class="legend" aria-hidden="true">${lines.map((line, i) => {
    const value = at === null ? null : line.values[at];
    return html`<li key=${i}><span class=${`swatch series-${line.color ?? (i % 9) + 1}`}></span><span class="legend-name">${line.label}</span>
      ${value === null || value === undefined ? null : html`<span class="figure">${line.say?.(at ?? 0) ?? words(value)}</span>`}</li>`;
  })}</ul>`;
}
