// How full the context was at each model call, with the drops where it was compacted. A press, or
// the arrow keys, lead to a call. The window is drawn where the model's is known.

import { html, useMemo, useState } from '../../vendor/preact.js';
import { count, share, short } from '../../lib/format.js';
import { AT, isCompaction } from './outline.js';

/** @typedef {import('../../types/api.d.ts').SessionView} SessionView */
/** @typedef {import('../../types/api.d.ts').CallPoint} CallPoint */

const WIDE = 1000;
const HIGH = 48;
/** A context that loses so much at once was cut, whether or not the client said so. */
const DROP = 0.4;

/**
 * The points of one thread, its drops, and the scale.
 * @param {SessionView} doc @param {number} thread  0 for the main one, else its place plus 1.
 */
function seriesOf(doc, thread) {
  const points = doc.calls.filter((call) => (call.thread === null ? 0 : call.thread + 1) === thread);
  const windows = points.map((point) => point.window ?? 0);
  const known = points.length > 0 && windows.every((one) => one > 0);
  const highest = Math.max(1, ...points.map((point) => point.context));
  const top = known ? Math.max(highest, ...windows) : highest * 1.1;
  const times = doc.outline.rows.filter((row) => isCompaction(row, doc)).map((row) => row[AT]);
  /** @type {Map<number, string>} */
  const drops = new Map();
  points.forEach((point, i) => {
    const before = points[i - 1];
    if (!before) return;
    const from = Date.parse(before.at);
    const to = Date.parse(point.at);
    const said = thread === 0 && times.some((at) => at > from && at <= to);
    if (said || point.context < before.context * (1 - DROP)) {
      drops.set(i, `${said ? 'compacted' : 'the context fell'}: ${short(before.context)} before, ${short(point.context)} after the next call`);
    }
  });
  return { points, known, top, drops };
}

/** @param {{ points: CallPoint[], top: number }} series @param {number} i */
function xOf({ points }, i) {
  return points.length < 2 ? WIDE : (i / (points.length - 1)) * WIDE;
}

/** @param {CallPoint} point */
function words(point) {
  return point.window ? `${count(point.context)} of ${count(point.window)} tokens (${share(point.context / point.window)})` : `${count(point.context)} tokens`;
}

/**
 * @param {{ doc: SessionView, main: number, reading: import('../../vendor/preact.js').ReadonlySignal<import('../session.js').Reading>,
 *   go: (seq: number) => void }} props  `go` leads to a call.
 */
export function Gauge({ doc, main, reading, go }) {
  const { thread, at } = reading.value;
  const sub = thread !== main;
  const [over, setOver] = useState(/** @type {number | null} */ (null));
  const series = useMemo(() => seriesOf(doc, thread), [doc, thread]);
  const { points, known, top, drops } = series;
  const path = useMemo(() => {
    const line = points.map((point, i) => `${i === 0 ? 'M' : 'L'}${xOf(series, i).toFixed(1)} ${(HIGH - (point.context / top) * HIGH).toFixed(1)}`);
    return { line: line.join(''), area: `${line.join('')}L${WIDE} ${HIGH}L0 ${HIGH}Z` };
  }, [series]);
  // A web page tells of calls, and not how large they are.
  if (points.every((point) => point.context === 0)) return null;

  let current = points.length - 1;
  if (at !== null) {
    current = points.findLastIndex((point) => Date.parse(point.at) <= at);
    if (current < 0) current = 0;
  }
  const shown = over ?? current;
  const point = points[shown];
  if (!point) return null;
  /** @param {MouseEvent} event */
  const under = (event) => {
    const box = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
    return Math.max(0, Math.min(points.length - 1, Math.round(((event.clientX - box.left) / box.width) * (points.length - 1))));
  };
  /** @param {number} i */
  const jump = (i) => {
    const to = points[Math.max(0, Math.min(points.length - 1, i))];
    if (to) go(to.seq);
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const to = { ArrowLeft: current - 1, ArrowDown: current - 1, ArrowRight: current + 1, ArrowUp: current + 1, Home: 0, End: points.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    jump(to);
  };
  const percent = (/** @type {number} */ i) => `${xOf(series, i) / (WIDE / 100)}%`;
  return html`<section class="gauge" aria-label="Context">
    <p class="gauge-words"><span><span class="quiet">Context${sub ? ' of the sub-agent' : ''}</span> <strong>${short(point.context)}</strong>${known && point.window
      ? html` <span class="quiet">of ${short(point.window)} (${share(point.context / point.window)})</span>` : html` <span class="quiet">tokens, window unknown</span>`}</span>
      <span class="quiet">${drops.get(shown) ?? `call ${count(shown + 1)} of ${count(points.length)}`}</span></p>
    <div class="gauge-box" role="slider" tabindex="0" aria-label="Model calls by context size" aria-valuemin="1" aria-valuemax=${points.length}
      aria-valuenow=${current + 1} aria-valuetext=${`call ${current + 1} of ${points.length}: ${words(points[current] ?? point)}`}
      onKeyDown=${onKeyDown} onMouseMove=${(/** @type {MouseEvent} */ event) => setOver(under(event))} onMouseLeave=${() => setOver(null)}
      onClick=${(/** @type {MouseEvent} */ event) => jump(under(event))}>
      <svg viewBox=${`0 0 ${WIDE} ${HIGH}`} preserveAspectRatio="none" width="100%" height=${HIGH} aria-hidden="true" focusable="false">
        ${known ? html`<path class="gauge-window" d=${`M0 ${(HIGH - ((point.window ?? top) / top) * HIGH + 0.5).toFixed(1)}H${WIDE}`} />` : null}
        <path class="gauge-area" d=${path.area} /><path class="gauge-line" d=${path.line} />
      </svg>
      ${[...drops].slice(0, 60).map(([i, title]) => html`<span key=${i} class="gauge-drop" title=${title} style=${{ left: percent(i) }}></span>`)}
      <span class="gauge-now" style=${{ left: percent(current) }}></span>
      ${over === null ? null : html`<span class="gauge-over" style=${{ left: percent(over) }}></span>`}
      <i class="gauge-dot" style=${{ left: percent(shown), top: `${HIGH - (point.context / top) * HIGH}px` }}></i>
    </div>
  </section>`;
}
