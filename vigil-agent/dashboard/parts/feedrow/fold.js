// Folds what the machine does by the hundred: processes of one agent and connections of one way to
// one host, each within a minute, are one row. Pure.

import { minuteOf } from './days.js';

/** @typedef {import('../../types/api.d.ts').FeedRow} FeedRow */
/** A row that stands for `folded` others. @typedef {FeedRow & { folded?: number }} Folded */

/** What was made of a row, so that the same list makes the same rows. @type {WeakMap<FeedRow, Folded>} */
const made = new WeakMap();

/** @param {FeedRow} row  What it is folded with; null when it stands alone. */
function keyOf(row) {
  if (row.findings > 0 || (row.kind !== 'process' && row.kind !== 'connection')) return null;
  const { root, way, port } = row.detail ?? {};
  const of = row.kind === 'process' ? JSON.stringify(root ?? null) : `${row.name} ${port} ${way}`;
  return `${row.kind} ${minuteOf(row.at)} ${row.client} ${row.session_key} ${of}`;
}

/**
 * `entries` newest first; of what is folded the newest stays.
 * @template {{ row?: FeedRow | undefined }} E
 * @param {E[]} entries @returns {E[]}
 */
export function folded(entries) {
  /** @type {Map<string, { at: number, n: number }>} */
  const first = new Map();
  /** @type {E[]} */
  const kept = [];
  for (const entry of entries) {
    const key = entry.row ? keyOf(entry.row) : null;
    const known = key === null ? undefined : first.get(key);
    if (known) known.n += 1 + (entry.row?.processes ?? 0);
    else {
      if (key !== null) first.set(key, { at: kept.length, n: 0 });
      kept.push(entry);
    }
  }
  for (const { at, n } of first.values()) {
    const entry = kept[at];
    if (n > 0 && entry?.row) kept[at] = { ...entry, row: standsFor(entry.row, n) };
  }
  return kept;
}

/** @param {FeedRow} row @param {number} n @returns {Folded} */
function standsFor(row, n) {
  const known = made.get(row);
  if (known?.folded === n) return known;
  const more = { ...row, folded: n };
  made.set(row, more);
  return more;
}
