// Which findings of the list are ticked. Ids, since rows come and go; at most as many as one order
// may name.

import { useMemo, useRef, useState } from '../../vendor/preact.js';
import { announce } from '../../lib/announce.js';
import { get } from '../../lib/api.js';
import { counted } from '../../lib/format.js';
import { query } from '../../lib/query.js';

/** @typedef {import('../../types/api.d.ts').FindingPage} FindingPage */
/** @typedef {import('../../types/api.d.ts').FindingRow} FindingRow */

/** An order names at most so many. */
export const MOST = 500;
/** An answer has at most so many rows. */
const PAGE = 200;

/**
 * The first rows of a question, as many as one order may name.
 * @param {import('./filter.js').FindingQuery} filter
 * @param {number} total
 */
export async function firstOnes(filter, total) {
  const most = Math.min(total, MOST);
  /** @type {FindingRow[]} */
  const all = [];
  while (all.length < most) {
    const limit = Math.min(PAGE, most - all.length);
    const page = /** @type {FindingPage} */ (await get(query('findings', { ...filter, offset: all.length, limit })));
    all.push(...page.findings);
    if (page.findings.length < limit) break;
  }
  return new Map(all.map((row) => [row.id, row]));
}

/** A tick and the row as it was then: an undo needs its state. @typedef {Map<string, FindingRow>} Ticks */

/** Forgets all ticks when `question` is another one. @param {string} question */
export function useSelection(question) {
  const [ticks, setTicks] = useState(/** @type {Ticks} */ (new Map()));
  /** Where a range begins. */
  const anchor = useRef(/** @type {number | null} */ (null));
  const asked = useRef(question);
  if (asked.current !== question) {
    asked.current = question;
    anchor.current = null;
    if (ticks.size > 0) setTicks(new Map());
  }
  return useMemo(() => {
    /** @param {Ticks} next */
    const set = (next) => {
      if (next.size > MOST) {
        announce(`At most ${MOST} findings can be selected`);
        return;
      }
      setTicks(next);
      announce(next.size === 0 ? 'Nothing selected' : `${counted(next.size, 'finding')} selected`);
    };
    return {
      ticks,
      set,
      clear: () => {
        anchor.current = null;
        set(new Map());
      },
      /** @param {FindingRow} row @param {number} i */
      flip: (row, i) => {
        const next = new Map(ticks);
        if (!next.delete(row.id)) next.set(row.id, row);
        anchor.current = i;
        set(next);
      },
      /**
       * Ticks everything from the last tick to row `i`.
       * @param {number} i
       * @param {(i: number) => FindingRow | null} rowAt
       */
      reach: (i, rowAt) => {
        const from = anchor.current ?? i;
        const next = new Map(ticks);
        for (let at = Math.min(from, i); at <= Math.max(from, i); at += 1) {
          const row = rowAt(at);
          if (row) next.set(row.id, row);
        }
        anchor.current = i;
        set(next);
      },
    };
  }, [ticks]);
}

/** @typedef {ReturnType<typeof useSelection>} Selection */
