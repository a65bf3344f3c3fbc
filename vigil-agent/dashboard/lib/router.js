// Where the page is: path and query as signals, links without reloads, filters in the URL.
// Never renders anything; app.js maps paths to views.

import { batch, computed, signal } from '../vendor/preact.js';

/** The path, such as `/sessions/0f3a…`. */
export const path = signal(location.pathname);

/** The text after `?`, kept apart so that an equal query is an equal signal. */
const search = signal(location.search);

/** The query. Read it; change it with [`setQuery`]. */
export const query = computed(() => new URLSearchParams(search.value));

/** Grows with every navigation to another path but quiet ones; app.js moves the focus then. */
export const visits = signal(0);

/** How far the main scroller was scrolled, and which link had the focus, by history entry. @type {Map<string, Left>} */
const left = new Map();
const MOST_LEFT = 50;
/** @typedef {{ top: number, link: string | null }} Left */

/** @returns {string} */
function entry() {
  const state = /** @type {{ entry?: string } | null} */ (history.state);
  return state?.entry ?? 'first';
}

/** @returns {{ entry: string }} */
function newEntry() {
  return { entry: `${Date.now()}-${Math.random().toString(36).slice(2, 8)}` };
}

/** Where this history entry was left: how far scrolled, on which link. @returns {Left} */
export function leftAt() {
  return left.get(entry()) ?? { top: 0, link: null };
}

/** @param {Partial<Left>} where */
function leave(where) {
  const all = { ...leftAt(), ...where };
  left.delete(entry());
  left.set(entry(), all);
  const oldest = left.keys().next().value;
  if (left.size > MOST_LEFT && oldest !== undefined) left.delete(oldest);
}

/** @param {number} top  Called by the shell as the main scroller moves. */
export function saveScroll(top) {
  leave({ top });
}

function sync(quiet = false) {
  const moved = !quiet && path.value !== location.pathname;
  batch(() => {
    path.value = location.pathname;
    search.value = location.search;
    if (moved) visits.value += 1;
  });
}

/**
 * Goes to a place within the page.
 * @param {string} to  A path with or without a query.
 * @param {{ replace?: boolean, quiet?: boolean }} [options]  `quiet`: the view goes on, the focus
 *   and what is scrolled stay (another row of a steady view).
 */
export function navigate(to, { replace = false, quiet = false } = {}) {
  const url = new URL(to, location.origin);
  if (url.origin !== location.origin) return;
  const target = url.pathname + url.search;
  if (target === location.pathname + location.search) return;
  if (replace) history.replaceState(history.state, '', target);
  else {
    leave({ link: document.activeElement?.closest('main a[data-row]')?.getAttribute('href') ?? null });
    history.pushState(newEntry(), '', target);
  }
  sync(quiet);
}

/**
 * Sets parameters of the query and leaves the others; null, '' and false remove one. Replaces the
 * history entry unless `push`: typing in a search box must not fill the history.
 * @param {Record<string, string | number | boolean | null | undefined>} values
 * @param {{ push?: boolean }} [options]
 */
export function setQuery(values, { push = false } = {}) {
  navigate(hrefWith(values), { replace: !push });
}

/**
 * This place with other parameters, for links.
 * @param {Record<string, string | number | boolean | null | undefined>} values
 */
export function hrefWith(values) {
  const params = new URLSearchParams(search.value);
  for (const [key, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === '' || value === false) params.delete(key);
    else params.set(key, value === true ? '1' : String(value));
  }
  const text = params.toString();
  return path.value + (text ? `?${text}` : '');
}

/**
 * @param {string} to
 * @param {Record<string, string | number | boolean | null | undefined>} [values]
 */
export function href(to, values = {}) {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === '' || value === false) continue;
    params.set(key, value === true ? '1' : String(value));
  }
  const text = params.toString();
  return text ? `${to}?${text}` : to;
}

/** Goes back if this page came from another place of ours, else to `fallback`. @param {string} fallback */
export function back(fallback) {
  if (entry() !== 'first') history.back();
  else navigate(fallback);
}

/** Takes over plain clicks on links of this origin; called once by app.js. */
export function startRouter() {
  window.addEventListener('popstate', () => sync());
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.getAttribute('href')?.startsWith('#')) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}
