// The column with the list: what stands above the rows, the rows, and what stands there when
// there are none. Everything it does is asked of the view.

import { html, useCallback, useEffect, useRef } from '../../vendor/preact.js';
import { counted } from '../../lib/format.js';
import { query, setQuery } from '../../lib/router.js';
import { Empty, SkeletonRow } from '../../parts/empty.js';
import { List } from '../../parts/list.js';
import { Actions } from './actions.js';
import { FILTERS } from './filter.js';
import { COLUMNS, FindingLine, LINES } from './row.js';
import { MOST } from './selection.js';

/** @typedef {import('../../types/api.d.ts').FindingRow} FindingRow */
/** @typedef {import('../../types/api.d.ts').Triage} Triage */
/** @typedef {import('./conduct.js').Conduct} Conduct */
/** @typedef {import('./selection.js').Selection} Selection */

/**
 * Above the rows: names of the columns, or what one does with the ticked ones.
 * @param {{ total: number, ticks: Selection['ticks'], columns: boolean, onAll: () => void,
 *   onState: (rows: FindingRow[], state: Triage) => void, onNote: (rows: FindingRow[]) => void }} props
 */
export function Head({ total, ticks, columns, onAll, onState, onNote }) {
  const rows = [...ticks.values()];
  const state = rows[0] && rows.every((row) => row.state === rows[0]?.state) ? rows[0].state : null;
  const all = html`<${TickAll} n=${ticks.size} total=${total} onClick=${onAll} />`;
  return html`<div class="sticky finding-sticky">${ticks.size > 0
    ? html`<div class="finding-bulk">${all}<strong>${counted(ticks.size, 'finding')} selected</strong>
        <${Actions} state=${state} onState=${(/** @type {Triage} */ to) => onState(rows, to)} onNote=${() => onNote(rows)} /></div>`
    : html`<div class="finding-head">${all}${columns
      ? html`<span class="finding-columns" aria-hidden="true"><span>Severity</span><span>What</span><span>Where</span><span class="n">First seen</span></span>`
      : html`<span aria-hidden="true">Worst first, then newest</span>`}</div>`}</div>`;
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

/**
 * @param {{ pages: { row: (i: number) => FindingRow | null, want: (a: number, b: number) => void }, version: number,
 *   total: number, stale: boolean, columns: boolean, conduct: Conduct, selection: Selection, id: string | null,
 *   leaving: Map<string, unknown> }} props
 */
export function Rows({ pages, version, total, stale, columns, conduct, selection, id, leaving }) {
  const { split, keyOf, onOpen } = conduct;
  const open = useRef(onOpen);
  open.current = onOpen;
  const render = useCallback((/** @type {number} */ i, /** @type {{ tabIndex: 0 | -1 }} */ { tabIndex }) => {
    const row = pages.row(i);
    if (!row) return html`<${SkeletonRow} i=${i} height=${columns ? COLUMNS : LINES} />`;
    return html`<${FindingLine} row=${row} tabIndex=${tabIndex} columns=${columns} checked=${selection.ticks.has(row.id)} current=${split && row.id === id}
      leaving=${leaving.has(row.id)} onCheck=${(/** @type {boolean} */ range) => (range ? selection.reach(i, pages.row) : selection.flip(row, i))}
      onOpen=${(/** @type {MouseEvent} */ event) => {
        const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey && event.button === 0;
        if (plain && open.current(i)) event.preventDefault();
      }} />`;
  }, [pages, version, columns, split, id, leaving, selection]);
  return html`<${List} class=${`finding-list${stale ? ' is-stale' : ''}`} label="Findings, worst first" count=${total} rowHeight=${columns ? COLUMNS : LINES}
    selected=${conduct.activeAt ?? undefined} keyOf=${keyOf} render=${render} onRange=${pages.want} onSelect=${conduct.onSelect} onOpen=${onOpen} inset=${40}
    handle=${(/** @type {import('../../parts/list.js').ListHandle} */ handle) => { conduct.list.current = handle; }} />`;
}

/** @param {{ counts: Record<string, number> }} props  Findings by state. */
export function Nothing({ counts }) {
  const params = query.value;
  if (FILTERS.some((name) => params.has(name))) {
    return html`<${Empty} title="No finding matches.">
      <button type="button" class="button" onClick=${() => setQuery(Object.fromEntries(FILTERS.map((name) => [name, null])), { push: true })}>Clear filters</button><//>`;
  }
  const state = params.get('state') ?? 'open';
  if (state === 'open') {
    const some = Object.values(counts).some((n) => n > 0);
    return html`<${Empty} title="No open findings." command="vigil status"><p>${some ? 'All that was found has been dealt with.' : 'Nothing that was recorded matched a rule.'} That holds for what Vigil could see. How much that is stands in <a href="/capture">Capture</a>, or in a terminal:</p><//>`;
  }
  return html`<${Empty} title=${state === 'any' ? 'Nothing was found yet.' : 'There are none in this state.'}><a href="/findings">Open findings</a><//>`;
}
