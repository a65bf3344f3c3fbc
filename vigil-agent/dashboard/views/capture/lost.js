// What was lost or not read, by the name it is counted under, with what that means. Names that
// are not known here are shown as they are.

import { html } from '../../vendor/preact.js';
import { count } from '../../lib/format.js';
import { Remedy } from '../../parts/empty.js';
import { Words } from '../../parts/text.js';
import { reasonOf } from './reasons.js';

/** @param {{ drops: Record<string, number> }} props */
export function Lost({ drops }) {
  const lost = Object.entries(drops).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
  return html`<section class="capture-panel" aria-labelledby="lost"><h2 id="lost">Lost or not read</h2>
    ${lost.length === 0 ? html`<p>None counted. Vigil can only count what it noticed: what went past every witness is not in this number.</p>`
      : html`<p>Counted since the store was begun.</p><ul class="capture-lost">${lost.map(([name, n]) => html`<${Loss} key=${name} name=${name} n=${n} />`)}</ul>`}
  </section>`;
}

/** @param {{ name: string, n: number }} props */
function Loss({ name, n }) {
  const reason = reasonOf(name);
  return html`<li><span class="lost-n">${count(n)}</span><span class="lost-what">
    ${reason ? html`<span><strong>${reason.title}</strong> <span class="mono quiet"><${Words} text=${name} most=${80} brief /></span></span><span class="lost-why"><${Remedy} text=${reason.why} /></span>`
      : html`<strong class="mono"><${Words} text=${name} most=${80} brief /></strong>`}</span></li>`;
}
