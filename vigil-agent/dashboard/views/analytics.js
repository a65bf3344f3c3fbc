// The analytics: what the agents' models cost and used over time, by model, client and project,
// and which tools they called. All of it is added up by the agent; nothing is guessed here.

import { html, useEffect, useMemo } from '../vendor/preact.js';
import { announce } from '../lib/announce.js';
import { clientName } from '../lib/clients.js';
import { folderName, money } from '../lib/format.js';
import { query } from '../lib/router.js';
import { facets, wantFacets } from '../lib/status.js';
import { rangeWords } from '../lib/time.js';
import { Problem, Skeleton } from '../parts/empty.js';
import { FilterBar } from '../parts/filterbar.js';
import { Choice } from '../parts/filters.js';
import { useNarrow } from '../parts/narrow.js';
import { Page } from '../parts/page.js';
import { RangePicker, useRange } from '../parts/range.js';
import { colorsOf } from './analytics/colors.js';
import { Headline } from './analytics/headline.js';
import { FALLBACK, useAnalytics, useRecord } from './analytics/load.js';
import { byOf, metricOf } from './analytics/metrics.js';
import { Nothing } from './analytics/nothing.js';
import { OverTime } from './analytics/over-time.js';
import { spanWords } from './analytics/spans.js';
import { ToolTable, UsageTable } from './analytics/tables.js';

const FILTERS = /** @type {const} */ (['client', 'project', 'model']);

export function View() {
  const params = query.value;
  const range = useRange(FALLBACK);
  const narrow = useNarrow();
  const metric = metricOf(params.get('metric'));
  const by = byOf(params.get('by')).name;
  const filter = { by, client: params.get('client'), project: params.get('project'), model: params.get('model') };
  const { doc, by: shownBy, stale, error, retry } = useAnalytics(filter, range);
  const colors = useMemo(() => (doc ? colorsOf(shownBy, doc.series) : []), [doc, shownBy]);
  const empty = doc !== null && doc.total.calls === 0 && doc.tools.length === 0;
  const record = useRecord(filter, empty && !stale);
  useEffect(() => {
    wantFacets();
  }, []);
  const span = doc ? spanWords(Date.parse(doc.from) / 1000, Date.parse(doc.to) / 1000, doc.time_zone) : '';
  useEffect(() => {
    if (doc && !stale) announce(empty ? 'No usage in this range' : `${span}: ${money(doc.total)}`);
  }, [doc === null, stale, span]);

  return html`<${Page} title="Analytics" wide class="analytics">
    <div class="sticky"><${FilterBar} names=${FILTERS} search=${html`<${RangePicker} fallback=${FALLBACK} />`} side=${html`<span class="bar-count quiet">${span}</span>`}>
      <${Choice} name="client" label="Client" all="All clients" counts=${facets.value?.clients} words=${clientName} />
      <${Choice} name="project" label="Project" all="All projects" counts=${facets.value?.projects} words=${folderName} />
      <${Choice} name="model" label="Model" all="All models" counts=${facets.value?.models} />
    <//></div>
    ${error ? html`<${Problem} error=${error} retry=${retry} slim=${doc !== null} />` : null}
    ${!doc ? error ? null : html`<${Skeleton} rows=${6} height=${96} />` : html`<div class=${`analytics-body${stale ? ' is-stale' : ''}`}>${empty
      ? html`<${Nothing} record=${record} range=${range.preset ? `in the ${rangeWords(range).toLowerCase()}` : `in this range (${span})`} filters=${FILTERS} filtered=${FILTERS.some((name) => params.get(name))} />`
      : html`<${Headline} doc=${doc} filtered=${{ model: !!filter.model }} />
        <${OverTime} doc=${doc} metric=${metric} by=${shownBy} colors=${colors} />
        <div class="tables">
          <${UsageTable} doc=${doc} colors=${shownBy === 'model' ? colors : null} metric=${metric} narrow=${narrow} name="model" rows=${doc.models} />
          <${UsageTable} doc=${doc} colors=${shownBy === 'client' ? colors : null} metric=${metric} narrow=${narrow} name="client" rows=${doc.clients} />
          <${UsageTable} doc=${doc} colors=${shownBy === 'project' ? colors : null} metric=${metric} narrow=${narrow} name="project" rows=${doc.projects} />
          <${ToolTable} doc=${doc} filtered=${!!filter.model} />
        </div>`}</div>`}
  <//>`;
}
