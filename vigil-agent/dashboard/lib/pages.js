// A paged source for the virtual list: fetches the pages that are looked at, forgets the ones
// that are not, refreshes in place. Never shows anything.

import { batch, signal } from '../vendor/preact.js';
import { isAbort } from './api.js';

/**
 * @template Row
 * @template Doc
 * @typedef {object} PagesOptions
 * @property {(offset: number, limit: number, abort: AbortSignal) => Promise<Doc>} fetch
 * @property {(doc: Doc) => Row[]} rows
 * @property {(doc: Doc) => number} total
 * @property {number} [size]  Rows a page; 100 unless told, the API's most is 200.
 * @property {number} [keep]  Pages kept; 12 unless told.
 */

/**
 * Makes a source. Give the list `count={pages.count.value}`, `onRange={pages.want}` and take rows
 * with `pages.row(i)`, which is null while a page is on its way; read `pages.version.value` where
 * rows are rendered. `close()` when the view goes.
 * @template Row
 * @template Doc
 * @param {PagesOptions<Row, Doc>} options
 */
export function createPages({ fetch, rows, total, size = 100, keep = 12 }) {
  const count = signal(0);
  /** Grows whenever rows changed. */
  const version = signal(0);
  /** True until the first page is there. */
  const loading = signal(true);
  const error = signal(/** @type {Error | null} */ (null));
  /** The document of the page fetched last, for what stands beside its rows. */
  const latest = signal(/** @type {Doc | null} */ (null));

  /** In the order of use. @type {Map<number, Row[]>} */
  const kept = new Map();
  /** @type {Map<number, AbortController>} */
  const coming = new Map();
  /** Pages whose rows are shown but old. @type {Set<number>} */
  const stale = new Set();
  let first = 0;
  let last = 0;
  let closed = false;

  /** @param {number} page */
  const load = async (page) => {
    const abort = new AbortController();
    coming.set(page, abort);
    try {
      const doc = await fetch(page * size, size, abort.signal);
      if (abort.signal.aborted) return;
      kept.delete(page);
      kept.set(page, rows(doc));
      stale.delete(page);
      forget();
      batch(() => {
        count.value = total(doc);
        latest.value = doc;
        loading.value = false;
        error.value = null;
        version.value += 1;
      });
    } catch (problem) {
      if (isAbort(problem) || abort.signal.aborted) return;
      batch(() => {
        error.value = problem instanceof Error ? problem : new Error(String(problem));
        loading.value = false;
      });
    } finally {
      if (coming.get(page) === abort) coming.delete(page);
    }
  };

  const forget = () => {
    for (const page of kept.keys()) {
      if (kept.size <= keep) return;
      if (page < Math.floor(first / size) || page > Math.floor(last / size)) {
        kept.delete(page);
        stale.delete(page);
      }
    }
  };

  const fill = () => {
    if (closed) return;
    const from = Math.floor(first / size);
    // One page ahead, so that scrolling meets rows and not placeholders.
    const to = Math.floor(Math.max(last, first) / size);
    const end = Math.max(0, Math.ceil(count.peek() / size) - 1);
    for (const [page, abort] of coming) {
      if (page < from - 1 || page > to + 1) {
        abort.abort();
        coming.delete(page);
      }
    }
    for (const page of [from, to, to + 1]) {
      const wanted = page <= end || page === from;
      if (wanted && !coming.has(page) && (!kept.has(page) || stale.has(page))) void load(page);
    }
  };

  return {
    count,
    version,
    loading,
    error,
    latest,
    size,
    /** @param {number} i @returns {Row | null} */
    row(i) {
      return kept.get(Math.floor(i / size))?.[i % size] ?? null;
    },
    /** Rows `a..=b` are on screen. @param {number} a @param {number} b */
    want(a, b) {
      first = a;
      last = b;
      fill();
    },
    /** Asks again for what is on screen and marks the rest old; rows stay until answers come. */
    refresh() {
      for (const page of kept.keys()) stale.add(page);
      for (const abort of coming.values()) abort.abort();
      coming.clear();
      error.value = null;
      fill();
    },
    close() {
      closed = true;
      for (const abort of coming.values()) abort.abort();
      coming.clear();
    },
  };
}
