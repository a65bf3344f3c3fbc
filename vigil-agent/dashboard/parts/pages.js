// The paged source of a list as a hook: a new one for each question, the old rows until the new
// ones are there, a refresh when something happened. The source itself is lib/pages.js.

import { useEffect, useMemo, useRef } from '../vendor/preact.js';
import { createPages } from '../lib/pages.js';
import { subscribe } from '../lib/stream.js';
import { useTop } from './top.js';

/** Live changes are gathered for so long before a list asks again. */
const GATHER = 1500;

/**
 * `question` is the filter as text: another text is another source. `on` says what makes the list
 * ask again: `events` (new commits), `changed` (findings, triage).
 * @template Row
 * @template Doc
 * @param {string} question
 * @param {import('../lib/pages.js').PagesOptions<Row, Doc>} options
 * @param {{ events?: boolean, changed?: boolean }} [on]
 */
export function usePages(question, options, { events = false, changed = false } = {}) {
  const current = useMemo(() => createPages(options), [question]);
  const shown = useRef({ pages: current, question });
  const loading = current.loading.value;
  if (!loading) shown.current = { pages: current, question };

  useEffect(() => {
    current.want(0, 0);
    let timer = 0;
    const later = () => {
      if (timer) return;
      timer = window.setTimeout(() => {
        timer = 0;
        current.refresh();
      }, GATHER);
    };
    const stop = subscribe({ missed: later, ...(events && { events: later }), ...(changed && { changed: later }) });
    return () => {
      clearTimeout(timer);
      stop();
      current.close();
    };
  }, [current]);

  useTop(shown.current.question);

  const { pages } = shown.current;
  return {
    /** Rows come from here; of the question before this one while `stale`. */
    pages,
    /** The key of the list: it begins anew with another question. */
    key: shown.current.question,
    /** True while there is nothing to show yet. */
    loading: pages.loading.value,
    stale: pages !== current,
    error: current.error.value,
    retry: current.refresh,
  };
}
