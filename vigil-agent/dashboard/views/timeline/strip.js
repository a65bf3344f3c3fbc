// The strip above the timeline: how much happened when, by group of kinds. Dragging zooms into a
// stretch, a click goes to its time; all of it by keyboard too. Gaps stand out from it.

import { html, useMemo } from '../../vendor/preact.js';
import { counted, short } from '../../lib/format.js';
import { hrefWith } from '../../lib/router.js';
import { flipped } from '../../parts/feedrow/kinds.js';
import { usePicking } from './picking.js';
import { marks, stretchWords } from './axis.js';
import { layersOf, pathsOf } from './density.js';

const HEIGHT = 56;

/**
 * `zoom` and `jump` get seconds since the epoch; `seen` is when the row on top of the list
 * happened, in milliseconds; `partly` when the list is filtered by what the strip cannot be.
 * @param {{ density: import('./density.js').DensityDoc, kinds: Set<string>, said: string | null, seen: number | null,
 *   narrow: boolean, partly: boolean, zoom: (from: number, to: number) => void, jump: (at: number) => void, reset?: () => void }} props
 */
export function Strip({ density, kinds, said, seen, narrow, partly, zoom, jump, reset }) {
  const { start, step } = density;
  const layers = useMemo(() => layersOf(density, kinds), [density, kinds]);
  const { paths, totals } = useMemo(() => pathsOf(layers, HEIGHT), [layers]);
  const count = totals.length;
  const gaps = density.rows.find((row) => row.kind === 'gap')?.n ?? [];
  const picking = usePicking({
    count,
    onStretch: (a, b) => zoom(start + a * step, start + (b + 1) * step),
    onPick: (i) => jump(start + (i + 1) * step),
    ...(reset && { onReset: reset }),
  });
  const end = start + count * step;
  const axis = useMemo(() => marks(start * 1000, end * 1000, narrow ? 4 : 9), [start, end, narrow]);
  if (count === 0) return null;
  /** @param {number} ms  As a share of the width. */
  const share = (ms) => `${((ms / 1000 - start) / (end - start)) * 100}%`;
  const { at, stretch } = picking;
  const words = at === null ? '' : bucketWords(density, layers, totals, gaps, stretch ?? { a: at, b: at });
  return html`<section class="strip" aria-label="Events over time">
    <div class="strip-head"><ul class="strip-legend" aria-label="Kinds">${layers.map(({ group, total }) => html`<li key=${group.name}>
        <a class=${`strip-key${group.kinds.some((kind) => kinds.has(kind)) ? '' : ' is-off'}`} href=${hrefWith({ kinds: flipped(said, group.kinds) })} aria-current=${said && group.kinds.every((kind) => kinds.has(kind)) ? 'true' : undefined}
          title=${`Show ${group.words.toLowerCase()} ${said ? 'or not' : 'alone'}`}><span class=${`strip-swatch strip-${group.name}`}></span>${group.words} <span class="quiet">${short(total)}</span></a></li>`)}</ul>
      <p class="strip-words quiet" aria-hidden="true">${words || wholeWords(totals, start, end, partly)}</p></div>
    <div class="strip-box" role="slider" tabindex="0" aria-label="Time" aria-orientation="horizontal" aria-valuemin="0" aria-valuemax=${count - 1}
      aria-valuenow=${at ?? count - 1} aria-valuetext=${words || `${wholeWords(totals, start, end, partly)}. Arrow keys move, with Shift they select, Enter goes there or zooms in.`}
      ...${picking.props}>
      <svg class="strip-plot" viewBox=${`0 0 ${count} ${HEIGHT}`} preserveAspectRatio="none" width="100%" height=${HEIGHT} aria-hidden="true" focusable="false">
        ${paths.map((d, i) => html`<path key=${layers[i]?.group.name} class=${`strip-${layers[i]?.group.name}`} d=${d} />`)}
        <path class="strip-gaps" d=${gaps.map((n, i) => (n > 0 ? `M${i} 0h1v3h-1z` : '')).join('')} />
        <path class="strip-gap-rows" d=${gaps.map((n, i) => (n > 0 ? `M${i} 3h1v${HEIGHT - 3}h-1z` : '')).join('')} />
      </svg>
      ${at !== null ? html`<span class="strip-at" style=${{ left: `${((stretch?.a ?? at) / count) * 100}%`, width: `${(((stretch?.b ?? at) - (stretch?.a ?? at) + 1) / count) * 100}%` }}></span>` : null}
      ${seen !== null && seen >= start * 1000 && seen <= end * 1000 ? html`<span class="strip-seen" style=${{ left: share(seen) }} title="the row on top of the list"></span>` : null}
    </div>
    <div class="strip-axis" aria-hidden="true">${axis.map(({ at: ms, words: mark }) => html`<span key=${ms} style=${{ left: share(ms) }}>${mark}</span>`)}</div>
  </section>`;
}

/** @param {number[]} totals @param {number} start @param {number} end @param {boolean} partly */
function wholeWords(totals, start, end, partly) {
  const total = totals.reduce((sum, n) => sum + n, 0);
  return `${counted(total, 'event')}, ${stretchWords(start * 1000, end * 1000)}${partly ? ' (of every client, witness and outcome)' : ''}`;
}

/**
 * @param {import('./density.js').DensityDoc} density
 * @param {import('./density.js').Layer[]} layers
 * @param {number[]} totals
 * @param {number[]} gaps
 * @param {{ a: number, b: number }} stretch
 */
function bucketWords({ start, step }, layers, totals, gaps, { a, b }) {
  const sum = (/** @type {number[]} */ n) => n.slice(a, b + 1).reduce((all, one) => all + one, 0);
  const missing = sum(gaps);
  const parts = layers.filter((layer) => sum(layer.n) > 0).map((layer) => `${layer.group.words.toLowerCase()} ${short(sum(layer.n))}`);
  return `${stretchWords((start + a * step) * 1000, (start + (b + 1) * step) * 1000)}: ${counted(sum(totals), 'event')}${
    parts.length > 1 ? ` (${parts.join(', ')})` : ''}${missing > 0 ? `, ${counted(missing, 'gap')}` : ''}`;
}
