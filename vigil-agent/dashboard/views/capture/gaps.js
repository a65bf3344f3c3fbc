// The times when not everything was recorded, and changes of what is: with exact times, newest
// first, a page at a time.

import { html, useEffect, useState } from '../../vendor/preact.js';
import { get, isAbort } from '../../lib/api.js';
import { bytes, duration } from '../../lib/format.js';
import { query } from '../../lib/query.js';
import { href } from '../../lib/router.js';
import { subscribe } from '../../lib/stream.js';
import { millis, whole } from '../../lib/time.js';
import { Witnesses } from '../../parts/badge.js';
import { Problem, Skeleton } from '../../parts/empty.js';
import { reasonWords } from '../../parts/feedrow/words.js';
import { Words } from '../../parts/text.js';
import { reasonOf } from './reasons.js';
import { belongs, merged, stretches } from './stretches.js';

/** @typedef {import('../../types/api.d.ts').Feed} Feed */
/** @typedef {import('../../types/api.d.ts').FeedRow} FeedRow */
/** @typedef {import('./stretches.js').Stretch} Stretch */

const KINDS = 'gap,config_change';
const PAGE = 30;
/** More are for the timeline to show. */
const MOST = 300;
/** Requests for one page at most: a page may hold few of what is shown, and still have a next. */
const TRIES = 5;
/** News is gathered for so long before the list asks again. */
const GATHER = 1500;

const exact = new Intl.DateTimeFormat(undefined, {
  year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit',
});

/** @param {string | null} before @param {AbortSignal} abort */
async function page(before, abort) {
  /** @type {FeedRow[]} */
  const rows = [];
  let next = before;
  for (let i = 0; i < TRIES && rows.length < PAGE / 2 && (i === 0 || next); i += 1) {
    const feed = /** @type {Feed} */ (await get(query('timeline', { kinds: KINDS, limit: PAGE, before: next }), abort));
    rows.push(...feed.events.filter(belongs));
    next = feed.next;
  }
  return { rows, next };
}

/** @typedef {{ rows: FeedRow[] | null, next: string | null, error: Error | null }} Known */

function useGaps() {
  const [known, setKnown] = useState(/** @type {Known} */ ({ rows: null, next: null, error: null }));
  /** Where to ask: the newest page (again), or the one after a place. */
  const [asked, setAsked] = useState(/** @type {{ before: string | null }} */ ({ before: null }));
  useEffect(() => {
    const abort = new AbortController();
    page(asked.before, abort.signal).then(({ rows, next }) => setKnown((old) => ({
      rows: merged(old.rows ?? [], rows), error: null, next: asked.before || !old.rows ? next : old.next,
    })), (/** @type {Error} */ error) => {
      if (!isAbort(error)) setKnown((old) => ({ ...old, error }));
    });
    return () => abort.abort();
  }, [asked]);
  const again = () => setAsked({ before: null });
  useEffect(() => {
    let timer = 0;
    const later = () => {
      clearTimeout(timer);
      timer = window.setTimeout(again, GATHER);
    };
    const stop = subscribe({ missed: later, events: (rows) => {
      if (rows.some((row) => (row.kind === 'gap' || row.kind === 'config_change') && belongs(row))) later();
    } });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);
  const { rows, next, error } = known;
  return { rows, error, again, more: next && rows && rows.length < MOST ? () => setAsked({ before: next }) : null };
}

/** @param {{ agent: import('../../types/api.d.ts').AgentStatus }} props */
export function Gaps({ agent }) {
  const { rows, error, again, more } = useGaps();
  return html`<section class="capture-panel" aria-labelledby="gaps"><h2 id="gaps">Gaps, pauses and changes</h2>
    ${error ? html`<${Problem} error=${error} retry=${again} slim=${!!rows} />` : null}
    ${!rows ? error ? null : html`<${Skeleton} rows=${3} height=${56} />`
      : rows.length === 0 ? html`<p>None on record. A gap is recorded when Vigil is paused, does not run or cannot read something. Times before it was installed, and what went past every witness, leave no gap behind.</p>`
        : html`<ol class="capture-gaps">${stretches(rows, agent).map((one) => html`<${Gap} key=${one.row.seq} ...${one} />`)}</ol>`}
    ${rows && rows.length > 0 ? html`<p class="capture-gaps-foot">${more ? html`<button type="button" class="button" onClick=${more}>Show earlier ones</button>` : null}
      <a href=${href('/timeline', { kinds: KINDS })}>All of them in the timeline</a></p>` : null}
  </section>`;
}

/** @param {{ at: string }} props */
function Exact({ at }) {
  const time = millis(at);
  return html`<time dateTime=${at} title=${whole(at)}>${Number.isNaN(time) ? at : exact.format(time)}</time>`;
}

/** @param {Stretch} props */
function Gap({ row, from, to, kind }) {
  const reason = row.kind === 'gap' && row.name ? reasonOf(row.name) : null;
  const pause = kind === 'pause' || kind === 'open' || kind === 'unended';
  const title = pause ? 'Recording was paused' : reason?.title ?? capital(reasonWords(row.name ?? row.kind));
  const size = typeof row.detail?.['bytes'] === 'number' ? row.detail['bytes'] : null;
  const own = row.witnesses.every((name) => name === 'vigil');
  // An absence tells both its ends in its words; they stand beside it already.
  const text = kind === 'absence' ? null : row.text;
  return html`<li class=${`capture-gap is-${row.kind}`}>
    <span class="gap-when"><${Exact} at=${from} />${to ? html`<span><span class="quiet">to</span> <${Exact} at=${to} /></span>` : kind === 'open' ? html`<span class="gap-open">until now</span>` : null}</span>
    <span class="gap-what"><span class="gap-head"><strong><${Words} text=${kind === 'open' ? 'Recording is paused' : title} most=${80} brief /></strong>
      ${to ? html`<span class="quiet">for ${duration(Math.round((millis(to) - millis(from)) / 1000) * 1000)}</span>` : null}${size === null ? null : html`<span class="quiet">${bytes(size)} not read</span>`}${own ? null : html`<${Witnesses} names=${row.witnesses} />`}</span>
      <span class="gap-text">${text ? html`<${Words} text=${capital(text)} most=${240} brief />` : reason?.why}${kind === 'unended' ? html`. Its end is not on record: a restart of Vigil ends a pause.` : null}</span>
      ${row.session_key ? html`<a class="gap-link" href=${href(`/sessions/${row.session_key}`, { event: row.seq })}>${row.title ? html`<${Words} text=${row.title} most=${80} brief />` : 'Show it in its session'}</a>` : null}</span></li>`;
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
