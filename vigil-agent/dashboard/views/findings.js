// The findings: a list filtered and paged by the server, one of them in full beside it or on a
// page of its own, and what a person says of them, one by one or many at once.

import { html, useCallback, useEffect, useMemo, useRef, useState } from '../vendor/preact.js';
import { announce } from '../lib/announce.js';
import { get } from '../lib/api.js';
import { counted } from '../lib/format.js';
import { query as apiQuery } from '../lib/query.js';
import { back, navigate, query, setQuery } from '../lib/router.js';
import { wantFacets } from '../lib/status.js';
import { Empty, Problem, Skeleton, SkeletonRow } from '../parts/empty.js';
import { Icon } from '../parts/icon.js';
import { List } from '../parts/list.js';
import { findAgain } from '../parts/list/layout.js';
import { Page } from '../parts/page.js';
import { usePages } from '../parts/pages.js';
import { useRange } from '../parts/range.js';
import { Actions, NoteDialog } from './findings/actions.js';
import { Detail, useFinding } from './findings/detail.js';
import { FILTERS, FilterBar, StateTabs, filterOf, listPlace, placeOf } from './findings/filter.js';
import { useFindingKeys } from './findings/keys.js';
import { COLUMNS, FindingLine, LINES } from './findings/row.js';
import { MOST, useSelection } from './findings/selection.js';
import { useTriage } from './findings/triage.js';
import { useMainHeight, useMedia } from './findings/wide.js';
import { whatOf } from './findings/words.js';

/** @typedef {import('../types/api.d.ts').FindingPage} FindingPage */
/** @typedef {import('../types/api.d.ts').FindingRow} FindingRow */
/** @typedef {import('../types/api.d.ts').Triage} Triage */

/** @param {{ params: { id?: string } }} props */
export function View({ params }) {
  const id = params.id ?? null;
  const wide = useMedia('(min-width: 1200px)');
  const roomy = useMedia('(min-width: 900px)');
  const split = wide && id !== null;
  const alone = !wide && id !== null;
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

  const keyOf = useCallback((/** @type {number} */ i) => pages.row(i)?.id ?? null, [pages, version]);
  /** Where a finding was last seen in the list. */
  const lastAt = useRef(0);
  const place = (/** @type {string | null} */ of) => (of === null ? null : findAgain({ key: of, i: lastAt.current }, total, keyOf));

  // The finding that keys are meant for: the open one, else the row that the keyboard is on.
  const [onRow, setOnRow] = useState(/** @type {string | null} */ (null));
  const active = id ?? onRow;
  const activeAt = place(active);
  if (activeAt !== null) lastAt.current = activeAt;
  const found = useFinding(id, version);
  const activeRow = (activeAt === null ? null : pages.row(activeAt)) ?? (found.view?.finding.id === active ? found.view?.finding ?? null : null);

  const selection = useSelection(question);
  const { ticks } = selection;
  const work = useTriage({ refresh: pages.refresh, version });
  const [noting, setNoting] = useState(/** @type {FindingRow[] | null} */ (null));
  const list = useRef(/** @type {import('../parts/list.js').ListHandle | null} */ (null));

  /** @param {string} to  Opens it where one is; a click elsewhere is a link like any other. */
  const show = (to) => navigate(placeOf(to), { replace: id !== null || wide, quiet: wide });
  /** @param {number} i */
  const onSelect = (i) => {
    const row = pages.row(i);
    if (!row) return;
    lastAt.current = i;
    setOnRow(row.id);
    if (split && row.id !== id) show(row.id);
  };

  /** @returns {FindingRow[]}  What triage is about. */
  const meant = () => {
    if (ticks.size > 0) return [...ticks.values()];
    if (activeRow) return [activeRow];
    announce('Choose a finding first, with J or K');
    return [];
  };

  /** @param {number} from @param {1 | -1} step @param {(row: FindingRow) => boolean} fits */
  const seek = (from, step, fits) => {
    for (let i = from; i >= 0 && i < total; i += step) {
      const row = pages.row(i);
      if (row && fits(row)) return { row, i };
    }
    return null;
  };

  // Moves on before the answer is there: the next key is meant for the next finding.
  const moveOn = (/** @type {FindingRow[]} */ rows) => {
    const away = new Set(rows.map((row) => row.id));
    const inList = !!document.activeElement?.closest('[data-list]');
    if (activeAt === null || active === null || !away.has(active)) return;
    const fits = (/** @type {FindingRow} */ row) => !away.has(row.id) && !work.leaving.has(row.id);
    const next = seek(activeAt + 1, 1, fits) ?? seek(activeAt - 1, -1, fits);
    if (!next) {
      if (inList) /** @type {HTMLElement | null} */ (document.querySelector('[data-heading]'))?.focus();
      setOnRow(null);
      return;
    }
    setOnRow(next.row.id);
    if (id !== null) show(next.row.id);
    list.current?.scrollTo(next.i, { focus: inList });
  };

  /** @param {FindingRow[]} rows @param {Triage} state @param {string} [note] */
  const put = (rows, state, note) => {
    const due = note ? rows : rows.filter((row) => row.state !== state);
    if (due.length === 0) {
      if (rows.length > 0) announce('Nothing to change');
      return;
    }
    if (ticks.size > 0) selection.clear();
    if (!alone) moveOn(due);
    void work.triage(due, state, note);
  };

  // The dialog's order, once the dialog is gone and the focus is where it was before.
  const [ordered, setOrdered] = useState(/** @type {{ rows: FindingRow[], state: Triage, note: string | undefined } | null} */ (null));
  useEffect(() => {
    if (!ordered) return;
    setOrdered(null);
    put(ordered.rows, ordered.state, ordered.note);
  }, [ordered]);

  const focusRow = () => {
    const row = /** @type {HTMLElement | null} */ (document.querySelector(`[data-finding="${CSS.escape(id ?? '')}"]`));
    if (row) row.focus({ preventScroll: true });
    else if (activeAt !== null) list.current?.scrollTo(activeAt, { focus: true });
  };
  const close = () => {
    if (!wide) {
      back(listPlace());
      return;
    }
    setOnRow(id);
    focusRow();
    navigate(listPlace(), { replace: true, quiet: true });
  };
  const step = (/** @type {1 | -1} */ by) => {
    if (!alone) return false;
    const next = seek((activeAt ?? -1) + by, by, () => true);
    if (next) show(next.row.id);
    return true;
  };

  useFindingKeys({
    onState: (state) => put(meant(), state),
    onNote: () => {
      const rows = meant();
      if (rows.length > 0) setNoting(rows);
    },
    onTick: () => {
      if (activeRow && activeAt !== null && !alone) selection.flip(activeRow, activeAt);
    },
    onReach: () => {
      if (activeAt !== null && !alone) selection.reach(activeAt, pages.row);
    },
    onUndo: () => void work.undo(),
    onEscape: () => {
      if (split && document.activeElement?.closest('.findings-pane')) focusRow();
      else if (id !== null) close();
      else if (ticks.size > 0) selection.clear();
      else return false;
      return true;
    },
    onStep: step,
  });

  const columns = roomy && !split;
  const render = useCallback((/** @type {number} */ i, /** @type {{ tabIndex: 0 | -1 }} */ { tabIndex }) => {
    const row = pages.row(i);
    if (!row) return html`<${SkeletonRow} i=${i} height=${columns ? COLUMNS : LINES} />`;
    return html`<${FindingLine} row=${row} tabIndex=${tabIndex} columns=${columns} checked=${ticks.has(row.id)} current=${split && row.id === id}
      leaving=${work.leaving.has(row.id)} onCheck=${(/** @type {boolean} */ range) => (range ? selection.reach(i, pages.row) : selection.flip(row, i))}
      onOpen=${(/** @type {MouseEvent} */ event) => {
        if (!wide || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0) return;
        event.preventDefault();
        onSelect(i);
        if (!split) show(row.id);
      }} />`;
  }, [pages, version, columns, ticks, split, id, work.leaving, wide, selection]);

  /** @param {number} i */
  const onOpen = (i) => {
    const row = pages.row(i);
    if (!row || !wide) return false;
    if (row.id === id) /** @type {HTMLElement | null} */ (document.querySelector('[data-detail]'))?.focus();
    else show(row.id);
    return true;
  };

  const tickAll = async () => {
    if (ticks.size > 0) {
      selection.clear();
      return;
    }
    const all = await everything(filter, Math.min(total, MOST)).catch(() => null);
    if (all) selection.set(new Map(all.map((row) => [row.id, row])));
    else announce('The findings could not be fetched');
  };

  const page = pages.latest.value;
  const one = [...ticks.values()];
  const common = one.every((row) => row.state === one[0]?.state) ? one[0]?.state ?? null : null;
  const note = (/** @type {FindingRow[]} */ rows) => () => {
    if (rows.length > 0) setNoting(rows);
  };
  const height = useMainHeight();
  const detail = id === null ? null : html`<${Detail} id=${id} row=${activeRow} found=${found} leaving=${work.leaving.has(id)}
    onState=${(/** @type {Triage} */ state) => activeRow && put([activeRow], state)} onNote=${note(activeRow ? [activeRow] : [])}
    head=${split ? html`<button type="button" class="button is-icon" aria-label="Close the detail" title="Close (Esc)" onClick=${close}><${Icon} name="close" /></button>`
      : html`<${Neighbours} at=${activeAt} total=${total} row=${pages.row} />`} />`;
  const extras = html`${work.toast}${noting ? html`<${NoteDialog} rows=${noting} onClose=${() => setNoting(null)} onDone=${(/** @type {Triage} */ state, /** @type {string} */ words) => {
    setNoting(null);
    setOrdered({ rows: noting, state, note: words || undefined });
  }} />` : null}`;

  if (alone) {
    return html`<${Page} title=${activeRow ? whatOf(activeRow) : 'Finding'} class="finding-page"
      heading=${html`<a class="finding-back" href=${listPlace()}><${Icon} name="left" /> Findings</a>`}>${work.error}${detail}${extras}<//>`;
  }
  return html`<${Page} title="Findings" wide class=${`findings${split ? ' is-split' : ''}`}>
    <div class="findings-body"><div class="findings-side">
      <${StateTabs} counts=${page?.facets.state} />
      <${FilterBar} page=${page} total=${loading ? null : total} of=${query.value.has('session') ? pages.row(0)?.title ?? null : null} />
      ${total > 0 && !loading ? html`<div class="sticky finding-sticky">${ticks.size > 0
        ? html`<div class="finding-bulk"><${TickAll} n=${ticks.size} total=${total} onClick=${tickAll} /><strong>${counted(ticks.size, 'finding')} selected</strong>
          <${Actions} state=${common} onState=${(/** @type {Triage} */ state) => put(one, state)} onNote=${note(one)} /></div>`
        : html`<div class="finding-head"><${TickAll} n=${0} total=${total} onClick=${tickAll} />${columns
          ? html`<span class="finding-columns" aria-hidden="true"><span>Severity</span><span>What</span><span>Where</span><span class="n">First seen</span></span>`
          : html`<span aria-hidden="true">Worst first, then newest</span>`}</div>`}</div>` : null}
      ${work.error}
      ${error ? html`<${Problem} error=${error} retry=${retry} slim=${total > 0} />` : null}
      ${loading ? html`<${Skeleton} height=${columns ? COLUMNS : LINES} />`
        : total > 0 ? html`<${List} key=${key} class=${`finding-list${stale ? ' is-stale' : ''}`} label="Findings, worst first" count=${total} rowHeight=${columns ? COLUMNS : LINES}
          selected=${activeAt ?? undefined} keyOf=${keyOf} render=${render} onRange=${pages.want} onSelect=${onSelect} onOpen=${onOpen} inset=${40}
          handle=${(/** @type {import('../parts/list.js').ListHandle} */ handle) => { list.current = handle; }} />`
          : error ? null : html`<${Nothing} />`}
    </div>
    ${split ? html`<aside class="findings-pane" aria-label="The finding in full" data-scroller tabindex="-1" style=${{ height: `${height}px` }}>${detail}</aside>` : null}</div>
    ${extras}
  <//>`;
}

/** The first `most` rows of a question, for a selection of all. @param {ReturnType<typeof filterOf>} filter @param {number} most */
async function everything(filter, most) {
  /** @type {FindingRow[]} */
  const all = [];
  while (all.length < most) {
    const limit = Math.min(200, most - all.length);
    const page = /** @type {FindingPage} */ (await get(apiQuery('findings', { ...filter, offset: all.length, limit })));
    all.push(...page.findings);
    if (page.findings.length < limit) break;
  }
  return all;
}

/** @param {{ n: number, total: number, onClick: () => void }} props */
function TickAll({ n, total, onClick }) {
  const box = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    if (box.current) box.current.indeterminate = n > 0 && n < total;
  }, [n, total]);
  const words = n > 0 ? 'Clear the selection' : total > MOST ? `Select the first ${MOST}` : `Select all ${total}`;
  return html`<label class="finding-check" title=${words}><input ref=${box} type="checkbox" checked=${n > 0 && n >= Math.min(total, MOST)} aria-label=${words} onChange=${onClick} /></label>`;
}

/** Links to the findings before and after this one, where it has a page of its own. @param {{ at: number | null, total: number, row: (i: number) => FindingRow | null }} props */
function Neighbours({ at, total, row }) {
  const [before, after] = useMemo(() => (at === null ? [null, null] : [row(at - 1), row(at + 1)]), [at, total, row]);
  if (!before && !after) return null;
  return html`<nav class="detail-neighbours" aria-label="Other findings">
    ${before ? html`<a class="button is-icon" href=${placeOf(before.id)} aria-label="Previous finding" title="Previous (K)"><${Icon} name="left" /></a>` : null}
    ${after ? html`<a class="button is-icon" href=${placeOf(after.id)} aria-label="Next finding" title="Next (J)"><${Icon} name="right" /></a>` : null}</nav>`;
}

function Nothing() {
  const params = query.value;
  const filtered = FILTERS.some((name) => params.has(name));
  if (filtered) {
    return html`<${Empty} title="No finding matches.">
      <button type="button" class="button" onClick=${() => setQuery(Object.fromEntries(FILTERS.map((name) => [name, null])), { push: true })}>Clear filters</button><//>`;
  }
  const state = params.get('state') ?? 'open';
  if (state === 'open') {
    return html`<${Empty} title="No open findings." command="vigil status"><p>Nothing that was recorded matched a rule, or all of it was dealt with. That holds for what Vigil could see; this tells how much that is:</p><//>`;
  }
  return html`<${Empty} title=${state === 'any' ? 'Nothing was found yet.' : 'There are none in this state.'}><a href="/findings">Open findings</a><//>`;
}
