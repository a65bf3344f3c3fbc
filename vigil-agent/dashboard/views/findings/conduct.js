// What keys, clicks and orders do in the view: which finding they are meant for, where one is led
// after triage, when the detail opens and closes. Draws nothing.

import { useCallback, useEffect, useRef, useState } from '../../vendor/preact.js';
import { announce } from '../../lib/announce.js';
import { back, navigate } from '../../lib/router.js';
import { findAgain } from '../../parts/list/layout.js';
import { listPlace, placeOf } from './filter.js';

/** @typedef {import('../../types/api.d.ts').FindingRow} FindingRow */
/** @typedef {import('../../types/api.d.ts').Triage} Triage */
/** @typedef {import('../../parts/list.js').ListHandle} ListHandle */
/**
 * @typedef {object} Scene
 * @property {string | null} id  The finding that the address names.
 * @property {boolean} wide  The detail fits beside the list.
 * @property {number} total
 * @property {number} version
 * @property {{ row: (i: number) => FindingRow | null }} pages
 * @property {FindingRow | null} known  The address' finding, once it was read.
 * @property {import('./selection.js').Selection} selection
 * @property {{ leaving: Map<string, unknown>, triage: (rows: FindingRow[], state: Triage, note?: string) => unknown }} work
 */

/** A held key passes many rows; browsers bear only so many changes of the address. */
const RESTS = 80;

/** @param {Scene} scene */
export function useConduct({ id, wide, total, version, pages, known, selection, work }) {
  const { ticks } = selection;
  const split = wide && id !== null;
  const alone = !wide && id !== null;
  const keyOf = useCallback((/** @type {number} */ i) => pages.row(i)?.id ?? null, [pages, version]);

  /** Where a finding was last seen in the list. */
  const lastAt = useRef(0);
  const placeIn = (/** @type {string | null} */ of) => (of === null ? null : findAgain({ key: of, i: lastAt.current }, total, keyOf));
  const rowOf = (/** @type {string | null} */ of) => {
    const at = placeIn(of);
    return (at === null ? null : pages.row(at)) ?? (known?.id === of ? known : null);
  };

  // The row that the keyboard is on; the detail follows it.
  const [onRow, setOnRow] = useState(id);
  useEffect(() => {
    if (id !== null) setOnRow(id);
  }, [id]);
  const active = alone ? id : onRow ?? id;
  const activeAt = placeIn(active);
  if (activeAt !== null) lastAt.current = activeAt;
  const activeRow = rowOf(active);

  const list = useRef(/** @type {ListHandle | null} */ (null));
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);

  /** @param {string} to @param {number} [late] */
  const show = (to, late = 0) => {
    clearTimeout(timer.current);
    const go = () => navigate(placeOf(to), { replace: id !== null || wide, quiet: wide });
    if (late) timer.current = window.setTimeout(go, late);
    else go();
  };

  /** @param {number} i  The keyboard or the focus came to a row. */
  const onSelect = (i) => {
    const row = pages.row(i);
    if (!row) return;
    lastAt.current = i;
    setOnRow(row.id);
    if (split && row.id !== id) show(row.id, RESTS);
  };

  /** @param {number} i  True when the detail was opened here; a link leads on otherwise. */
  const onOpen = (i) => {
    const row = pages.row(i);
    if (!row || !wide) return false;
    setOnRow(row.id);
    if (row.id === id) /** @type {HTMLElement | null} */ (document.querySelector('[data-detail]'))?.focus();
    else show(row.id);
    return true;
  };

  /** @param {number} from @param {1 | -1} by @param {(row: FindingRow) => boolean} fits */
  const seek = (from, by, fits) => {
    for (let i = from; i >= 0 && i < total; i += by) {
      const row = pages.row(i);
      if (row && fits(row)) return { row, i };
    }
    return null;
  };

  // Moves on before the answer is there: the next key is meant for the next finding.
  const moveOn = (/** @type {FindingRow[]} */ rows) => {
    const away = new Set(rows.map((row) => row.id));
    if (activeAt === null || active === null || !away.has(active)) return;
    const inList = !!document.activeElement?.closest('[data-list]');
    const fits = (/** @type {FindingRow} */ row) => !away.has(row.id) && !work.leaving.has(row.id);
    const next = seek(activeAt + 1, 1, fits) ?? seek(activeAt - 1, -1, fits);
    if (!next) {
      if (inList) /** @type {HTMLElement | null} */ (document.querySelector('[data-heading]'))?.focus();
      if (!split) setOnRow(null);
      return;
    }
    setOnRow(next.row.id);
    if (split) show(next.row.id);
    list.current?.scrollTo(next.i, { focus: inList });
  };

  /** @param {FindingRow[]} rows @param {Triage} state @param {string} [note] */
  const put = (rows, state, note) => {
    const due = note ? rows : rows.filter((row) => row.state !== state);
    if (due.length === 0) {
      if (rows.length > 0) announce('Nothing to change');
      return;
    }
    if (ticks.size > 0 && rows.some((row) => ticks.has(row.id))) selection.clear();
    if (!alone) moveOn(due);
    void work.triage(due, state, note);
  };

  /** @returns {FindingRow[]}  What a key is about: what is ticked, else the row. */
  const meant = () => {
    if (ticks.size > 0) return [...ticks.values()];
    if (activeRow) return [activeRow];
    announce('Choose a finding first, with J or K');
    return [];
  };

  const focusRow = () => {
    if (activeAt !== null) list.current?.scrollTo(activeAt, { focus: true });
  };
  const close = () => {
    if (!wide) {
      back(listPlace());
      return;
    }
    clearTimeout(timer.current);
    navigate(listPlace(), { replace: true, quiet: true });
    focusRow();
  };
  const onEscape = () => {
    if (split && document.activeElement?.closest('.findings-pane')) focusRow();
    else if (id !== null) close();
    else if (ticks.size > 0) selection.clear();
    else return false;
    return true;
  };

  // One that has left the list stood before the one that is there now.
  const around = {
    before: pages.row((activeAt ?? lastAt.current) - 1),
    after: pages.row(activeAt === null ? lastAt.current : activeAt + 1),
  };
  /** J and K on a finding's own page. @param {1 | -1} by */
  const onStep = (by) => {
    if (!alone) return false;
    const next = by > 0 ? around.after : around.before;
    if (next) show(next.id);
    return true;
  };

  // An address names a row that may be far down.
  const arrived = useRef(false);
  useEffect(() => {
    if (arrived.current || !split || activeAt === null) return;
    arrived.current = true;
    list.current?.scrollTo(activeAt);
  }, [split, activeAt]);

  return { split, alone, active, activeAt, activeRow, rowOf, keyOf, list, onSelect, onOpen, put, meant, close, onEscape, onStep, around };
}

/** @typedef {ReturnType<typeof useConduct>} Conduct */
