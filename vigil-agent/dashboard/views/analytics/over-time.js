// One metric over time, stacked by model, client or project: what it is made of, zoomed by a brush,
// with the figures of each bucket in the legend. Stacked bars, because a bucket is a sum and the
// height of all of them together is the question.

import { html, useMemo, useState } from '../../vendor/preact.js';
import { clientName } from '../../lib/clients.js';
import { counted, isUnpriced } from '../../lib/format.js';
import { flat } from '../../lib/masks.js';
import { setQuery } from '../../lib/router.js';
import { Chart } from '../../parts/chart.js';
import { Icon } from '../../parts/icon.js';
import { useNarrow } from '../../parts/narrow.js';
import { CsvButton, seriesCsv } from './download.js';
import { Legend } from './legend.js';
import { usedSpan } from './load.js';
import { BYS, METRICS, byOf, figureWords, isRest, restWords, summed } from './metrics.js';
import { bucketWords, spanWords, stepWords, zoneOf } from './spans.js';
import { SHORTEST, isZoomed, resetZoom, spanHref, zoom } from './zoom.js';

/** @typedef {import('../../types/api.d.ts').Analytics} Analytics */
/** @typedef {import('./metrics.js').Metric} Metric */
/** @typedef {import('./metrics.js').By} By */

/** @param {{ doc: Analytics, metric: Metric, by: By, colors: number[] }} props  `colors`: of its series. */
export function OverTime({ doc, metric, by, colors }) {
  const narrow = useNarrow();
  const [point, setPoint] = useState(/** @type {{ i: number | null, held: boolean }} */ ({ i: null, held: false }));
  const [focus, setFocus] = useState(/** @type {string | null} */ (null));
  const focused = doc.series.findIndex((series) => series.key === focus);
  const shape = `${doc.step} ${doc.buckets.join()}`;
  const x = useMemo(() => doc.buckets, [shape]);
  const lines = useMemo(() => doc.series.map((series, n) => ({
    label: nameOf(doc, by, n), color: colors[n] ?? 9, values: series.points.map(metric.of),
    say: (/** @type {number} */ i) => figureWords(metric, summed(series.points.slice(i, i + 1))),
  })), [doc, metric, by, colors]);
  const end = (/** @type {number} */ i) => x[i + 1] ?? (x[i] ?? 0) + doc.step;
  const when = (/** @type {number} */ at) => bucketWords(at, end(x.indexOf(at)), doc.step, doc.time_zone);
  /** @param {number} i  All series of a bucket. */
  const total = (i) => figureWords(metric, summed(doc.series.flatMap((series) => series.points.slice(i, i + 1))));
  const unpriced = metric.name === 'cost' ? doc.models.filter(isUnpriced).length : 0;
  const estimated = metric.name === 'cost' && doc.total.estimated;
  const heading = `${metric.long} per ${stepWords(doc.step)}`;
  const zone = zoneOf(doc.step, doc.time_zone);
  const i = point.i !== null && point.i < x.length ? point.i : null;
  const start = i === null ? 0 : x[i] ?? 0;
  const sparse = useMemo(() => emptyAround(doc), [doc]);

  return html`<section class="over-time" aria-label="Over time">
    <div class="over-controls">
      <${Switch} label="Metric" name="metric" value=${metric.name} options=${METRICS} />
      <div class="over-by"><span class="quiet" id="series-by">by</span><${Switch} label="Series by" name="by" value=${by} options=${BYS} /></div>
    </div>
    <div class="over-head"><h2>${heading}</h2>
      <p class="quiet">${[estimated && '≈ estimated from list prices', unpriced > 0 && `${counted(unpriced, 'model')} without a known price`, zone && `days in ${zone}`].filter(Boolean).join(' · ')}</p>
      <span class="over-side">${narrow ? null : html`<span class="over-hint quiet" aria-hidden="true"><span>Drag to zoom</span><span>Arrows move, Shift+arrows select, Enter zooms</span></span>`}
        ${sparse && !isZoomed() ? html`<a class="button" href=${spanHref(sparse)} title="Leave out the time without usage">Zoom to ${spanWords(sparse.from, sparse.to, doc.time_zone)}</a>` : null}
        ${isZoomed() ? html`<button type="button" class="button" onClick=${resetZoom}><${Icon} name="close" size=${12} /> Reset zoom</button>` : null}
        <${CsvButton} what=${`${metric.name.replace('_', '-')}-by-${by}`} label="The chart as CSV" doc=${doc} make=${() => seriesCsv(doc, by, metric)} /></span>
    </div>
    <div class="over-body">
      <${Chart} x=${x} lines=${lines} kind="bars" step=${doc.step} label=${`${heading}, by ${by}`} height=${narrow ? 220 : 300}
        words=${metric.words} ticks=${metric.tick} whole=${metric.name !== 'cost'} total=${total} when=${when} zone=${zone} focus=${focused < 0 ? null : focused}
        onBrush=${doc.step > SHORTEST || x.length > 1 ? zoom : undefined} onPoint=${(/** @type {number | null} */ at, /** @type {boolean} */ held) => setPoint({ i: at, held })} />
      <${Legend} doc=${doc} by=${by} metric=${metric} colors=${colors} i=${i} setFocus=${setFocus}
        title=${i === null ? spanWords(Date.parse(doc.from) / 1000, Date.parse(doc.to) / 1000, doc.time_zone) : when(start)}
        zoomIn=${point.held && i !== null && doc.step > SHORTEST ? () => zoom(start, end(i)) : null} />
    </div>
  </section>`;
}

/** @param {Analytics} doc @param {By} by @param {number} n */
function nameOf(doc, by, n) {
  if (isRest(doc.series, n)) return restWords(doc, by);
  const key = doc.series[n]?.key ?? '';
  return flat(by === 'client' ? clientName(key) : key) || byOf(by).none;
}

/** Where the usage is, when more than half of what is shown is empty around it. @param {Analytics} doc */
function emptyAround(doc) {
  const span = usedSpan(doc);
  const length = (Date.parse(doc.to) - Date.parse(doc.from)) / 1000;
  return span && doc.step > SHORTEST && (span.to - span.from) * 2 < length ? span : null;
}

/**
 * One of a few, in the URL as `name`; the first is the default.
 * @param {{ label: string, name: string, value: string, options: readonly { name: string, label: string, title?: string }[] }} props
 */
function Switch({ label, name, value, options }) {
  return html`<div class="switch" role="group" aria-label=${label}>${options.map((one, i) => html`<button key=${one.name} type="button"
    aria-pressed=${one.name === value} title=${one.title} onClick=${() => setQuery({ [name]: i === 0 ? null : one.name }, { push: true })}>${one.label}</button>`)}</div>`;
}
