// The installs: which agent asked for which package, when and with what outcome, what is thought of
// it and why; one of them in full beside the list or on a page of its own. Nothing is installed or
// looked up from here.

import { html, useCallback, useEffect, useRef, useState } from '../vendor/preact.js';
import { announce } from '../lib/announce.js';
import { get } from '../lib/api.js';
import { counted } from '../lib/format.js';
import { register } from '../lib/keyboard.js';
import { flat } from '../lib/masks.js';
import { packageName } from '../lib/packages.js';
import { query as apiQuery } from '../lib/query.js';
import { back, navigate, query, setQuery } from '../lib/router.js';
import { Command, Empty, Problem, Skeleton, SkeletonRow } from '../parts/empty.js';
import { Icon } from '../parts/icon.js';
import { List } from '../parts/list.js';
import { findAgain } from '../parts/list/layout.js';
import { Page } from '../parts/page.js';
import { usePages } from '../parts/pages.js';
import { useRange } from '../parts/range.js';
import { useMainHeight, useMedia } from '../parts/wide.js';
import { Detail, useInstall } from './installs/detail.js';
import { FILTERS, InstallFilters, filterOf, idOf, listPlace, placeOf } from './installs/filter.js';
import { COLUMNS, InstallLine, LINES } from './installs/row.js';

/** @typedef {import('../types/api.d.ts').InstallPage} InstallPage */
/** @typedef {import('../types/api.d.ts').InstallRow} InstallRow */

/** A held key passes many rows; browsers bear only so many changes of the address. */
const RESTS = 80;

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
      /** @type {InstallPage} */ (await get(apiQuery('installs', { ...filter, offset, limit }), abort)),
    rows: (page) => page.installs,
    total: (page) => page.total,
  }, { events: true, changed: true });
  const version = pages.version.value;
  const total = pages.count.value;
  const page = pages.latest.value;
  useEffect(() => {
    if (!loading && !stale) announce(counted(total, 'install'));
  }, [loading, stale, question]);

  const [split, alone] = [wide && id !== null, !wide && id !== null];
  const keyOf = useCallback((/** @type {number} */ i) => {
    const row = pages.row(i);
    return row ? idOf(row) : null;
  }, [pages, version]);
  /** Where the open one was last seen in the list. */
  const lastAt = useRef(0);
  const [onRow, setOnRow] = useState(id);
  useEffect(() => {
    if (id !== null) setOnRow(id);
  }, [id]);
  const at = (/** @type {string | null} */ of) => (of === null ? null : findAgain({ key: of, i: lastAt.current }, total, keyOf));
  const activeAt = at(alone ? id : onRow ?? id);
  if (activeAt !== null) lastAt.current = activeAt;
  const openAt = at(id);
  const found = useInstall(id, openAt === null ? null : pages.row(openAt));

  const list = useRef(/** @type {import('../parts/list.js').ListHandle | null} */ (null));
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const show = (/** @type {string} */ to, late = 0) => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => navigate(placeOf(to), { replace: id !== null || wide, quiet: wide }), late);
  };
  const onSelect = (/** @type {number} */ i) => {
    const to = keyOf(i);
    if (to === null) return;
    lastAt.current = i;
    setOnRow(to);
    if (split && to !== id) show(to, RESTS);
  };
  /** True when it was opened here; a link leads on otherwise. @param {number} i */
  const onOpen = (i) => {
    const to = keyOf(i);
    if (to === null || !wide) return false;
    setOnRow(to);
    if (to === id) /** @type {HTMLElement | null} */ (document.querySelector('[data-detail]'))?.focus();
    else show(to);
    return true;
  };
  const focusRow = () => {
    if (activeAt !== null) list.current?.scrollTo(activeAt, { focus: true });
  };
  const close = () => {
    if (!wide) return back(listPlace());
    clearTimeout(timer.current);
    navigate(listPlace(), { replace: true, quiet: true });
    focusRow();
  };
  const deeds = useRef(/** @type {{ escape: () => boolean, step: (by: number) => boolean }} */ ({ escape: () => false, step: () => false }));
  deeds.current = {
    escape: () => {
      if (split && document.activeElement?.closest('.findings-pane')) focusRow();
      else if (id !== null) close();
      else return false;
      return true;
    },
    step: (by) => {
      if (!alone) return false;
      const to = keyOf((openAt ?? lastAt.current) + by);
      if (to !== null) show(to);
      return true;
    },
  };
  useEffect(() => register([
    { keys: 'Escape', does: 'Back to the list', group: 'Installs', run: () => deeds.current.escape() },
    { keys: 'j', does: 'Next install', group: 'Installs', hidden: true, run: () => deeds.current.step(1) },
    { keys: 'k', does: 'Previous install', group: 'Installs', hidden: true, run: () => deeds.current.step(-1) },
  ]), []);
  // An address names a row that may be far down.
  const arrived = useRef(false);
  useEffect(() => {
    if (arrived.current || !split || openAt === null) return;
    arrived.current = true;
    list.current?.scrollTo(openAt);
  }, [split, openAt]);

  const columns = roomy && !split;
  const open = useRef(onOpen);
  open.current = onOpen;
  const render = useCallback((/** @type {number} */ i, /** @type {{ tabIndex: 0 | -1 }} */ { tabIndex }) => {
    const row = pages.row(i);
    if (!row) return html`<${SkeletonRow} i=${i} height=${columns ? COLUMNS : LINES} />`;
    return html`<${InstallLine} row=${row} tabIndex=${tabIndex} columns=${columns} current=${split && idOf(row) === id} onOpen=${(/** @type {MouseEvent} */ event) => {
      const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey && event.button === 0;
      if (plain && open.current(i)) event.preventDefault();
    }} />`;
  }, [pages, version, columns, split, id]);

  const detail = id === null ? null : html`<${Detail} key=${id} found=${found} head=${split
    ? html`<button type="button" class="button is-icon" aria-label="Close the detail" title="Close (Esc)" onClick=${close}><${Icon} name="close" /></button>` : null} />`;
  if (alone) {
    return html`<${Page} title=${found.row ? flat(packageName(found.row.package), 60) : 'Install'} class="finding-page"
      heading=${html`<a class="finding-back" href=${listPlace()}><${Icon} name="left" /> Installs</a>`}>${detail}<//>`;
  }
  return html`<${Page} title="Installs" wide class=${`findings installs${split ? ' is-split' : ''}`}>
    <div class="findings-body"><div class="findings-side">
      ${total === 0 && !loading && !FILTERS.some((name) => query.value.has(name)) ? null : html`<${InstallFilters} page=${page} total=${loading ? null : total} of=${query.value.has('session') ? pages.row(0)?.title ?? null : null} />`}
      ${total > 0 && !loading && columns ? html`<div class="sticky install-head" aria-hidden="true"><span>Verdict</span><span>Package</span><span>Command</span><span class="n">When</span></div>` : null}
      ${error ? html`<${Problem} error=${error} retry=${retry} slim=${total > 0} />` : null}
      ${loading ? html`<${Skeleton} height=${columns ? COLUMNS : LINES} />`
        : total > 0 ? html`<${List} key=${key} class=${`install-list${stale ? ' is-stale' : ''}`} label="Installs, newest first" count=${total} rowHeight=${columns ? COLUMNS : LINES}
            selected=${activeAt ?? undefined} keyOf=${keyOf} render=${render} onRange=${pages.want} onSelect=${onSelect} onOpen=${onOpen} inset=${columns ? 29 : 0}
            handle=${(/** @type {import('../parts/list.js').ListHandle} */ handle) => { list.current = handle; }} />`
          : error ? null : html`<${Nothing} />`}
    </div>
    ${split ? html`<aside class="findings-pane" aria-label="The install in full" data-scroller tabindex="-1" style=${{ height: `${height}px` }}>${detail}</aside>` : null}</div>
  <//>`;
}

function Nothing() {
  if (FILTERS.some((name) => query.value.has(name))) {
    return html`<${Empty} title="No install matches."><button type="button" class="button" onClick=${() => setQuery(Object.fromEntries(FILTERS.map((name) => [name, null])), { push: true })}>Clear filters</button><//>`;
  }
  return html`<${Empty} title="No agent has installed anything that Vigil saw."><p>Vigil reads the commands of agents’ tool calls: npm, pip, cargo and many others. Each package that one asks for stands here, with what is known of it.</p>
    <p>To have commands judged before they run, where the client asks:</p><${Command} text="vigil guard on all" />
    <p>To have one judged now, without running it:</p><${Command} text="vigil check-install -- pip install requests" /><//>`;
}
