// What stands where there are no rows: nothing recorded (and the command that changes that),
// something went wrong (and the remedy), or rows on their way. Never a bare spinner.

import { html, useEffect, useState } from '../vendor/preact.js';
import { ApiError } from '../lib/api.js';
import { CopyButton } from './copy.js';

/** A command to type, with a button that copies it. @param {{ text: string }} props */
export function Command({ text }) {
  return html`<span class="command"><code>${text}</code><${CopyButton} text=${text} label=${`Copy the command ${text}`} /></span>`;
}

/**
 * @param {{ title: string, children?: import('../vendor/preact.js').ComponentChildren, command?: string }} props
 */
export function Empty({ title, children, command }) {
  return html`<div class="empty">
    <p class="empty-title">${title}</p>
    ${children ? html`<div class="empty-text">${children}</div>` : null}
    ${command ? html`<${Command} text=${command} />` : null}
  </div>`;
}

/**
 * What went wrong, the remedy, and Retry. `slim` for a line above rows that are still shown.
 * @param {{ error: Error, retry?: () => void, slim?: boolean }} props
 */
export function Problem({ error, retry, slim }) {
  const hint = error instanceof ApiError ? error.hint : 'Reload the page. If it happens again, see `vigil logs`.';
  return html`<div class=${`problem${slim ? ' is-slim' : ''}`} role="alert">
    <p class="problem-title"><${Remedy} text=${error instanceof ApiError ? error.message : `This part of the page failed: ${error.message}`} /></p>
    <p class="problem-hint"><${Remedy} text=${hint} /></p>
    ${retry ? html`<button type="button" class="button" onClick=${retry}>Retry</button>` : null}
  </div>`;
}

/** Words in which `backticks` are commands. @param {{ text: string }} props */
export function Remedy({ text }) {
  return html`<span class="words">${text.split('`').map((part, i) => (i % 2 ? html`<code>${part}</code>` : part))}</span>`;
}

/** True once `ms` have passed: what loads faster shows nothing in between. @param {number} [ms] */
function useLate(ms = 150) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), ms);
    return () => clearTimeout(timer);
  }, []);
  return late;
}

/** Quiet placeholder rows, after 150 ms. @param {{ rows?: number, height?: number }} props */
export function Skeleton({ rows = 8, height = 64 }) {
  if (!useLate()) return null;
  return html`<div class="skeletons" aria-hidden="true">${Array.from({ length: rows }, (_, i) =>
    html`<${SkeletonRow} key=${i} height=${height} i=${i} />`)}</div>`;
}

/** One of them, for a row of the virtual list that is on its way. @param {{ height?: number, i?: number }} props */
export function SkeletonRow({ height = 64, i = 0 }) {
  return html`<div class="skeleton" style=${{ height: `${height}px` }}>
    <span style=${{ width: `${30 + ((i * 17) % 35)}%` }}></span><span style=${{ width: `${18 + ((i * 11) % 22)}%` }}></span>
  </div>`;
}
