// The row of filters above a list. On a narrow page only the search and the count stay in sight;
// the filters fold behind one button that says how many are set, so that rows come first.

import { html, useId, useState } from '../vendor/preact.js';
import { query } from '../lib/router.js';
import { Clear } from './filters.js';
import { Icon } from './icon.js';
import { useNarrow } from './narrow.js';

/** The ends of a range are one filter. @type {Record<string, string>} */
const SAME = { from: 'range', to: 'range', at: 'range' };

/** @typedef {import('../vendor/preact.js').ComponentChildren} Children */
/**
 * `names` are the parameters that its filters set, for their count and "Clear filters"; `search`
 * comes first, `side` stands at the end and always in sight.
 * @param {{ names: readonly string[], search?: Children, side?: Children, class?: string, children?: Children }} props
 */
export function FilterBar({ names, search, side, children, ...rest }) {
  const narrow = useNarrow();
  const [open, setOpen] = useState(false);
  const id = useId();
  const set = new Set(names.filter((name) => name !== 'q' && query.value.has(name)).map((name) => SAME[name] ?? name)).size;
  const filters = html`${children}<${Clear} names=${names} />`;
  return html`<div class=${`bar ${rest.class ?? ''}`}>${search}${narrow ? html`
    <button type="button" class=${`chip bar-fold${set > 0 ? ' is-set' : ''}`} aria-expanded=${open} aria-controls=${id} onClick=${() => setOpen(!open)}>
      Filters${set > 0 ? html` <span class="chip-n">${set}</span><span class="hidden"> set</span>` : null} <${Icon} name="chevron" size=${12} /></button>${side}
    <div id=${id} class="bar-filters" role="group" aria-label="Filters" hidden=${!open}>${open ? filters : null}</div>` : html`${filters}${side}`}
  </div>`;
}
