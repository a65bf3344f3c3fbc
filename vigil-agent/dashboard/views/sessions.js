// The sessions: what happened lately, then every session there is, searched and filtered by the
// server, paged behind a virtual list.

import { html, useCallback, useEffect, useMemo } from '../vendor/preact.js';
import { announce } from '../lib/announce.js';
import { get } from '../lib/api.js';
import { clientName } from '../lib/clients.js';
import { counted, folderName } from '../lib/format.js';
import { query as apiQuery } from '../lib/query.js';
import { query, setQuery } from '../lib/router.js';
import { facets, wantFacets } from '../lib/status.js';
import { Empty, Problem, Skeleton, SkeletonRow } from '../parts/empty.js';
import { FilterBar } from '../parts/filterbar.js';
import { Choice, SearchBox, Toggle } from '../parts/filters.js';
import { List } from '../parts/list.js';
import { useNarrow } from '../parts/narrow.js';
import { Page } from '../parts/page.js';
import { usePages } from '../parts/pages.js';
import { RangePicker, useRange } from '../parts/range.js';
import { Digest } from './sessions/digest.js';
import { SessionLine, rowHeights } from './sessions/row.js';

/** @typedef {import('../types/api.d.ts').SessionPage} SessionPage */
/** @typedef {import('../types/api.d.ts').SessionRow} SessionRow */
/** @typedef {import('../types/api.d.ts').SessionFind} SessionFind */
/** @typedef {{ row: SessionRow, find: SessionFind | null }} Found */

const FILTERS = /** @type {const} */ (['client', 'project', 'model', 'findings', 'deleted', 'range', 'from', 'to']);

export function View() {
  const params = query.value;
  const range = useRange('all');
  const narrow = useNarrow();
  const filter = {
    q: params.get('q'), client: params.get('client'), project: params.get('project'), model: params.get('model'),
    findings: params.has('findings'), deleted: params.has('deleted'), from: range.from, to: range.to,
  };
  const question = apiQuery('', filter);

  const { pages, key, loading, stale, error, retry } = usePages(question, {
    fetch: async (offset, limit, abort) =>
      /** @type {SessionPage} */ (await get(apiQuery('sessions', { ...filter, offset, limit }), abort)),
    rows: found,
    total: (page) => page.total,
  }, { events: true, changed: true });
  useEffect(() => {
    wantFacets();
  }, []);

  const version = pages.version.value;
  const total = pages.count.value;
  const height = useMemo(() => rowHeights((i) => pages.row(i), narrow, !!filter.q), [pages, version, narrow]);
  const keyOf = useCallback((/** @type {number} */ i) => pages.row(i)?.row.key ?? null, [pages, version]);
  const render = useCallback((/** @type {number} */ i, /** @type {{ tabIndex: 0 | -1 }} */ { tabIndex }) => {
    const found = pages.row(i);
    return found ? html`<${SessionLine} ...${found} tabIndex=${tabIndex} narrow=${narrow} />` : html`<${SkeletonRow} i=${i} />`;
  }, [pages, version, narrow]);

  const filtered = !!question;
  useEffect(() => {
    if (!loading && !stale && filtered) announce(counted(total, 'session'));
  }, [loading, stale, total, question]);

  return html`<${Page} title="Sessions" wide>
    <${Digest} />
    <div class="sticky"><${FilterBar} names=${FILTERS} search=${html`<${SearchBox} label="Search sessions" placeholder="Search all that was said" />`}
      side=${html`<span class="bar-count quiet">${loading ? '' : filtered ? `${counted(total, 'session')} found` : counted(total, 'session')}</span>`}>
      <${Choice} name="client" label="Client" all="All clients" counts=${facets.value?.clients} words=${clientName} />
      <${Choice} name="project" label="Project" all="All projects" counts=${facets.value?.projects} words=${folderName} />
      <${Choice} name="model" label="Model" all="All models" counts=${facets.value?.models} />
      <${Toggle} name="findings">With findings<//>
      <${Toggle} name="deleted">Deleted<//>
      <${RangePicker} />
    <//>
    ${total > 0 && !narrow ? html`<div class="session-head" aria-hidden="true"><span>Session</span><span>Client</span><span
      class="n">Work</span><span class="n">Usage</span><span>Findings</span><span class="n">Last active</span></div>` : null}</div>
    ${pages.latest.value?.partial ? html`<p class="note">Only the newest matches in what was said were looked at. More words narrow the search.</p>` : null}
    ${error ? html`<${Problem} error=${error} retry=${retry} slim=${total > 0} />` : null}
    ${loading ? html`<${Skeleton} />` : total > 0 ? html`<${List} key=${key} class=${`sessions${stale ? ' is-stale' : ''}`} label="Sessions, newest first" count=${total} rowHeight=${height} keyOf=${keyOf} render=${render}
        onRange=${pages.want} inset=${narrow ? 0 : 88} />`
      : error ? null : html`<${Nothing} filtered=${filtered} />`}
  <//>`;
}

/** @param {SessionPage} page @returns {Found[]} */
function found(page) {
  const finds = new Map(page.finds.map((find) => [find.key, find]));
  return page.sessions.map((row) => ({ row, find: finds.get(row.key) ?? null }));
}

/** @param {{ filtered: boolean }} props */
function Nothing({ filtered }) {
  if (filtered) {
    return html`<${Empty} title="No session matches.">
      <button type="button" class="button" onClick=${() => setQuery(Object.fromEntries([...FILTERS, 'q'].map((name) => [name, null])), { push: true })}>
        Show all sessions</button><//>`;
  }
  return html`<${Empty} title="No session has been recorded yet." command="vigil status">
    <p>Start an agent such as Claude Code: its session appears here by itself. What agents wrote before is read in when Vigil starts. This command tells what Vigil can see on this machine and what would improve it:</p><//>`;
}
