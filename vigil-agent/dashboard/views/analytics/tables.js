// Models, projects, clients and tools, each as a table with bars, in the order of the chosen
// metric. A row is a link that filters by it; once more takes the filter away.

import { html, useMemo, useState } from '../../vendor/preact.js';
import { count, short, tokensInFull } from '../../lib/format.js';
import { flat } from '../../lib/masks.js';
import { hrefWith, query, setQuery } from '../../lib/router.js';
import { Icon } from '../../parts/icon.js';
import { CsvButton, toolsCsv, usageCsv } from './download.js';
import { METRICS, byOf, cacheWords, figureTitle, figureWords, isRest } from './metrics.js';
import { Name } from './name.js';

/** @typedef {import('../../types/api.d.ts').Analytics} Analytics */
/** @typedef {import('../../types/api.d.ts').UsageRow} UsageRow */
/** @typedef {import('../../types/api.d.ts').ToolRow} ToolRow */
/** @typedef {import('./metrics.js').Metric} Metric */
/** @typedef {import('./metrics.js').By} By */

/** Rows before "Show all". */
const FEW = 8;

/** @param {{ doc: Analytics, colors: number[] | null, metric: Metric, narrow: boolean, name: By, rows: UsageRow[] }} props  `colors`: of the chart, where its series are rows of this table. */
export function UsageTable({ doc, colors, metric, narrow, name, rows }) {
  const [all, setAll] = useState(false);
  const sorted = useMemo(() => rows.toSorted((a, b) => metric.of(b) - metric.of(a)), [rows, metric]);
  const most = Math.max(...sorted.map(metric.of), 0);
  const { label, many } = byOf(name);
  const chosen = query.value.get(name);
  /** @param {string} key  Its place in the chart, where it has one. */
  const color = (key) => {
    const n = doc.series.findIndex((series) => series.key === key);
    return n >= 0 && !isRest(doc.series, n) ? colors?.[n] ?? null : null;
  };
  return html`<section class="usage-table" aria-label=${`${label}s`}>
    <div class="table-head"><h2>${label}s</h2><span class="quiet">${rows.length > 1 ? `${count(rows.length)}${rows.length >= 100 ? '+' : ''}` : ''}</span>
      <${CsvButton} what=${many} label="All rows of this table as CSV" doc=${doc} make=${() => usageCsv(sorted, name)} /></div>
    <table><thead><tr><th scope="col">${label}</th>${narrow
      ? html`<th scope="col" class="n">${metric.label}</th>`
      : METRICS.map((one) => html`<th key=${one.name} scope="col" class=${`n col-${one.name}${one === metric ? ' is-sorted' : ''}`} aria-sort=${one === metric ? 'descending' : undefined}><button type="button" title=${one.title}
        onClick=${() => setQuery({ metric: one.name === 'cost' ? null : one.name }, { push: true })}>${one.label}${one === metric ? html`<${Icon} name="chevron" size=${10} />` : null}</button></th>`)}</tr></thead>
      <tbody>${sorted.slice(0, all ? sorted.length : FEW).map((row) => html`<${UsageLine} key=${row.key} row=${row} name=${name} metric=${metric} narrow=${narrow}
        part=${most > 0 ? metric.of(row) / most : 0} color=${color(row.key)} chosen=${chosen === row.key} />`)}</tbody></table>
    <${More} n=${sorted.length} all=${all} setAll=${setAll} many=${many} />
  </section>`;
}

/** @param {{ row: UsageRow, name: By, metric: Metric, narrow: boolean, part: number, color: number | null, chosen: boolean }} props */
function UsageLine({ row, name, metric, narrow, part, color, chosen }) {
  const title = chosen ? 'Take the filter away' : `Only ${flat(row.key)}`;
  return html`<tr class=${chosen ? 'is-chosen' : ''}><th scope="row" style=${meter(part)}><span class="row-name">
      ${color ? html`<span class=${`swatch series-${color}`}></span>` : null}
      ${row.key ? html`<a class="row-link" href=${hrefWith({ [name]: chosen ? null : row.key })} title=${title} aria-current=${chosen ? 'true' : undefined}><${Name} by=${name} text=${row.key} /></a>`
        : html`<${Name} by=${name} text="" />`}${chosen ? html`<${Icon} name="close" size=${12} />` : null}</span>
      ${narrow ? html`<span class="row-sub quiet" title=${tokensInFull(row)}>${metric.name === 'calls' ? '' : `${short(row.calls)} calls · `}${metric.name === 'output' ? '' : `${short(row.output)} out · `}${cacheWords(row)} cached</span>` : null}</th>
    ${narrow ? html`<td class="n" title=${figureTitle(metric, row)}>${figureWords(metric, row)}</td>`
      : METRICS.map((one) => html`<td key=${one.name} class=${`n col-${one.name}${one === metric ? ' is-sorted' : ''}`} title=${figureTitle(one, row)}>${figureWords(one, row)}</td>`)}</tr>`;
}

const TOOL_COLUMNS = /** @type {const} */ (['calls', 'failed', 'denied']);
const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumSignificantDigits: 2 });

/** @param {{ doc: Analytics, filtered: boolean }} props  `filtered`: by a model, which tools know nothing of. */
export function ToolTable({ doc, filtered }) {
  const [all, setAll] = useState(false);
  const sort = TOOL_COLUMNS.find((column) => column === query.value.get('tools')) ?? 'calls';
  const sorted = useMemo(() => doc.tools.toSorted((a, b) => b[sort] - a[sort] || b.calls - a.calls), [doc, sort]);
  const most = Math.max(...sorted.map((row) => row[sort]), 0);
  return html`<section class="usage-table" aria-label="Tools">
    <div class="table-head"><h2>Tools</h2><span class="quiet">${filtered ? 'of all models' : doc.tools.length > 1 ? `${count(doc.tools.length)}${doc.tools.length >= 100 ? '+' : ''}` : ''}</span>
      <${CsvButton} what="tools" label="All rows of this table as CSV" doc=${doc} make=${() => toolsCsv(sorted)} /></div>
    ${sorted.length === 0 ? html`<p class="note">No tool was called.</p>` : html`<table><thead><tr><th scope="col">Tool</th>${TOOL_COLUMNS.map((column) => html`<th key=${column} scope="col" class="n col-tool"
        aria-sort=${column === sort ? 'descending' : undefined}><button type="button" onClick=${() => setQuery({ tools: column === 'calls' ? null : column }, { push: true })}>${column[0]?.toUpperCase()}${column.slice(1)}${column === sort ? html`<${Icon} name="chevron" size=${10} />` : null}</button></th>`)}</tr></thead>
      <tbody>${sorted.slice(0, all ? sorted.length : FEW).map((row) => html`<tr key=${row.name}><th scope="row" style=${meter(most > 0 ? row[sort] / most : 0)}><span class="row-name"><${Name} by="tool" text=${row.name} /></span></th>
        <td class="n">${count(row.calls)}</td><${Wrong} n=${row.failed} of=${row.calls} /><${Wrong} n=${row.denied} of=${row.calls} /></tr>`)}</tbody></table>`}
    <${More} n=${sorted.length} all=${all} setAll=${setAll} many="tools" />
  </section>`;
}

/** @param {{ n: number, of: number }} props  Calls that came to nothing, and how many of all that is. */
function Wrong({ n, of }) {
  return html`<td class=${n === 0 ? 'n quiet' : 'n'}>${n > 0 && of > 0 ? html`<span class="quiet wrong-part">${percent.format(n / of)}</span> ` : null}${count(n)}</td>`;
}

/** The bar behind a name; its figure stands in the row. @param {number} part  0 to 1. */
function meter(part) {
  return { '--part': `${Math.max(part > 0 ? 0.5 : 0, part * 100)}%` };
}

/** @param {{ n: number, all: boolean, setAll: (all: boolean) => void, many: string }} props */
function More({ n, all, setAll, many }) {
  if (n <= FEW) return null;
  return html`<button type="button" class="button is-quiet table-more" aria-expanded=${all} onClick=${() => setAll(!all)}>${all ? 'Show fewer' : `Show all ${n >= 100 ? `of the first ${n}` : n} ${many}`}</button>`;
}
