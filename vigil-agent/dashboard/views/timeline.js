// Everything that happened, from every source, in one feed, newest first, with a strip above it
// that shows how much happened when. Never follows what is new: the live view does.

import { html, useCallback, useEffect, useMemo, useRef, useState } from '../vendor/preact.js';
import { get } from '../lib/api.js';
import { clientName } from '../lib/clients.js';
import { counted, folderName } from '../lib/format.js';
import { register } from '../lib/keyboard.js';
import { query as apiQuery } from '../lib/query.js';
import { query, setQuery } from '../lib/router.js';
import { facets, wantFacets } from '../lib/status.js';
import { subscribe } from '../lib/stream.js';
import { momentWords, rfc3339, validTime } from '../lib/time.js';
import { Empty, Problem, Skeleton, SkeletonRow } from '../parts/empty.js';
import { dayWords } from '../parts/feedrow/days.js';
import { EventDialog } from '../parts/feedrow/event.js';
import { KindPicker, chosenOf, kindsOf } from '../parts/feedrow/kinds.js';
import { FAILED, WITNESSES, sieve } from '../parts/feedrow/sieve.js';
import { HEIGHTS, feedLine } from '../parts/feedrow.js';
import { FilterBar } from '../parts/filterbar.js';
import { Choice, Toggle } from '../parts/filters.js';
import { Icon } from '../parts/icon.js';
import { List } from '../parts/list.js';
import { useNarrow } from '../parts/narrow.js';
import { Page } from '../parts/page.js';
import { RangePicker, setRange, useRange } from '../parts/range.js';
import { useTop } from '../parts/top.js';
import { useDensity } from './timeline/density.js';
import { Jump } from './timeline/jump.js';
import { createFeedPages } from './timeline/pages.js';
import { Strip } from './timeline/strip.js';

/** @typedef {import('../types/api.d.ts').Feed} Feed */

const FILTERS = /** @type {const} */ (['kinds', 'client', 'project', 'witness', 'failed', 'range', 'from', 'to', 'at']);
const PAGE = 200;
const OVERSCAN = 12;
const DAY_HEIGHT = 44;

/** The source of a question, made anew with another question or when it is asked again. @param {string} question @param {number} asked */
function useFeed(question, asked) {
  const pages = useMemo(() => createFeedPages(async (before, abort) =>
    /** @type {Feed} */ (await get(`${question}${before === null ? '' : `&before=${before}`}`, abort))), [question, asked]);
  const shown = useRef(pages);
  if (!pages.loading.value) shown.current = pages;
  useEffect(() => {
    pages.want(0, 0);
    return pages.close;
  }, [pages]);
  return { pages: shown.current.loading.value ? pages : shown.current, current: pages };
}

/**
 * How many events came since the feed was asked for, of those that it would show.
 * @param {(row: import('../types/api.d.ts').FeedRow) => boolean} passes
 * @param {unknown} since  Begins anew when this changes.
 */
function useNew(passes, since) {
  const [n, setN] = useState(0);
  useEffect(() => {
    setN(0);
    return subscribe({
      events: (rows) => {
        const more = rows.filter(passes).length;
        if (more > 0) setN((old) => old + more);
      },
      skipped: (more) => setN((old) => old + more),
    });
  }, [passes, since]);
  return n;
}

export function View() {
  const params = query.value;
  const [client, project, witness, said, at] = ['client', 'project', 'witness', 'kinds', 'at'].map((name) => params.get(name));
  const failed = params.has('failed');
  const range = useRange('all');
  const narrow = useNarrow();
  const [asked, setAsked] = useState(0);
  const jumped = validTime(at) ?? null;
  const to = jumped && (!range.to || jumped < range.to) ? jumped : range.to;
  const question = apiQuery('timeline', { kinds: chosenOf(said ?? null).join(','), client, project, witness, outcomes: failed ? [...FAILED].join(',') : '', from: range.from, to, limit: PAGE });
  const { pages, current } = useFeed(question, asked);
  const kinds = useMemo(() => kindsOf(said ?? null), [said]);
  const passes = useMemo(() => sieve({ kinds, client: client ?? null, project: project ?? null, witness: witness ?? null, failed, folds: !said }), [kinds, client, project, witness, failed]);
  const fresh = useNew(passes, current);
  useTop(pages);
  const density = useDensity(range);
  const bar = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [seen, setSeen] = useState(/** @type {number | null} */ (null));
  useEffect(() => {
    wantFacets();
  }, []);

  const version = pages.version.value;
  const { items } = pages;
  const length = items.length + (pages.hasMore() && items.length > 0 ? 1 : 0);
  const rowHeight = narrow ? HEIGHTS.narrow : HEIGHTS.wide;
  const height = useMemo(() => (/** @type {number} */ i) => (items[i]?.day ? DAY_HEIGHT : rowHeight), [pages, version, rowHeight]);
  const keyOf = useCallback((/** @type {number} */ i) => items[i]?.key ?? null, [pages, version]);
  const onRange = useCallback((/** @type {number} */ a, /** @type {number} */ b) => {
    pages.want(a, b);
    const top = items[a === 0 ? 0 : a + OVERSCAN];
    setSeen(top ? Date.parse(top.day ?? top.at) : null);
  }, [pages, version]);
  const render = useCallback((/** @type {number} */ i, /** @type {{ tabIndex: 0 | -1 }} */ { tabIndex }) => {
    const item = items[i];
    if (!item) return html`<${Further} to=${pages.lookedTo.peek()} height=${rowHeight} />`;
    if (item.day !== null) return html`<h2 class="feed-day">${dayWords(item.day)}</h2>`;
    const row = pages.row(item);
    if (!row) return html`<${SkeletonRow} i=${i} height=${rowHeight} />`;
    const above = pages.row(items[i - 1]);
    return feedLine({ row, tabIndex, same: !!above && above.session_key === row.session_key });
  }, [pages, version, rowHeight, pages.lookedTo.value]);

  const again = () => {
    setQuery({ at: null });
    setAsked((n) => n + 1);
    const scroller = bar.current?.closest('[data-scroller]');
    if (scroller) scroller.scrollTop = 0;
  };
  /** @param {number} seconds */
  const jump = (seconds) => setQuery({ at: rfc3339(seconds * 1000) }, { push: true });
  const error = current.error.value;
  const loading = pages.loading.value;
  const zoomed = range.preset !== 'all';
  const unzoom = () => setQuery({ range: null, from: null, to: null, at: null }, { push: true });
  const stale = pages !== current;
  const zoomOut = useRef(unzoom);
  zoomOut.current = unzoom;
  useEffect(() => register([
    { keys: 'd', does: 'Go along the strip of time: arrows move, with Shift they select, Enter', group: 'This view', run: () => {
      /** @type {HTMLElement | null | undefined} */ (bar.current?.querySelector('.strip-box'))?.focus();
    } },
    { keys: 'z', does: 'Zoom out', group: 'This view', run: () => zoomOut.current() },
  ]), []);
  return html`<${Page} title="Timeline" wide class="timeline">
    <div class="sticky" ref=${bar}><${FilterBar} names=${FILTERS} side=${html`${zoomed ? html`<button type="button" class="button is-quiet" onClick=${unzoom}><${Icon} name="left" size=${12} /> Zoom out</button>` : null}
      ${fresh > 0 && !to ? html`<button type="button" class="pill" onClick=${again}><${Icon} name="up" size=${14} /> ${counted(fresh, 'new event')}</button>` : null}`}>
      <${KindPicker} />
      <${Choice} name="client" label="Client" all="All clients" counts=${facets.value?.clients} words=${clientName} />
      <${Choice} name="project" label="Project" all="All projects" counts=${facets.value?.projects} words=${folderName} />
      <${Choice} name="witness" label="Witness" all="All witnesses" counts=${WITNESSES} />
      <${Toggle} name="failed">Failed or denied<//>
      <${RangePicker} />
      <${Jump} at=${jumped} />
    <//>
    ${density && density.rows.length > 0 ? html`<${Strip} density=${density} kinds=${kinds} said=${said} seen=${items.length > 0 ? seen : null} narrow=${narrow} partly=${!!client || !!project || !!witness || failed}
      zoom=${(/** @type {number} */ a, /** @type {number} */ b) => { setQuery({ at: null }); setRange(rfc3339(a * 1000), rfc3339(b * 1000)); }}
      jump=${jump} reset=${zoomed ? unzoom : undefined} />` : null}
    ${jumped ? html`<p class="timeline-jumped quiet">What happened before ${momentWords(Date.parse(jumped))}. <button type="button" class="link-button" onClick=${() => setQuery({ at: null }, { push: true })}>Back to the newest</button></p>` : null}</div>
    ${error ? html`<${Problem} error=${error} retry=${current.retry} slim=${items.length > 0} />` : null}
    ${loading ? html`<${Skeleton} height=${rowHeight} rows=${14} />` : length > 0 ? html`<${List} key=${`${question} ${asked}`} class=${`feed${stale ? ' is-stale' : ''}`} label="Events, newest first" count=${length}
        rowHeight=${height} keyOf=${keyOf} render=${render} onRange=${onRange} overscan=${OVERSCAN} inset=${narrow ? 0 : bar.current?.offsetHeight ?? 0} />
        ${pages.hasMore() ? null : html`<p class="feed-end quiet">${items.length > 0 && !range.from ? 'The record begins here.' : 'The time chosen begins here.'}</p>`}`
      : error ? null : html`<${Nothing} filtered=${FILTERS.some((name) => params.has(name))} />`}
    <${EventDialog} />
  <//>`;
}

/** The last row while there is more: how far back was looked. @param {{ to: number | null, height: number }} props */
function Further({ to, height }) {
  if (to === null) return html`<${SkeletonRow} height=${height} />`;
  return html`<p class="feed-further quiet">Looking further back: ${dayWords(to / 1000)}</p>`;
}

/** @param {{ filtered: boolean }} props */
function Nothing({ filtered }) {
  if (filtered) {
    return html`<${Empty} title="Nothing of this kind in this time.">
      <button type="button" class="button" onClick=${() => setQuery(Object.fromEntries(FILTERS.map((name) => [name, null])), { push: true })}>Show everything</button><//>`;
  }
  if (Object.keys(facets.value?.clients ?? {}).length > 0) {
    return html`<${Empty} title="No event is kept any more."><p>Events are deleted when they are older than the retention that is set. Sessions and their totals stay, and findings too.</p>
      <a href="/">All sessions</a><//>`;
  }
  return html`<${Empty} title="Nothing has been recorded yet." command="vigil status">
    <p>Every prompt, answer, tool call, connection and gap appears here, in the order of time. This command tells what Vigil can see on this machine and what would improve it:</p><//>`;
}
