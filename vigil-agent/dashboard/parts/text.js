// Recorded text, shown as text: masks as chips, invisible characters by name, findings marked.
// Never makes a link or markup of what was recorded.

import { html, useMemo, useState } from '../vendor/preact.js';
import { count, withoutSlashes } from '../lib/format.js';
import { clip, flat, pieces, ruleWords } from '../lib/masks.js';
import { marked } from './text/marks.js';

/** @typedef {import('./text/marks.js').Mark} Mark */

/** @param {{ rule: string, hint: string, fingerprint?: string }} props  A masked secret. */
function Mask({ rule, hint, fingerprint }) {
  const title = `a masked secret: ${ruleWords(rule)}${fingerprint ? `, fingerprint ${fingerprint}` : ''}`;
  return html`<span class="mask" title=${title}><span class="mask-type">${ruleWords(rule)}</span>${hint
    ? html`<span class="mask-hint">${hint}</span>` : null}</span>`;
}

/**
 * `mono` for what machines wrote, `pre` keeps its lines, `clamp` shows at most so many lines,
 * `most` so many characters before "show more" (4,000 unless told). `marks` are places to
 * highlight, in UTF-16 units of `text`; the one with `focus` is strongest (deep links).
 * @typedef {object} WordsProps
 * @property {string | null | undefined} text
 * @property {Mark[]} [marks]
 * @property {boolean} [mono]
 * @property {boolean} [pre]
 * @property {number} [clamp]
 * @property {number} [most]
 * @property {boolean} [brief]  Cut with … and no button: for rows, which are links.
 * @property {string} [none]  What stands for no text.
 * @property {string} [class]
 */

/** In a line or a block; it takes the size and colour of what is around it. @param {WordsProps} props */
export function Words({ text, marks, mono, pre, clamp, brief, most = brief ? 400 : 4000, none = '', ...rest }) {
  const [more, setMore] = useState(0);
  const limit = most + more;
  const shown = useMemo(() => (text ? clip(text, limit) : ''), [text, limit]);
  const parts = useMemo(() => marked(pieces(shown), marks ?? []), [shown, marks]);
  if (!text) return none ? html`<span class="quiet">${none}</span>` : null;
  const left = text.length - shown.length;
  const names = ['words', mono && 'mono', pre && 'is-pre', clamp && 'is-clamped', rest.class].filter(Boolean);
  return html`<span class=${names.join(' ')} style=${clamp ? { '-webkit-line-clamp': String(clamp), 'line-clamp': String(clamp) } : undefined}>${parts.map(
    ({ piece, mark }, i) => html`<${Part} key=${i} piece=${piece} mark=${mark} />`,
  )}${left > 0 && (brief || clamp) ? '…' : left > 0 ? html`… <button type="button" class="link-button" onClick=${() => setMore((n) => Math.max(16_000, n * 2))}>
    show more (${count(left)} characters)</button>` : null}</span>`;
}

/** @param {{ piece: import('../lib/masks.js').Piece, mark: Mark | null }} props */
function Part({ piece, mark }) {
  const inner = piece.type === 'plain' ? piece.text
    : piece.type === 'mask' ? html`<${Mask} ...${piece} />`
      : html`<span class="invisible" title="an invisible character">⟨${piece.name}⟩</span>`;
  if (!mark) return inner;
  const names = `hit${mark.severity ? ` hit-${mark.severity}` : ''}${mark.focus ? ' is-focus' : ''}`;
  return html`<mark class=${names} title=${mark.title}>${inner}</mark>`;
}

/** A path: its last part strong, the way to it quiet. @param {{ path: string | null, none?: string }} props */
export function Path({ path, none = 'no folder' }) {
  if (!path) return html`<span class="quiet">${none}</span>`;
  const cut = lastPart(path);
  return html`<span class="path" title=${flat(path, 400)}><span class="path-way"><${Words} text=${path.slice(0, cut)} brief /></span><span
    class="path-end"><${Words} text=${path.slice(cut)} brief /></span></span>`;
}

/** @param {string} path  Never within a mask. */
function lastPart(path) {
  const clean = withoutSlashes(path);
  const mask = clean.lastIndexOf('[[vigil:');
  const cut = (mask >= 0 && !clean.slice(mask).includes(']]/') ? clean.lastIndexOf('/', mask) : clean.lastIndexOf('/')) + 1;
  return cut >= clean.length ? 0 : cut;
}
