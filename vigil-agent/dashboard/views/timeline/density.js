// How much happened when: the answer for the strip above the timeline, kept fresh while events
// come, and what the strip draws of it.

import { useEffect, useRef, useState } from '../../vendor/preact.js';
import { ApiError, get, isAbort } from '../../lib/api.js';
import { query } from '../../lib/query.js';
import { subscribe } from '../../lib/stream.js';
import { rfc3339 } from '../../lib/time.js';
import { GROUPS } from '../../parts/feedrow/kinds.js';

/** @typedef {import('../../types/api.d.ts').Density} DensityDoc */
/** @typedef {import('../../lib/time.js').Range} Range */
/** @typedef {{ group: import('../../parts/feedrow/kinds.js').Group, n: number[], total: number }} Layer */

/** New events are gathered for so long before the strip is asked for again. */
const GATHER = 8000;

/**
 * The density of a range; the one before until the new one is there. Null until the first, and
 * when it cannot be had: the list below says why.
 * @param {Range} range
 */
export function useDensity(range) {
  const [density, setDensity] = useState(/** @type {DensityDoc | null} */ (null));
  const timer = useRef(0);
  useEffect(() => {
    const abort = new AbortController();
    const ask = async () => {
      timer.current = 0;
      try {
        const doc = /** @type {DensityDoc} */ (await get(query('timeline/density', { from: range.from, to: range.to }), abort.signal));
        const end = range.to || range.from ? null : usedEnd(doc);
        // A record that ended long ago would be a thin line at the left edge.
        setDensity(end === null ? doc : await get(query('timeline/density', { from: rfc3339(doc.start * 1000), to: rfc3339(end * 1000) }), abort.signal));
      } catch (error) {
        if (!isAbort(error) && !(error instanceof ApiError)) throw error;
      }
    };
    const later = () => {
      if (!timer.current && !range.to) timer.current = window.setTimeout(ask, GATHER);
    };
    void ask();
    const stop = subscribe({ events: later, missed: later });
    return () => {
      clearTimeout(timer.current);
      timer.current = 0;
      stop();
      abort.abort();
    };
  }, [range]);
  return density;
}

/** @param {DensityDoc} doc  Where what happened ends, in seconds, if a third and more behind it is empty. */
function usedEnd({ start, step, rows }) {
  const length = rows[0]?.n.length ?? 0;
  const used = Math.max(0, ...rows.map(({ n }) => n.findLastIndex((count) => count > 0) + 1));
  return used > 0 && used < length * 0.67 ? start + used * step : null;
}

/**
 * The groups of kinds that occur, from the bottom up, each with what is shown of it.
 * @param {DensityDoc} density
 * @param {Set<string>} kinds
 * @returns {Layer[]}
 */
export function layersOf({ rows }, kinds) {
  const length = rows[0]?.n.length ?? 0;
  return GROUPS.flatMap((group) => {
    const own = rows.filter((row) => group.kinds.includes(row.kind));
    if (own.length === 0) return [];
    const shown = own.filter((row) => kinds.has(row.kind));
    const n = Array.from({ length }, (_, i) => shown.reduce((sum, row) => sum + (row.n[i] ?? 0), 0));
    return [{ group, n, total: own.reduce((sum, row) => sum + row.n.reduce((a, b) => a + b, 0), 0) }];
  });
}

/**
 * One path a layer, in units of a bucket across and `height` high. Heights go by the square root:
 * that anything happened, and when, matters more than how much the busiest hour stands out.
 * @param {Layer[]} layers
 * @param {number} height
 */
export function pathsOf(layers, height) {
  const length = layers[0]?.n.length ?? 0;
  const paths = layers.map(() => '');
  const totals = Array.from({ length }, (_, i) => layers.reduce((sum, layer) => sum + (layer.n[i] ?? 0), 0));
  const most = Math.max(1, ...totals);
  totals.forEach((total, i) => {
    if (total === 0) return;
    const tall = Math.max(2, Math.sqrt(total / most) * height);
    let y = height;
    layers.forEach((layer, k) => {
      const n = layer.n[i] ?? 0;
      if (n === 0) return;
      const h = (n / total) * tall;
      paths[k] += `M${(i + 0.08).toFixed(2)} ${y.toFixed(2)}v${(-h).toFixed(2)}h.84v${h.toFixed(2)}z`;
      y -= h;
    });
  });
  return { paths, totals };
}
