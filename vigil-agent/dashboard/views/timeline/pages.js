// The feed as one long list: pages of a server's cursor, one after the other, with a separator
// before each day. Forgets rows that are far from what is looked at and asks for them again.

import { batch, signal } from '../../vendor/preact.js';
import { isAbort } from '../../lib/api.js';
import { dayOf } from '../../parts/feedrow/days.js';

/** @typedef {import('../../types/api.d.ts').Feed} Feed */
/** @typedef {import('../../types/api.d.ts').FeedRow} FeedRow */
/** @typedef {{ before: string | null, rows: FeedRow[] | null }} FeedPage */
/**
 * What stands at one place of the list: a day, or a row of a page.
 * @typedef {{ day: string, key: string } | { day: null, key: number, at: string, page: number, i: number }} Item
 */

/** Pages whose rows are kept. */
const KEEP = 25;
/** Places before the end at which the next page is asked for. */
const AHEAD = 80;

/** @param {(before: string | null, abort: AbortSignal) => Promise<Feed>} fetch */
export function createFeedPages(fetch) {
  const version = signal(0);
  const error = signal(/** @type {Error | null} */ (null));
  /** True until the first row is there, or it is known that there is none. */
  const loading = signal(true);
  /** How far back was looked, in microseconds, while page after page is empty. */
  const lookedTo = signal(/** @type {number | null} */ (null));
  /** @type {FeedPage[]} */
  const pages = [];
  /** @type {Item[]} */
  const items = [];
  /** Where the next page begins; null at the end. @type {string | null | undefined} */
  let next;
  let lastDay = -1;
  let last = 0;
  /** @type {AbortController | null} */
  let coming = null;
  /** Pages that are asked for again. @type {Map<number, AbortController>} */
  const again = new Map();
  let closed = false;

  /** @param {unknown} problem */
  const failed = (problem) => {
    if (closed || isAbort(problem)) return;
    batch(() => {
      error.value = problem instanceof Error ? problem : new Error(String(problem));
      loading.value = false;
    });
  };

  /** @param {FeedRow[]} rows @param {string | null} before */
  const append = (rows, before) => {
    const page = pages.length;
    pages.push({ before, rows });
    rows.forEach((row, i) => {
      const day = dayOf(row.at);
      if (day !== lastDay) items.push({ day: row.at, key: `day ${day} ${items.length}` });
      lastDay = day;
      items.push({ day: null, key: row.seq, at: row.at, page, i });
    });
  };

  const more = async () => {
    if (coming || closed || next === null) return;
    const abort = coming = new AbortController();
    const before = next ?? null;
    try {
      const feed = await fetch(before, abort.signal);
      if (abort.signal.aborted) return;
      next = feed.next;
      if (feed.events.length > 0) append(feed.events, before);
      forget();
      batch(() => {
        error.value = null;
        lookedTo.value = feed.events.length > 0 || feed.next === null ? null : Number(feed.next.split('.')[0]);
        if (items.length > 0 || next === null) loading.value = false;
        version.value += 1;
      });
    } catch (problem) {
      failed(problem);
      return;
    } finally {
      if (coming === abort) coming = null;
    }
    // An empty page may have a next one, and a short page may not fill the screen.
    if (last > items.length - AHEAD) void more();
  };

  /** @param {number} index */
  const reload = async (index) => {
    const page = pages[index];
    if (!page || again.has(index)) return;
    const abort = new AbortController();
    again.set(index, abort);
    try {
      page.rows = (await fetch(page.before, abort.signal)).events;
      forget();
      version.value += 1;
    } catch (problem) {
      failed(problem);
    } finally {
      again.delete(index);
    }
  };

  /** @param {number} i */
  const pageAt = (i) => {
    const item = items[Math.min(i, items.length - 1)];
    return item && item.day === null ? item.page : pageOfNext(i);
  };
  /** @param {number} i  The page of the row below a day. */
  const pageOfNext = (i) => {
    const item = items[i + 1];
    return item && item.day === null ? item.page : pages.length - 1;
  };

  const forget = () => {
    const kept = pages.flatMap((page, i) => (page.rows ? [i] : []));
    if (kept.length <= KEEP) return;
    const here = pageAt(last);
    kept.sort((a, b) => Math.abs(b - here) - Math.abs(a - here));
    for (const i of kept.slice(0, kept.length - KEEP)) {
      const page = pages[i];
      if (page) page.rows = null;
    }
  };

  return {
    version,
    error,
    loading,
    lookedTo,
    items,
    /** True when there may be more behind the last item. */
    hasMore: () => next !== null,
    /** @param {Item | undefined} item @returns {FeedRow | null} */
    row(item) {
      if (!item || item.day !== null) return null;
      const row = pages[item.page]?.rows?.[item.i];
      return row && row.seq === item.key ? row : pages[item.page]?.rows?.find((one) => one.seq === item.key) ?? null;
    },
    /** Places `a..=b` are on screen. @param {number} a @param {number} b */
    want(a, b) {
      last = b;
      if (b > items.length - AHEAD && !error.peek()) void more();
      for (const index of new Set([pageAt(a), pageAt(b)])) if (pages[index]?.rows === null) void reload(index);
    },
    retry() {
      error.value = null;
      void more();
    },
    close() {
      closed = true;
      coming?.abort();
      for (const abort of again.values()) abort.abort();
    },
  };
}
