// The times when not everything was recorded, and what changed how much is: gaps and changes of
// Vigil's own, newest first, a page at a time.

import { html, useEffect, useState } from '../../vendor/preact.js';
import { get, isAbort } from '../../lib/api.js';
import { bytes } from '../../lib/format.js';
import { query } from '../../lib/query.js';
import { href } from '../../lib/router.js';
import { subscribe } from '../../lib/stream.js';
import { Kind, Witnesses } from '../../parts/badge.js';
import { Problem, Skeleton } from '../../parts/empty.js';
import { Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';
import { gapWords } from './lost.js';

/** @typedef {import('../../types/api.d.ts').Feed} Feed */
/** @typedef {import('../../types/api.d.ts').FeedRow} FeedRow */

const PAGE = 20;
/** More are for the timeline to show. */
const MOST = 200;

function useGaps() {
  const [rows, setRows] = useState(/** @type {FeedRow[] | null} */ (null));
  const [next, setNext] = useState(/** @type {string | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [asked, setAsked] = useState(0);
  /** @param {string | null} before @param {AbortSignal} [abort] */
  const page = async (before, abort) => {
    try {
      // A page may be empty and still have a next one.
      let feed = /** @type {Feed} */ (await get(query('timeline', { kinds: 'gap,config_change', limit: PAGE, before }), abort));
      const found = [...feed.events];
      for (let i = 0; i < 4 && feed.next && found.length < PAGE / 2; i += 1) {
        feed = /** @type {Feed} */ (await get(query('timeline', { kinds: 'gap,config_change', limit: PAGE, before: feed.next }), abort));
        found.push(...feed.events);
      }
      setRows((old) => (before && old ? [...old, ...found] : found));
      setNext(feed.next);
      setError(null);
    } catch (problem) {
      if (!isAbort(problem)) setError(/** @type {Error} */ (problem));
    }
  };
  useEffect(() => {
    const abort = new AbortController();
    void page(null, abort.signal);
    return () => abort.abort();
  }, [asked]);
  useEffect(() => {
    const again = () => setAsked((n) => n + 1);
    /** @param {FeedRow[]} rows */
    const events = (rows) => {
      if (rows.some((row) => row.kind === 'gap' || row.kind === 'config_change')) again();
    };
    return subscribe({ events, missed: again });
  }, []);
  return { rows, error, retry: () => setAsked((n) => n + 1), more: next && rows && rows.length < MOST ? () => void page(next) : null, left: !!next };
}

export function Gaps() {
  const { rows, error, retry, more, left } = useGaps();
  return html`<section class="capture-panel" aria-labelledby="gaps"><h2 id="gaps">Gaps and changes</h2>
    ${error ? html`<${Problem} error=${error} retry=${retry} slim=${!!rows} />` : null}
    ${!rows ? error ? null : html`<${Skeleton} rows=${3} height=${48} />`
      : rows.length === 0 ? html`<p class="quiet">No gap is on record. Times before Vigil was installed, and what it cannot see, are not gaps: they are unknown.</p>`
        : html`<ol class="capture-gaps">${rows.map((row) => html`<${Gap} key=${row.seq} row=${row} />`)}</ol>`}
    ${more ? html`<button type="button" class="button" onClick=${more}>Show earlier ones</button>`
      : left ? html`<p><a href=${href('/timeline', { kinds: 'gap,config_change' })}>All of them in the timeline</a></p>` : null}
  </section>`;
}

/** @param {{ row: FeedRow }} props */
function Gap({ row }) {
  // The agent's own words about its absence say more.
  const means = row.kind === 'gap' && row.name && row.name !== 'not-running' ? gapWords(row.name)?.replaceAll('`', '') : null;
  const size = typeof row.detail?.bytes === 'number' ? row.detail.bytes : null;
  return html`<li class="capture-gap"><span class="gap-when"><${When} at=${row.at} /></span>
    <span class="gap-main"><span class="gap-head"><${Kind} kind=${row.kind} />${row.name ? html`<span class="mono"><${Words} text=${row.name} most=${80} brief /></span>` : null}${size === null ? null : html`<span class="quiet">${bytes(size)}</span>`}<${Witnesses} names=${row.witnesses} /></span>
      ${means ? html`<span>${means}</span>` : null}
      ${row.text ? html`<span class=${means ? 'quiet' : ''}><${Words} text=${row.text} most=${240} /></span>` : null}
      ${row.session_key ? html`<a href=${href(`/sessions/${row.session_key}`, { event: row.seq })}>Open in its session</a>` : null}</span></li>`;
}
