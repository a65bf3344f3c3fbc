// The legend of the chart and its figures at once: of the whole range, or of the bucket that is
// pointed at. Pointing at a line of it (or the focus on it) brings that series out.

import { html, useState } from '../../vendor/preact.js';
import { share } from '../../lib/format.js';
import { figureTitle, figureWords, isRest, restWords, summed } from './metrics.js';
import { Name } from './name.js';

/** @typedef {import('../../types/api.d.ts').Analytics} Analytics */

/**
 * @param {{ doc: Analytics, by: import('./metrics.js').By, metric: import('./metrics.js').Metric, colors: number[], i: number | null,
 *   title: string, zoomIn: (() => void) | null, setFocus: (key: string | null) => void }} props
 */
export function Legend({ doc, by, metric, colors, i, title, zoomIn, setFocus }) {
  /** The key of the series that stays brought out. */
  const [kept, setKept] = useState(/** @type {string | null} */ (null));
  const figures = doc.series.map(({ points }) => summed(i === null ? points : points.slice(i, i + 1)));
  const sum = summed(figures);
  const all = metric.of(sum);
  return html`<div class="series">
    <div class="series-head"><h3>${title}</h3>${zoomIn ? html`<button type="button" class="link-button" onClick=${zoomIn}>Zoom in</button>` : null}</div>
    <ul onPointerLeave=${() => setFocus(kept)}>${doc.series.map((series, n) => html`<li key=${n}><button type="button" class="series-row" aria-pressed=${kept === series.key}
      onPointerEnter=${() => setFocus(series.key)} onFocus=${() => setFocus(series.key)} onBlur=${() => setFocus(kept)}
      onClick=${() => { const next = kept === series.key ? null : series.key; setKept(next); setFocus(next); }}>
      <span class=${`swatch series-${colors[n]}`}></span>
      <span class="series-name">${isRest(doc.series, n) ? html`<span class="quiet">${restWords(doc, by)}</span>` : html`<${Name} by=${by} text=${series.key} />`}</span>
      <${Value} metric=${metric} figures=${figures[n]} all=${all} /></button></li>`)}</ul>
    <p class="series-sum"><span>Total</span><span class="series-value">${figureWords(metric, sum)}</span></p>
  </div>`;
}

/** @param {{ metric: import('./metrics.js').Metric, figures: import('./metrics.js').Figures, all: number }} props */
function Value({ metric, figures, all }) {
  const value = metric.of(figures);
  return html`<span class=${`series-value${value === 0 ? ' quiet' : ''}`} title=${figureTitle(metric, figures)}>${figureWords(metric, figures)}</span>
    <span class="series-share">${all > 0 && value > 0 ? shareWords(value / all) : ''}</span>`;
}

/** @param {number} part  Something is never "0%". */
function shareWords(part) {
  return part < 0.005 ? '<1%' : share(part);
}
