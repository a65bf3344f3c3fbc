// The frame of a view: its heading (which gets the focus on navigation), what stands beside it,
// and the title of the document. Every view is one Page.

import { html, useEffect } from '../vendor/preact.js';
import { openFindings } from '../lib/status.js';

/**
 * `title` is plain words (pass recorded text through `flat`); `heading` replaces it on the page.
 * `side` stands to the right of the heading. `wide` uses all the room there is.
 * @param {{ title: string, heading?: import('../vendor/preact.js').ComponentChildren, wide?: boolean, class?: string,
 *   side?: import('../vendor/preact.js').ComponentChildren, children?: import('../vendor/preact.js').ComponentChildren }} props
 */
export function Page({ title, heading, side, wide, children, ...rest }) {
  const open = openFindings.value.total;
  useEffect(() => {
    document.title = `${open > 0 ? `(${open}) ` : ''}${title} · Vigil`;
  }, [title, open]);
  return html`<div class=${`page${wide ? ' is-wide' : ''} ${rest.class ?? ''}`}>
    <header class="page-head"><h1 tabindex="-1" data-heading>${heading ?? title}</h1>${side ? html`<div class="page-side">${side}</div>` : null}</header>
    ${children}
  </div>`;
}
