// THE virtual list: shows a window of any number of rows with a real scrollbar, and moves through
// them by keyboard. It scrolls with the nearest `data-scroller` around it; never fetches anything.

import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from '../vendor/preact.js';
import { target, useEnter } from './list/keys.js';
import { findAgain, layoutOf } from './list/layout.js';

/** @typedef {import('../vendor/preact.js').ComponentChildren} Children */
/** @typedef {{ scrollTo: (i: number, options?: { focus?: boolean, align?: 'nearest' | 'start' | 'center' }) => void }} ListHandle */
/**
 * `render` gets the row's place in the keyboard's order: put `tabIndex` on the row's link (the
 * first `[data-row]` or `a[href]` of a row gets the focus).
 * @typedef {object} ListProps
 * @property {number} count
 * @property {number | ((i: number) => number)} rowHeight  Pixels. Memoise a function: another one
 *   means that heights changed.
 * @property {(i: number, place: { selected: boolean, tabIndex: 0 | -1 }) => Children} render
 * @property {string} label  What the list is of, for screen readers.
 * @property {number} [overscan]  Rows beyond the window on both sides; 12 unless told.
 * @property {number} [selected]  The row that is shown as chosen; the list minds its own otherwise.
 * @property {(i: number) => void} [onSelect]  The keyboard or the focus moved to a row.
 * @property {(i: number) => void | boolean} [onOpen]  Enter; false, or absent, follows the link.
 * @property {(first: number, last: number) => void} [onRange]  Rows that are looked at.
 * @property {(i: number) => string | number | null} [keyOf]  The row's identity, null for a
 *   placeholder: what is read stays in place when rows are put before it. Memoise: another one
 *   means that rows changed.
 * @property {boolean} [measure]  Rows take the height they need; `rowHeight` is then the guess.
 * @property {number} [inset]  Pixels at the top that a sticky bar covers.
 * @property {(list: ListHandle) => void} [handle]  Called once with what moves the list.
 * @property {string} [class]
 */

/** @param {ListProps} props */
export function List(props) {
  const { count, rowHeight, overscan = 12, selected, onRange, keyOf, measure = false, inset = 0 } = props;
  const root = useRef(/** @type {HTMLDivElement | null} */ (null));
  const scroller = useRef(/** @type {HTMLElement | null} */ (null));
  const heights = useRef(/** @type {Map<string | number, number>} */ (new Map()));
  /** What was first on screen after the last render. */
  const anchor = useRef(/** @type {{ key: string | number, i: number, below: number, top: number } | null} */ (null));
  const focusNext = useRef(/** @type {number | null} */ (null));
  const [measures, setMeasures] = useState(0);
  const [view, setView] = useState({ top: 0, height: 800 });
  const [own, setOwn] = useState(0);
  const active = Math.max(0, Math.min(selected ?? own, count - 1));

  const layout = useMemo(() => {
    if (!measure) return layoutOf(count, rowHeight);
    return layoutOf(count, (i) =>
      heights.current.get(keyOf?.(i) ?? i) ?? (typeof rowHeight === 'number' ? rowHeight : rowHeight(i)));
  }, [count, rowHeight, measure, measures]);

  const start = layout.virtual(view.top, view.height);
  const a = Math.max(0, layout.at(start) - overscan);
  const b = Math.min(count - 1, layout.at(start + view.height) + overscan);

  /** Where the list begins within what scrolls. */
  const begin = () => {
    if (!root.current || !scroller.current) return 0;
    const box = scroller.current;
    return root.current.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
  };

  const look = () => {
    const box = scroller.current;
    if (!box) return;
    const top = Math.max(0, box.scrollTop - begin());
    const height = box.clientHeight;
    setView((old) => (old.top === top && old.height === height ? old : { top, height }));
  };

  useLayoutEffect(() => {
    const box = /** @type {HTMLElement | null} */ (root.current?.closest('[data-scroller]'));
    if (!box) return;
    scroller.current = box;
    look();
    box.addEventListener('scroll', look, { passive: true });
    const watch = new ResizeObserver(look);
    watch.observe(box);
    return () => {
      box.removeEventListener('scroll', look);
      watch.disconnect();
    };
  }, []);

  useEffect(() => {
    if (count > 0) onRange?.(a, b);
  }, [a, b, count, onRange]);

  // What is read stays where it is when rows were put before it, or grew above it. At the very
  // top the new rows are what one wants to see.
  useLayoutEffect(() => {
    const box = scroller.current;
    const held = anchor.current;
    if (!box || !keyOf || !held || layout.scaled || held.top <= 1) return;
    const i = findAgain(held, count, keyOf);
    if (i === null) return;
    const drift = layout.offset(i) + held.below + (view.top - held.top) - start;
    if (Math.abs(drift) < 1) return;
    box.scrollTop += drift;
    look();
  }, [layout, keyOf]);
  useLayoutEffect(() => {
    const i = layout.at(start);
    const key = count > 0 ? keyOf?.(i) ?? null : null;
    anchor.current = key === null ? null : { key, i, below: start - layout.offset(i), top: view.top };
  });

  const focusRow = () => {
    if (focusNext.current === null) return;
    const row = root.current?.querySelector(`[data-i="${focusNext.current}"]`);
    const link = /** @type {HTMLElement | null} */ (row?.querySelector('[data-row], a[href]') ?? null);
    if (!link) return;
    focusNext.current = null;
    link.focus({ preventScroll: true });
  };

  useLayoutEffect(() => {
    focusRow();
    // The focus stays on its row when rows move; the active row follows it.
    const focused = document.activeElement?.closest('[data-i]');
    if (focused?.parentElement === root.current) setOwn(Number(/** @type {HTMLElement} */ (focused).dataset.i));
  });

  const readHeights = () => {
    let changed = false;
    for (const row of /** @type {NodeListOf<HTMLElement>} */ (root.current?.querySelectorAll(':scope > [data-i]'))) {
      const i = Number(row.dataset.i);
      const key = keyOf?.(i) ?? i;
      if (row.offsetHeight === 0 || heights.current.get(key) === row.offsetHeight) continue;
      heights.current.set(key, row.offsetHeight);
      changed = true;
    }
    if (changed) setMeasures((n) => n + 1);
  };
  useLayoutEffect(() => {
    if (measure) readHeights();
  });
  useEffect(() => {
    if (!measure || !root.current) return;
    // Rows also grow without a render of the list: "show more", a narrower window.
    const watch = new ResizeObserver(readHeights);
    for (const row of root.current.querySelectorAll(':scope > [data-i]')) watch.observe(row);
    return () => watch.disconnect();
  }, [measure, a, b, layout]);

  /** @type {ListHandle['scrollTo']} */
  const scrollTo = (i, { focus = false, align = 'nearest' } = {}) => {
    const box = scroller.current;
    if (!box || count === 0) return;
    const room = box.clientHeight;
    const from = layout.offset(i);
    const to = layout.offset(i + 1);
    const scrolled = box.scrollTop - begin();
    const top = scrolled < 0 ? scrolled : layout.virtual(scrolled, room);
    const above = from < top + inset;
    if (align !== 'nearest' || above || to > top + room) {
      const lead = align === 'center' ? Math.max(inset, (room - (to - from)) / 2)
        : align === 'start' || above ? inset
          : room - (to - from);
      const goal = from - lead;
      box.scrollTop = begin() + (goal < 0 ? goal : layout.scroll(goal, room));
      look();
    }
    if (focus) {
      setOwn(i);
      focusNext.current = i;
      focusRow();
    }
  };
  const latest = useRef(scrollTo);
  latest.current = scrollTo;
  useEffect(() => props.handle?.({ scrollTo: (...args) => latest.current(...args) }), []);

  /** @param {number} i */
  const go = (i) => {
    scrollTo(i, { focus: true });
    props.onSelect?.(i);
  };
  useEnter(root, () => {
    const first = layout.at(start + inset);
    const seen = layout.offset(active) >= start && layout.offset(active) < start + view.height;
    if (count > 0) go(seen ? active : first);
  });

  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.key === 'Enter' && props.onOpen && !event.ctrlKey && !event.metaKey) {
      if (props.onOpen(active) !== false) event.preventDefault();
      return;
    }
    const each = Math.max(1, layout.offset(active + 1) - layout.offset(active));
    const to = target(event, active, count, Math.max(1, Math.floor((view.height - inset) / each) - 1));
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation();
    go(to);
  };

  /** @param {Event} event */
  const onFocusIn = (event) => {
    const row = event.target instanceof Element ? event.target.closest('[data-i]') : null;
    const i = row ? Number(/** @type {HTMLElement} */ (row).dataset.i) : active;
    if (i === active) return;
    setOwn(i);
    props.onSelect?.(i);
  };

  /** @type {number[]} */
  const shown = [];
  // The active row stays in the page when it is scrolled away: else its focus is lost.
  if (count > 0 && active < a) shown.push(active);
  for (let i = a; i <= b; i += 1) shown.push(i);
  if (count > 0 && active > b) shown.push(active);

  // Rows of a scaled list have no place of their own: they stand relative to what is scrolled.
  const shift = layout.scaled ? view.top - start : 0;
  return html`<div ref=${root} data-list class=${`list ${props.class ?? ''}`} role="list" aria-label=${props.label}
    style=${{ height: `${layout.height}px` }} onKeyDown=${onKeyDown} onFocusIn=${onFocusIn}>
    ${shown.map((i) => html`<div key=${keyOf?.(i) ?? `at ${i}`} data-i=${i} role="listitem"
      class=${`list-row${i === active ? ' is-active' : ''}`} aria-setsize=${count} aria-posinset=${i + 1}
      style=${{
        transform: `translateY(${layout.offset(i) + shift}px)`,
        height: measure ? 'auto' : `${layout.offset(i + 1) - layout.offset(i)}px`,
      }}>${props.render(i, { selected: selected === i, tabIndex: i === active ? 0 : -1 })}</div>`)}
  </div>`;
}
