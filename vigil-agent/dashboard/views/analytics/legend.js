// The legend of the chart and its figures at once: of the whole range, or of the bucket that is
// pointed at. Pointing at a line of it (or the focus on it) brings that series out.

import { html, useState } from '../../vendor/preact.js';
import { share } from '../../lib/format.js';
import { isRest, restWords } from './metrics.js';
import { Name } from './name.js';

/** @typedef {import('../../types/api.d.ts').Analytics} Analytics */

/**
 * @param {{ doc: Analytics, by: import('./metrics.js').By, metric: import('./metrics.js').Metric, colors: number[], i: number | null,
 *   title: string, zoomIn: (() => void) | null, setFocus: (n: number | null) => void }} props
 */
export function Legend({ doc, by, metric, colors, i, title, zoomIn, setFocus }) {
  /** The series that stays brought out. */
  const [kept, setKept] = useState(/** @type {number | null} */ (null));
  const values = doc.series.map(({ points }) => (i === null
    ? { value: points.reduce((sum, point) => sum + metric.of(point), 0), estimated: points.some((point) => point.estimated) }
    : { value: points[i] ? metric.of(points[i]) : 0, estimated: points[i]?.estimated ?? false }));
  const sum = values.reduce((all, { value }) => all + value, 0);
  const estimated = values.some((one) => one.estimated && one.value > 0);
  return html`<div class="series">
    <div class="series-head"><h3>${title}</h3>${zoomIn ? html`<button type="button" class="link-button" onClick=${zoomIn}>Zoom in</button>` : null}</div>
    <ul onPointerLeave=${() => setFocus(kept)}>${doc.series.map((series, n) => html`<li key=${n}><button type="button" class="series-row" aria-pressed=${kept === n}
      onPointerEnter=${() => setFocus(n)} onFocus=${() => setFocus(n)} onBlur=${() => setFocus(kept)}
      onClick=${() => { const next = kept === n ? null : n; setKept(next); setFocus(next); }}>
      <span class=${`swatch series-${colors[n]}`}></span>
      <span class="series-name">${isRest(doc.series, n) ? html`<span class="quiet">${restWords(doc, by)}</span>` : html`<${Name} by=${by} text=${series.key} />`}</span>
      <span class=${`series-value${(values[n]?.value ?? 0) === 0 ? ' quiet' : ''}`}>${metric.words(values[n]?.value ?? 0, values[n]?.estimated)}</span>
      <span class="series-share">${sum > 0 ? share((values[n]?.value ?? 0) / sum) : ''}</span></button></li>`)}</ul>
    <p class="series-sum"><span>Total</span><span class="series-value">${metric.words(sum, estimated)}</span></p>
  </div>`;
}
