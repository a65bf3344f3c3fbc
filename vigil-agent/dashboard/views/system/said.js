// A part of the system view with its heading: what it lists and who says so. What no source
// records is said in words in place of the rows.

import { html, useId } from '../../vendor/preact.js';

/** @typedef {import('../../vendor/preact.js').ComponentChildren} Children */

/**
 * `witness`: the kind of witness, `independent` or `self-reported`, null when nobody records it.
 * @param {{ title: string, witness: 'independent' | 'self-reported' | null, by: string, more?: number,
 *   side?: Children, children?: Children }} props
 */
export function Said({ title, witness, by, side, children }) {
  const id = useId();
  return html`<section class="said" aria-labelledby=${id}>
    <header class="said-head"><h2 id=${id}>${title}</h2>
      <span class=${`badge${witness ? ` witness witness-${witness}` : ' said-not'}`}>${witness ?? 'not recorded yet'}</span>
      <span class="quiet said-by">${by}</span>${side ? html`<span class="said-side">${side}</span>` : null}</header>
    ${children}
  </section>`;
}

/** @param {{ children?: Children }} props */
export function NotYet({ children }) {
  return html`<div class="said-empty">${children}</div>`;
}
