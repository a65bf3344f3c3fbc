// Which event is chosen: the URL says so, and is told a little late, so that a held key does not
// write it fifty times a second. An event may be named by its number or its id.

import { useEffect, useMemo, useRef, useState } from '../../vendor/preact.js';
import { isAbort } from '../../lib/api.js';
import { query, setQuery } from '../../lib/router.js';
import { readEvent } from './event.js';
import { RESULT, SEQ } from './outline.js';

/** @typedef {import('../../types/api.d.ts').SessionView} SessionView */
/** @typedef {import('./outline.js').Index} Index */
/** @typedef {import('./inspector.js').Look} Look */

const LATE = 180;
/** What says where in an event to look, and what stands beside the timeline; gone with another choice. */
const PLACE = { at: null, finding: null, pane: null };

/** @param {string | null} text  `START-END`. */
function spanOf(text) {
  const found = /^(\d{1,9})-(\d{1,9})$/.exec(text ?? '');
  if (!found) return null;
  const [start, end] = [Number(found[1]), Number(found[2])];
  return end > start ? { start, end } : null;
}

/** The number of the event that an id names; null until it is known. @param {string | null} ref */
function useNumber(ref) {
  const [known, setKnown] = useState(/** @type {{ ref: string, seq: number } | null} */ (null));
  const plain = ref !== null && /^\d{1,15}$/.test(ref) ? Number(ref) : null;
  useEffect(() => {
    if (ref === null || plain !== null) return;
    const abort = new AbortController();
    readEvent(ref, 0, abort.signal).then((view) => setKnown({ ref, seq: view.event.seq }), (error) => {
      // The inspector asks the same and says what is wrong.
      if (!isAbort(error)) setKnown(null);
    });
    return () => abort.abort();
  }, [ref, plain]);
  return plain ?? (known?.ref === ref ? known?.seq ?? null : null);
}

/** @param {SessionView} doc @param {Index} index */
export function useChosen(doc, index) {
  const params = query.value;
  const [picked, setPicked] = useState(/** @type {string | null} */ (null));
  const timer = useRef(0);
  const inUrl = params.get('event');
  const ref = picked ?? inUrl;
  const own = picked === null || picked === inUrl;
  const seq = useNumber(ref);
  const row = seq === null ? null : index.bySeq.get(seq) ?? index.byResult.get(seq) ?? null;
  const at = own ? params.get('at') : null;
  const finding = own ? params.get('finding') : null;

  /** @type {Look | null} */
  const look = useMemo(() => {
    if (ref === null) return null;
    const about = doc.findings.find((one) => one.id === finding);
    return {
      event: String(row?.[SEQ] ?? ref), result: row && row[RESULT] > 0 ? String(row[RESULT]) : null,
      part: row && seq !== null && row[SEQ] !== seq ? 'result' : 'event',
      span: spanOf(at), finding, byte: about?.span?.start ?? null,
    };
  }, [ref, seq, row?.[SEQ], row?.[RESULT], at, finding]);

  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (picked !== null && picked === inUrl) setPicked(null);
  }, [picked, inUrl]);

  return {
    ref,
    row,
    look,
    /** Chooses a row that is in view. @param {number} number */
    pick(number) {
      if (String(number) === ref && !query.peek().has('pane')) return;
      setPicked(String(number));
      clearTimeout(timer.current);
      timer.current = window.setTimeout(() => setQuery({ event: number, ...PLACE }), LATE);
    },
    /**
     * Chooses any event, and says so in the URL at once.
     * @param {string | number | null} to @param {Record<string, string | null>} [more] @param {{ push?: boolean }} [options]
     */
    choose(to, more = {}, options = {}) {
      clearTimeout(timer.current);
      setPicked(null);
      setQuery({ event: to, ...PLACE, ...more }, options);
    },
  };
}
