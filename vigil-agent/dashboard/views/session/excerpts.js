// The beginnings of texts for the rows that are looked at: asked for in pages, ahead of the
// scrolling, the ones nobody looks at any more are called off. Keeps a bounded number.

import { signal } from '../../vendor/preact.js';
import { get, isAbort } from '../../lib/api.js';

/** @typedef {import('../../types/api.d.ts').Excerpt} Excerpt */
/** @typedef {import('../../types/api.d.ts').Excerpts} Excerpts */

const KEEP = 3000;
const PAGE = 120;
const AT_ONCE = 2;
const RETRY = 3000;

export function createExcerpts() {
  /** In the order of use. @type {Map<number, Excerpt | null>} */
  const kept = new Map();
  /** @type {Set<{ seqs: Set<number>, abort: AbortController }>} */
  const coming = new Set();
  /** Grows with every answer; rows read it to be drawn again. */
  const version = signal(0);
  /** What is wanted, the most urgent first. @type {number[]} */
  let wanted = [];
  let closed = false;
  let retry = 0;

  const fill = () => {
    if (closed) return;
    while (coming.size < AT_ONCE) {
      const seqs = new Set();
      for (const seq of wanted) {
        if (seqs.size >= PAGE) break;
        if (!kept.has(seq) && ![...coming].some((one) => one.seqs.has(seq))) seqs.add(seq);
      }
      if (seqs.size === 0) return;
      void load({ seqs, abort: new AbortController() });
    }
  };

  /** @param {{ seqs: Set<number>, abort: AbortController }} page */
  const load = async (page) => {
    coming.add(page);
    try {
      const doc = /** @type {Excerpts} */ (await get(`excerpts?seq=${[...page.seqs].join(',')}`, page.abort.signal));
      // What is not in the answer is no longer kept; it must not be asked for again and again.
      for (const seq of page.seqs) kept.set(seq, null);
      for (const excerpt of doc.excerpts) kept.set(excerpt.seq, excerpt);
      forget();
      version.value += 1;
    } catch (error) {
      if (!isAbort(error) && !closed) {
        clearTimeout(retry);
        retry = window.setTimeout(fill, RETRY);
        coming.delete(page);
        return;
      }
    }
    coming.delete(page);
    fill();
  };

  const forget = () => {
    const needed = new Set(wanted);
    for (const seq of kept.keys()) {
      if (kept.size <= KEEP) return;
      if (!needed.has(seq)) kept.delete(seq);
    }
  };

  return {
    version,
    /** Undefined while it is on its way, null when it is gone. @param {number} seq */
    of(seq) {
      return kept.get(seq);
    },
    /** @param {number[]} seqs  Those that are looked at first, then those that may come next. */
    want(seqs) {
      wanted = seqs;
      const needed = new Set(seqs);
      for (const seq of seqs) {
        const excerpt = kept.get(seq);
        if (excerpt === undefined) continue;
        kept.delete(seq);
        kept.set(seq, excerpt);
      }
      for (const page of coming) {
        if (![...page.seqs].some((seq) => needed.has(seq))) page.abort.abort();
      }
      fill();
    },
    /** A call that had no result may have one now. @param {number} seq */
    drop(seq) {
      kept.delete(seq);
    },
    close() {
      closed = true;
      clearTimeout(retry);
      for (const page of coming) page.abort.abort();
    },
  };
}

/** @typedef {ReturnType<typeof createExcerpts>} ExcerptSource */
