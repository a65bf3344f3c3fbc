// What is shown as CSV, handed to the browser as a file. Recorded names go out flat (masks by
// type, invisible characters by name) and never as a formula. A cost that nobody knows is empty.

import { html } from '../../vendor/preact.js';
import { csv } from '../../lib/csv.js';
import { isUnpriced } from '../../lib/format.js';
import { flat } from '../../lib/masks.js';
import { Icon } from '../../parts/icon.js';
import { byOf, isRest, restWords } from './metrics.js';
import { dayIn, isoIn, zoneOf } from './spans.js';

/** @typedef {import('../../types/api.d.ts').Analytics} Analytics */
/** @typedef {import('../../types/api.d.ts').UsageRow} UsageRow */
/** @typedef {import('../../types/api.d.ts').ToolRow} ToolRow */
/** @typedef {import('./metrics.js').By} By */

const MOST = 2000;

/** How long the browser has to take a file before its text is given up. */
const TAKE = 60_000;

/** @param {string} name @param {string} text */
function save(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), TAKE);
}

/** @param {string} what @param {Analytics} doc  `vigil-cost-by-model-2025-11-01-to-2025-11-30.csv`. */
function fileName(what, doc) {
  const end = Date.parse(doc.to) / 1000 - 1;
  return `vigil-${what}-${dayIn(Date.parse(doc.from) / 1000, doc.time_zone)}-to-${dayIn(end, doc.time_zone)}.csv`;
}

/** @param {boolean} yes */
const said = (yes) => (yes ? 'yes' : 'no');

/** The chart: a row a bucket and series. @param {Analytics} doc @param {By} by @param {import('./metrics.js').Metric} metric */
export function seriesCsv(doc, by, metric) {
  const zone = zoneOf(doc.step, doc.time_zone);
  const rows = doc.series.flatMap((series, n) => {
    const name = isRest(doc.series, n) ? restWords(doc, by) : flat(series.key, MOST) || byOf(by).none;
    return series.points.map((point, i) => {
      const start = doc.buckets[i] ?? 0;
      return [
        isoIn(start, zone), isoIn(doc.buckets[i + 1] ?? start + doc.step, zone), name,
        metric.name === 'cost' && isUnpriced(point) ? null : metric.of(point), said(metric.name === 'cost' && point.estimated),
      ];
    });
  });
  return csv(['from', 'to', by, metric.column, 'estimated'], rows);
}

/** @param {UsageRow[]} rows  In the order that they are shown in. @param {By} by */
export function usageCsv(rows, by) {
  return csv(
    [by, 'cost_usd', 'estimated', 'input_tokens', 'cache_read_tokens', 'cache_write_tokens', 'output_tokens', 'calls'],
    rows.map((row) => [
      flat(row.key, MOST) || byOf(by).none, isUnpriced(row) ? null : row.cost_usd, said(row.estimated),
      row.input, row.cache_read, row.cache_write, row.output, row.calls,
    ]),
  );
}

/** @param {ToolRow[]} rows */
export function toolsCsv(rows) {
  return csv(['tool', 'calls', 'failed', 'denied'], rows.map((row) => [flat(row.name, MOST), row.calls, row.failed, row.denied]));
}

/** @param {{ what: string, label: string, doc: Analytics, make: () => string }} props  `what` is a piece of the file's name. */
export function CsvButton({ what, label, doc, make }) {
  return html`<button type="button" class="button is-quiet csv" aria-label=${label} title=${label} onClick=${() => save(fileName(what, doc), make())}>
    <${Icon} name="download" size=${14} /> CSV</button>`;
}
