// The timeline: the outline of a session behind the virtual list, its filters, what comes in
// while one looks. Never loads the session itself.

import { html, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from '../../vendor/preact.js';
import { counted } from '../../lib/format.js';
import { setQuery } from '../../lib/router.js';
import { Chips, Toggle } from '../../parts/filters.js';
import { Icon } from '../../parts/icon.js';
import { List } from '../../parts/list.js';
import { createExcerpts } from './excerpts.js';
import { heightOf } from './heights.js';
import { GROUPS, KIND, RESULT, SEQ, isFiltering } from './outline.js';
import { TapeLine } from './row.js';

/** @typedef {import('./outline.js').TapeRow} TapeRow */
/** @typedef {import('./row.js').Tape} Tape */
/** @typedef {import('../../parts/list.js').ListHandle} ListHandle */

export const FILTERS = /** @type {const} */ (['show', 'findings', 'failures']);
const AHEAD = 140;
const BEHIND = 60;
/** So near the end one is at the end. */
const AT_END = 60;

/** @type {Record<string, string>} */
const WORDS = { prompts: 'Prompts', answers: 'Answers', thinking: 'Thinking', tools: 'Tools', calls: 'Model calls', notes: 'Notes' };

export function FilterBar() {
  return html`<div class="tape-filter" role="group" aria-label="What is shown">
    <${Chips} name="show" label="Kinds" values=${GROUPS} words=${(/** @type {string} */ group) => WORDS[group] ?? group} />
    <span class="chips"><${Toggle} name="findings">Findings<//><${Toggle} name="failures">Failed, denied<//></span>
  </div>`;
}

/** Excerpts for a session, and the rows that want them. @param {TapeRow[]} rows */
function useExcerpts(rows) {
  const excerpts = useMemo(createExcerpts, []);
  useEffect(() => excerpts.close, [excerpts]);
  const last = useRef({ first: 0, results: /** @type {Map<number, number>} */ (new Map()) });
  const onRange = useCallback((/** @type {number} */ first, /** @type {number} */ end) => {
    const down = first >= last.current.first;
    last.current.first = first;
    /** @type {number[]} */
    const seqs = [];
    /** @param {number} from @param {number} to */
    const add = (from, to) => {
      for (let i = Math.max(0, from); i <= Math.min(to, rows.length - 1); i += 1) {
        const one = rows[i];
        if (one?.type !== 'event' || one.row[KIND] === 'model_call') continue;
        const known = last.current.results.get(one.row[SEQ]);
        if (known === 0 && one.row[RESULT] > 0) excerpts.drop(one.row[SEQ]);
        if (known !== one.row[RESULT] && one.row[KIND] === 'tool_call') last.current.results.set(one.row[SEQ], one.row[RESULT]);
        seqs.push(one.row[SEQ]);
      }
    };
    add(first, end);
    add(end + 1, end + (down ? AHEAD : BEHIND));
    add(first - (down ? BEHIND : AHEAD), first - 1);
    if (last.current.results.size > 20_000) last.current.results.clear();
    excerpts.want(seqs);
  }, [rows, excerpts]);
  return { excerpts, onRange };
}

/** The width of what holds the rows, in steps, so that a moved edge does not lay out everything. @param {{ current: HTMLElement | null }} box */
function useWidth(box) {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const here = box.current;
    if (!here) return;
    const read = () => setWidth(Math.floor(here.clientWidth / 8) * 8);
    read();
    const watch = new ResizeObserver(read);
    watch.observe(here);
    return () => watch.disconnect();
  }, []);
  return width;
}

/**
 * @param {{ rows: TapeRow[], shape: string, tape: Omit<Tape, 'excerpts' | 'width'>, filter: import('./outline.js').Filter, chosen: number | null,
 *   active: string | number | null, onActive: (one: TapeRow) => void, onOpen: (one: TapeRow) => void, seen: (one: TapeRow) => void,
 *   handle: (list: ListHandle) => void, pane: boolean, inset: number }} props  `pane`: it scrolls by itself. `shape`:
 *   filter and open threads; what they bring is not new.
 */
export function Timeline({ rows, shape, tape, filter, chosen, active, onActive, onOpen, seen, handle, pane, inset }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const list = useRef(/** @type {ListHandle | null} */ (null));
  const width = useWidth(box);
  const { excerpts, onRange } = useExcerpts(rows);
  const { doc } = tape;
  const heights = useMemo(() => rows.map((one) => heightOf(one, doc, width)), [rows, width]);
  const rowHeight = useCallback((/** @type {number} */ i) => heights[i] ?? 0, [heights]);
  const keyOf = useCallback((/** @type {number} */ i) => rows[i]?.key ?? null, [rows]);
  const selected = useMemo(() => {
    const i = active === null ? -1 : rows.findIndex((one) => one.key === active);
    return i < 0 ? undefined : i;
  }, [rows, active]);

  const whole = useMemo(() => /** @type {Tape} */ ({ ...tape, excerpts, width }), [tape, excerpts, width]);
  // Rows read a signal (the URL), so equal properties mean that they are not drawn again.
  const render = (/** @type {number} */ i, /** @type {{ tabIndex: 0 | -1 }} */ { tabIndex }) => {
    const one = rows[i];
    return one ? html`<${TapeLine} one=${one} tape=${whole} tabIndex=${tabIndex} chosen=${one.type === 'event' && one.row[SEQ] === chosen} />` : null;
  };

  const news = useNews({ box, rows, shape, list, heights, seen, inset });
  return html`<div ref=${box} class="tape" ...${pane ? { 'data-scroller': true } : {}}>
    ${rows.length === 0 ? html`<${Nothing} filter=${filter} empty=${doc.outline.rows.length === 0} />`
    : width === 0 ? null : html`<${List} label="Timeline of the session" count=${rows.length} rowHeight=${rowHeight} keyOf=${keyOf} render=${render} onRange=${onRange}
      selected=${selected} onSelect=${(/** @type {number} */ i) => { const one = rows[i]; if (one) onActive(one); }}
      onOpen=${(/** @type {number} */ i) => { const one = rows[i]; if (!one || one.type === 'thread') return false; onOpen(one); return true; }}
      inset=${inset} handle=${(/** @type {ListHandle} */ got) => { list.current = got; handle(got); }} class="tape-list" />`}
    ${news.count > 0 ? html`<button type="button" class="button tape-news" onClick=${news.follow}>${counted(news.count, 'new event')} <${Icon} name="chevron" size=${12} /></button>` : null}
  </div>`;
}

/**
 * Tells which row is first on screen, follows the end while one is there, counts what comes in
 * while one is not.
 * @param {{ box: { current: HTMLElement | null }, rows: TapeRow[], shape: string, list: { current: ListHandle | null }, heights: number[],
 *   seen: (one: TapeRow) => void, inset: number }} props
 */
function useNews({ box, rows, shape, list, heights, seen, inset }) {
  const [count, setCount] = useState(0);
  const latest = useRef({ rows, heights, seen, atEnd: false, length: rows.length, shape, row: -1 });
  Object.assign(latest.current, { rows, heights, seen });

  useEffect(() => {
    const scroller = /** @type {HTMLElement | null} */ (box.current?.closest('[data-scroller]') ?? null);
    if (!scroller) return;
    let frame = 0;
    const look = () => {
      frame = 0;
      const here = latest.current;
      const tall = box.current?.querySelector('[data-list]');
      if (!tall) return;
      here.atEnd = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - AT_END && scroller.scrollHeight > scroller.clientHeight;
      if (here.atEnd) setCount(0);
      // The turn one reads is the one a little below the top edge.
      let y = scroller.getBoundingClientRect().top - tall.getBoundingClientRect().top + inset + 24;
      if (here.atEnd) y = Infinity;
      const found = rowAt(here.heights, y);
      if (found === here.row) return;
      here.row = found;
      const one = here.rows[found];
      if (one) here.seen(one);
    };
    const onScroll = () => {
      if (frame === 0) frame = requestAnimationFrame(look);
    };
    look();
    scroller.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      scroller.removeEventListener('scroll', onScroll);
    };
  }, [inset, rows.length === 0]);

  useEffect(() => {
    const here = latest.current;
    const more = here.shape === shape ? rows.length - here.length : 0;
    if (here.shape !== shape) setCount(0);
    here.length = rows.length;
    here.shape = shape;
    if (more <= 0) return;
    if (here.atEnd) list.current?.scrollTo(rows.length - 1);
    else setCount((n) => n + more);
  }, [rows, shape]);
  const follow = () => {
    setCount(0);
    list.current?.scrollTo(rows.length - 1, { focus: true });
  };
  return { count, follow };
}

/** @param {number[]} heights @param {number} y */
function rowAt(heights, y) {
  if (y === Infinity) return heights.length - 1;
  let sum = 0;
  for (let i = 0; i < heights.length; i += 1) {
    sum += heights[i] ?? 0;
    if (sum > y) return i;
  }
  return heights.length - 1;
}

/** @param {{ filter: import('./outline.js').Filter, empty: boolean }} props */
function Nothing({ filter, empty }) {
  if (!isFiltering(filter) || empty) {
    return html`<div class="empty"><p class="empty-title">Nothing is kept of this session.</p>
      <p class="empty-text">It was opened and nothing was said, or its events were deleted after the time you set.</p><a href="/">All sessions</a></div>`;
  }
  return html`<div class="empty"><p class="empty-title">Nothing in this session is like that.</p>
    <button type="button" class="button" onClick=${() => setQuery(Object.fromEntries(FILTERS.map((name) => [name, null])), { push: true })}>Show everything</button></div>`;
}
