// Everything as it happens, newest on top. Stands still while one reads; never keeps more than a
// couple of thousand rows: the timeline has them all.

import { html, useCallback, useEffect, useMemo, useRef, useState } from '../vendor/preact.js';
import { announce } from '../lib/announce.js';
import { get, isAbort } from '../lib/api.js';
import { clientName } from '../lib/clients.js';
import { counted, folderName } from '../lib/format.js';
import { register } from '../lib/keyboard.js';
import { query as apiQuery } from '../lib/query.js';
import { href, query, setQuery } from '../lib/router.js';
import { facets, wantFacets } from '../lib/status.js';
import { connection, subscribe } from '../lib/stream.js';
import { Empty, Problem, Skeleton } from '../parts/empty.js';
import { EventDialog } from '../parts/feedrow/event.js';
import { KindPicker, chosenOf, kindsOf } from '../parts/feedrow/kinds.js';
import { folded } from '../parts/feedrow/fold.js';
import { WITNESSES, sieve } from '../parts/feedrow/sieve.js';
import { HEIGHTS, feedLine } from '../parts/feedrow.js';
import { FilterBar } from '../parts/filterbar.js';
import { Choice, SearchBox } from '../parts/filters.js';
import { Icon } from '../parts/icon.js';
import { List } from '../parts/list.js';
import { useNarrow } from '../parts/narrow.js';
import { Page } from '../parts/page.js';
import { useTop } from '../parts/top.js';
import { MOST, createFeed } from './live/feed.js';
import { useStillness } from './live/following.js';
import { State } from './live/state.js';

/** @typedef {import('../types/api.d.ts').Feed} Feed */
/** @typedef {import('./live/feed.js').Entry} Entry */

const FILTERS = /** @type {const} */ (['q', 'kinds', 'client', 'project', 'witness']);
/** Rows from before the view was opened. */
const BEFORE = 50;
/** Screen readers hear of what is new at most so often. */
const SAY_EVERY = 15_000;

/**
 * The last events before the view was opened, of the filter that the server knows; asked for once
 * the stream stands, so that nothing falls in between.
 * @param {{ kinds: string, client: string | null, project: string | null, witness: string | null }} filter
 */
function useBefore({ kinds, client, project, witness }) {
  const [rows, setRows] = useState(/** @type {Entry[] | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [asked, setAsked] = useState(0);
  const state = connection.value;
  const waiting = state === 'connecting' && asked === 0;
  const question = apiQuery('timeline', { kinds, client, project, witness, limit: BEFORE });
  useEffect(() => {
    if (waiting) return;
    const abort = new AbortController();
    get(question, abort.signal).then((/** @type {Feed} */ feed) => {
      setRows(feed.events.map((row) => ({ seq: row.seq, row })));
      setError(null);
    }, (/** @type {Error} */ problem) => {
      if (!isAbort(problem)) setError(problem);
    });
    return () => abort.abort();
  }, [question, waiting, asked]);
  return { rows, error, retry: () => setAsked((n) => n + 1) };
}

export function View() {
  const params = query.value;
  const [client, project, witness, q, said] = ['client', 'project', 'witness', 'q', 'kinds'].map((name) => params.get(name));
  const narrow = useNarrow();
  const feed = useMemo(createFeed, []);
  const before = useBefore({ kinds: chosenOf(said ?? null).join(','), client: client ?? null, project: project ?? null, witness: witness ?? null });
  const again = useRef(before.retry);
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const { away, focused } = useStillness(box);
  const [paused, setPaused] = useState(false);
  const still = paused || away || focused;

  useEffect(() => {
    wantFacets();
    const stop = subscribe({ events: feed.came, skipped: feed.passed, renewed: () => {
      feed.clear();
      again.current();
    } });
    return () => {
      stop();
      feed.close();
    };
  }, []);
  useEffect(() => feed.hold(still), [still]);
  useEffect(() => register([
    { keys: 'Space', does: 'Pause the list, go on', group: 'This view', run: (event) => {
      if (event.target instanceof Element && event.target.closest('button, summary, [role=button]')) return false;
      setPaused((on) => !on);
    } },
    { keys: 'Escape', does: 'Leave the list, follow again', group: 'This view', run: () => leave(box.current) },
  ]), []);

  useTop([said, client, project, witness, q].join(' '));
  const version = feed.version.value;
  const passes = useMemo(() => {
    const lets = sieve({ kinds: kindsOf(said ?? null), client: client ?? null, project: project ?? null, witness: witness ?? null, q: q ?? null, folds: !said });
    return (/** @type {Entry} */ { row }) => !row || lets(row);
  }, [said, client, project, witness, q]);
  const shown = useMemo(() => {
    const came = feed.entries();
    const known = new Set([...came, ...feed.waiting()].map((entry) => entry.seq));
    const older = feed.dropped() ? [] : (before.rows ?? []).filter((entry) => !known.has(entry.seq));
    const all = [...came, ...older].filter(passes);
    return said ? all : folded(all);
  }, [version, before.rows, passes, said]);
  const waiting = useMemo(() => feed.waiting().filter(passes).reduce((sum, entry) => sum + (entry.skipped ?? 1), 0), [version, passes]);
  useSaying(still, version, feed.entries()[0]?.seq ?? 0, shown);

  const show = () => {
    setPaused(false);
    const scroller = box.current?.closest('[data-scroller]');
    leave(box.current);
    if (scroller) scroller.scrollTop = 0;
  };
  const keyOf = useCallback((/** @type {number} */ i) => {
    const entry = shown[i];
    return entry ? (entry.row ? entry.seq : `${entry.seq} passed`) : null;
  }, [shown]);
  const render = useCallback((/** @type {number} */ i, /** @type {{ tabIndex: 0 | -1 }} */ { tabIndex }) => {
    const entry = shown[i];
    if (!entry) return null;
    if (!entry.row) return html`<${Passed} n=${entry.skipped} tabIndex=${tabIndex} />`;
    const above = shown[i - 1]?.row;
    return feedLine({
      row: entry.row, tabIndex, dated: true, fresh: feed.isFresh(entry), same: !!above && above.session_key === entry.row.session_key,
    });
  }, [shown]);

  const loading = before.rows === null && !before.error && shown.length === 0;
  const oldest = shown.at(-1)?.row;
  return html`<${Page} title="Live" wide class="live" side=${html`<${State} still=${still} paused=${paused} flip=${() => setPaused(!paused)} />`}>
    <div class="sticky"><${FilterBar} names=${FILTERS} search=${html`<${SearchBox} label="Filter what is shown" />`}>
      <${KindPicker} />
      <${Choice} name="client" label="Client" all="All clients" counts=${facets.value?.clients} words=${clientName} />
      <${Choice} name="project" label="Project" all="All projects" counts=${facets.value?.projects} words=${folderName} />
      <${Choice} name="witness" label="Witness" all="All witnesses" counts=${WITNESSES} />
    <//>
    ${waiting > 0 ? html`<div class="pill-place"><button type="button" class="pill" onClick=${show}><${Icon} name="up" size=${14} /> ${counted(waiting, 'new event')}</button></div>` : null}</div>
    ${before.error ? html`<${Problem} error=${before.error} retry=${before.retry} slim=${shown.length > 0} />` : null}
    <div ref=${box}>
    ${loading ? html`<${Skeleton} height=${narrow ? HEIGHTS.narrow : HEIGHTS.wide} />` : shown.length > 0 ? html`<${List} class="feed" label="Events, newest first" count=${shown.length}
        rowHeight=${narrow ? HEIGHTS.narrow : HEIGHTS.wide} keyOf=${keyOf} render=${render} inset=${narrow ? 0 : 48} />` : null}
    </div>
    ${loading || before.error ? null : shown.length === 0 ? html`<${Nothing} filtered=${FILTERS.some((name) => params.has(name))} />`
      : html`<p class="feed-end quiet">${feed.dropped() ? `Only the latest ${MOST.toLocaleString()} are kept here. ` : ''}<a href=${href('/timeline', {
        kinds: said ?? null, client: client ?? null, project: project ?? null, witness: witness ?? null, at: oldest?.at })}>Earlier events are in the timeline</a></p>`}
    <${EventDialog} />
  <//>`;
}

/** Takes the focus out of the list; false when it is not there. @param {HTMLElement | null} box */
function leave(box) {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLElement) || !box?.contains(focused)) return false;
  focused.blur();
  return true;
}

/**
 * Tells screen readers now and then how much came; a stream of rows would say nothing else.
 * @param {boolean} still
 * @param {number} version
 * @param {number} newest
 * @param {Entry[]} shown
 */
function useSaying(still, version, newest, shown) {
  const said = useRef({ seq: 0, at: 0 });
  useEffect(() => {
    if (still || newest <= said.current.seq || performance.now() - said.current.at < SAY_EVERY) return;
    const n = shown.findIndex((entry) => entry.seq <= said.current.seq);
    if (said.current.seq > 0 && n !== 0) announce(counted(n < 0 ? shown.length : n, 'new event'));
    said.current = { seq: newest, at: performance.now() };
  }, [version, still]);
}

/** @param {{ n: number, tabIndex: 0 | -1 }} props */
function Passed({ n, tabIndex }) {
  return html`<a class="feed-row is-passed" href="/timeline" tabindex=${tabIndex} data-row>${counted(n, 'event')} passed by: see the timeline</a>`;
}

/** @param {{ filtered: boolean }} props */
function Nothing({ filtered }) {
  if (filtered) {
    return html`<${Empty} title="Nothing like this so far.">
      <p>What passes the filter appears here as it happens.</p>
      <button type="button" class="button" onClick=${() => setQuery(Object.fromEntries(FILTERS.map((name) => [name, null])), { push: true })}>Show everything</button><//>`;
  }
  return html`<${Empty} title="Nothing has happened yet." command="vigil status">
    <p>Start an agent such as Claude Code and ask it something: prompts, answers and tool calls appear here as they happen. If nothing comes, this command tells what Vigil can see and what would improve it:</p><//>`;
}
