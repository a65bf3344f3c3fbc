// The findings: a list filtered and paged by the server, one of them in full beside it or on a
// page of its own, and what a person says of them, one by one or many at once.

import { html, useEffect, useState } from '../vendor/preact.js';
import { announce } from '../lib/announce.js';
import { get } from '../lib/api.js';
import { counted } from '../lib/format.js';
import { query as apiQuery } from '../lib/query.js';
import { query } from '../lib/router.js';
import { wantFacets } from '../lib/status.js';
import { Problem, Skeleton } from '../parts/empty.js';
import { Icon } from '../parts/icon.js';
import { Page } from '../parts/page.js';
import { usePages } from '../parts/pages.js';
import { useRange } from '../parts/range.js';
import { useMainHeight, useMedia } from '../parts/wide.js';
import { NoteDialog } from './findings/actions.js';
import { useConduct } from './findings/conduct.js';
import { Detail, Neighbours, useFinding } from './findings/detail.js';
import { FindingFilters, StateTabs, filterOf, listPlace } from './findings/filter.js';
import { useFindingKeys } from './findings/keys.js';
import { COLUMNS, LINES } from './findings/row.js';
import { firstOnes, useSelection } from './findings/selection.js';
import { Head, Nothing, Rows } from './findings/side.js';
import { useTriage } from './findings/triage.js';
import { whatOf } from './findings/words.js';

/** @typedef {import('../types/api.d.ts').FindingPage} FindingPage */
/** @typedef {import('../types/api.d.ts').FindingRow} FindingRow */
/** @typedef {import('../types/api.d.ts').Triage} Triage */
/** @typedef {{ rows: FindingRow[], state: Triage, note: string | undefined }} Order */

/** @param {{ params: { id?: string } }} props */
export function View({ params }) {
  const id = params.id ?? null;
  const wide = useMedia('(min-width: 1200px)');
  const roomy = useMedia('(min-width: 900px)');
  const height = useMainHeight();
  const filter = filterOf(query.value, useRange('all'));
  const question = apiQuery('', { ...filter });

  const { pages, key, loading, stale, error, retry } = usePages(question, {
    fetch: async (offset, limit, abort) =>
      /** @type {FindingPage} */ (await get(apiQuery('findings', { ...filter, offset, limit }), abort)),
    rows: (page) => page.findings,
    total: (page) => page.total,
  }, { changed: true });
  const version = pages.version.value;
  const total = pages.count.value;
  useEffect(() => {
    wantFacets();
  }, []);
  useEffect(() => {
    if (!loading && !stale) announce(counted(total, 'finding'));
  }, [loading, stale, question]);

  const found = useFinding(id, version);
  const selection = useSelection(question);
  const work = useTriage({ refresh: pages.refresh, version });
  const conduct = useConduct({ id, wide, total, version, pages, known: found.view?.finding ?? null, selection, work });
  const { split, activeAt, activeRow, put, meant } = conduct;

  const [noting, setNoting] = useState(/** @type {FindingRow[] | null} */ (null));
  const note = (/** @type {FindingRow[]} */ rows) => {
    if (rows.length > 0) setNoting(rows);
  };
  // Carried out once the dialog is gone and the focus is where it was before.
  const [ordered, setOrdered] = useState(/** @type {Order | null} */ (null));
  useEffect(() => {
    if (!ordered) return;
    setOrdered(null);
    put(ordered.rows, ordered.state, ordered.note);
  }, [ordered]);

  const inList = activeRow && activeAt !== null && !conduct.alone;
  useFindingKeys({
    onState: (state) => put(meant(), state),
    onNote: () => note(meant()),
    onTick: () => {
      if (inList) selection.flip(activeRow, activeAt);
    },
    onReach: () => {
      if (inList) selection.reach(activeAt, pages.row);
    },
    onUndo: () => void work.undo(),
    onEscape: conduct.onEscape,
    onStep: conduct.onStep,
  });

  const tickAll = async () => {
    if (selection.ticks.size > 0) {
      selection.clear();
      return;
    }
    const all = await firstOnes(filter, total).catch(() => null);
    if (all) selection.set(all);
    else announce('The findings could not be fetched');
  };

  const row = conduct.rowOf(id);
  const detail = id === null ? null : html`<${Detail} id=${id} row=${row} found=${found} leaving=${work.leaving.has(id)}
    onState=${(/** @type {Triage} */ state) => row && put([row], state)} onNote=${() => row && note([row])}
    head=${split ? html`<button type="button" class="button is-icon" aria-label="Close the detail" title="Close (Esc)" onClick=${conduct.close}><${Icon} name="close" /></button>`
      : html`<${Neighbours} ...${conduct.around} />`} />`;
  const above = html`${work.toast}${noting ? html`<${NoteDialog} rows=${noting} onClose=${() => setNoting(null)} onDone=${(/** @type {Triage} */ state, /** @type {string} */ words) => {
    setNoting(null);
    setOrdered({ rows: noting, state, note: words || undefined });
  }} />` : null}`;

  if (conduct.alone) {
    return html`<${Page} title=${row ? whatOf(row) : 'Finding'} class="finding-page"
      heading=${html`<a class="finding-back" href=${listPlace()}><${Icon} name="left" /> Findings</a>`}>${detail}${above}<//>`;
  }
  const page = pages.latest.value;
  const columns = roomy && !split;
  return html`<${Page} title="Findings" wide class=${`findings${split ? ' is-split' : ''}`}>
    <div class="findings-body"><div class="findings-side">
      <${StateTabs} counts=${page?.facets.state} />
      <${FindingFilters} page=${page} total=${loading ? null : total} of=${query.value.has('session') ? pages.row(0)?.title ?? null : null} />
      ${total > 0 && !loading ? html`<${Head} total=${total} ticks=${selection.ticks} columns=${columns} onAll=${tickAll} onState=${put} onNote=${note} />` : null}
      ${error ? html`<${Problem} error=${error} retry=${retry} slim=${total > 0} />` : null}
      ${loading ? html`<${Skeleton} height=${columns ? COLUMNS : LINES} />`
        : total > 0 ? html`<${Rows} key=${key} pages=${pages} version=${version} total=${total} stale=${stale} columns=${columns} conduct=${conduct}
          selection=${selection} id=${id} leaving=${work.leaving} />`
          : error ? null : html`<${Nothing} counts=${page?.facets.state ?? {}} />`}
    </div>
    ${split ? html`<aside class="findings-pane" aria-label="The finding in full" data-scroller tabindex="-1" style=${{ height: `${height}px` }}>${detail}</aside>` : null}</div>
    ${above}
  <//>`;
}
