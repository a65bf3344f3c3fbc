// What the live view holds: what came since it was opened, newest first and bounded, and the last
// events from before. Batches what comes to animation frames; never shows anything.

import { signal } from '../../vendor/preact.js';

/** @typedef {import('../../types/api.d.ts').FeedRow} FeedRow */
/**
 * A row, or a place where events were passed over.
 * @typedef {{ seq: number, row: FeedRow, skipped?: undefined } | { seq: number, row?: undefined, skipped: number }} Entry
 */

/** Rows that are kept; the oldest go first. */
export const MOST = 2000;

export function createFeed() {
  /** Grows whenever entries changed. */
  const version = signal(0);
  /** @type {Entry[]} */
  let entries = [];
  /** What came while the list is held, newest first. @type {Entry[]} */
  let waiting = [];
  /** What came since the last frame, oldest first. @type {Entry[]} */
  let queue = [];
  let held = false;
  let dropped = false;
  let frame = 0;
  /** The newest entry of the frame before. */
  let known = 0;

  /** @param {Entry[]} list */
  const bounded = (list) => {
    if (list.length > MOST) dropped = true;
    return list.slice(0, MOST);
  };

  const draw = () => {
    frame = 0;
    const fresh = queue.reverse();
    queue = [];
    if (held) waiting = bounded([...fresh, ...waiting]);
    else {
      known = entries[0]?.seq ?? known;
      entries = bounded([...fresh, ...entries]);
    }
    version.value += 1;
  };

  /** @param {Entry[]} more */
  const add = (more) => {
    queue.push(...more);
    // A hidden page draws no frames, and must not grow meanwhile.
    if (queue.length > MOST) queue = queue.slice(-MOST);
    if (!frame) frame = requestAnimationFrame(draw);
  };

  return {
    version,
    /** @param {FeedRow[]} rows  New commits, ascending. */
    came: (rows) => add(rows.map((row) => ({ seq: row.seq, row }))),
    /** @param {number} n  So many events were passed over here. */
    passed: (n) => add([{ seq: (queue.at(-1) ?? waiting[0] ?? entries[0])?.seq ?? 0, skipped: n }]),
    /** Held, the list stands still and what comes waits. @param {boolean} still */
    hold(still) {
      if (held === still) return;
      held = still;
      if (held || waiting.length === 0) return;
      known = entries[0]?.seq ?? known;
      entries = bounded([...waiting, ...entries]);
      waiting = [];
      version.value += 1;
    },
    /** Forgets all: its numbers are those of another store. */
    clear() {
      [entries, waiting, queue] = [[], [], []];
      known = 0;
      dropped = false;
      version.value += 1;
    },
    entries: () => entries,
    waiting: () => waiting,
    dropped: () => dropped,
    /** @param {Entry} entry  True for what came with the last frame. */
    isFresh: (entry) => entry.seq > known,
    close: () => cancelAnimationFrame(frame),
  };
}
