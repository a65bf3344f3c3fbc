// Asks the agent for the figures: again when the question changes, and while the range is open at
// its end, when something happened. Keeps what is shown until the answer is there.

import { useEffect, useRef, useState } from '../../vendor/preact.js';
import { get, isAbort } from '../../lib/api.js';
import { query as apiQuery } from '../../lib/query.js';
import { query } from '../../lib/router.js';
import { subscribe } from '../../lib/stream.js';
import { rangeOf } from '../../lib/time.js';

/** @typedef {import('../../types/api.d.ts').Analytics} Analytics */
/** @typedef {{ by: import('./metrics.js').By, client: string | null, project: string | null, model: string | null }} Filter */

/** Live changes are gathered for so long. */
const GATHER = 4000;
/** The agent's own default is 30 days; all there is begins before anything could. */
const EPOCH = '1970-01-01T00:00:00Z';
export const FALLBACK = '30d';

/** @param {Filter} filter @param {import('../../lib/time.js').Range} range */
function questionOf(filter, range) {
  return apiQuery('analytics', { ...filter, from: range.from ?? EPOCH, to: range.to });
}

/**
 * @param {Filter} filter
 * @param {import('../../lib/time.js').Range} range  Steady until the URL changes.
 */
export function useAnalytics(filter, range) {
  const question = questionOf(filter, range);
  const [shown, setShown] = useState(/** @type {{ doc: Analytics, question: string, by: Filter['by'] } | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [again, setAgain] = useState(0);
  const latest = useRef(filter);
  latest.current = filter;

  useEffect(() => {
    let abort = new AbortController();
    let timer = 0;
    const ask = async () => {
      timer = 0;
      abort.abort();
      abort = new AbortController();
      const { signal } = abort;
      // A preset counts back from now, also in a tab that was opened yesterday.
      const now = range.preset ? questionOf(latest.current, rangeOf(query.peek(), FALLBACK)) : question;
      try {
        const doc = /** @type {Analytics} */ (await get(now, signal));
        if (signal.aborted) return;
        setShown({ doc, question, by: latest.current.by });
        setError(null);
      } catch (problem) {
        if (!isAbort(problem) && !signal.aborted) setError(problem instanceof Error ? problem : new Error(String(problem)));
      }
    };
    const later = () => {
      if (!timer) timer = window.setTimeout(ask, document.visibilityState === 'visible' ? GATHER : 15 * GATHER);
    };
    ask();
    const stop = range.to ? () => {} : subscribe({ events: later, missed: later });
    return () => {
      clearTimeout(timer);
      stop();
      abort.abort();
    };
  }, [question, again]);

  return {
    doc: shown?.doc ?? null,
    /** What makes the series of `doc`. */
    by: shown?.by ?? filter.by,
    stale: shown !== null && shown.question !== question,
    error,
    retry: () => setAgain((n) => n + 1),
  };
}

/**
 * Where in all of time there is anything for a filter; asked only while `wanted`. Undefined until
 * that is known, null when there is nothing.
 * @param {Filter} filter
 * @param {boolean} wanted
 * @returns {{ from: number, to: number, zone: string } | null | undefined}  Seconds, whole buckets.
 */
export function useRecord(filter, wanted) {
  const question = wanted ? questionOf(filter, { preset: 'all' }) : null;
  const [known, setKnown] = useState(/** @type {{ question: string, doc: Analytics | null } | null} */ (null));
  useEffect(() => {
    if (!question) return;
    const abort = new AbortController();
    get(question, abort.signal).then((doc) => setKnown({ question, doc }), (problem) => {
      if (!isAbort(problem)) setKnown({ question, doc: null });
    });
    return () => abort.abort();
  }, [question]);
  if (!question || known?.question !== question) return undefined;
  return known.doc ? usedSpan(known.doc) : null;
}

/**
 * The first to the last bucket with usage.
 * @param {Analytics} doc
 * @returns {{ from: number, to: number, zone: string } | null}
 */
export function usedSpan(doc) {
  const used = doc.buckets.map((_, i) => doc.series.some((series) => (series.points[i]?.calls ?? 0) > 0));
  const [first, last] = [used.indexOf(true), used.lastIndexOf(true)];
  if (first < 0) return null;
  const start = doc.buckets[first] ?? 0;
  const end = doc.buckets[last + 1] ?? (doc.buckets[last] ?? 0) + doc.step;
  return { from: Math.max(start, Date.parse(doc.from) / 1000), to: Math.min(end, Date.parse(doc.to) / 1000), zone: doc.time_zone };
}
