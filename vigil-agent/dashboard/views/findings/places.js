// The places a finding was seen in, each a link to the exact turn and span; and what people said
// of it. The session's view finds the span from the finding's id.

import { html } from '../../vendor/preact.js';
import { count } from '../../lib/format.js';
import { flat } from '../../lib/masks.js';
import { href } from '../../lib/router.js';
import { Kind, TriageState, Witnesses } from '../../parts/badge.js';
import { Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';

/** @typedef {import('../../types/api.d.ts').FindingPlace} FindingPlace */
/** @typedef {import('../../types/api.d.ts').FindingRow} FindingRow */
/** @typedef {import('../../types/api.d.ts').TriageStep} TriageStep */

/** Beyond these one asks for more. */
const FIRST = 8;

/** @param {{ row: FindingRow, places: FindingPlace[], all: boolean, onAll: () => void }} props */
export function Places({ row, places, all, onAll }) {
  const shown = all ? places : places.slice(0, FIRST);
  const more = row.sightings - places.length;
  return html`<section class="detail-part"><h3>${row.sightings <= 1 ? 'Where it was seen' : `Where it was seen: ${count(row.sightings)} places`}</h3>
    ${places.length === 0 ? html`<p class="quiet">What it was seen in is no longer kept: the retention of the configuration removed it. The finding itself stays.</p>` : html`<ul class="detail-places">${shown.map((place) => html`<li key=${`${place.seq} ${place.span?.start ?? ''}`}><${Place} place=${place} finding=${row.id} /></li>`)}</ul>`}
    ${shown.length < places.length ? html`<button type="button" class="button" onClick=${onAll}>Show ${count(places.length - shown.length)} more</button>`
      : more > 0 && places.length > 0 ? html`<p class="quiet">These are the first ${count(places.length)}; ${count(more)} more are not listed.</p>` : null}
  </section>`;
}

/** @param {{ place: FindingPlace, finding: string }} props */
function Place({ place, finding }) {
  const inside = html`<span class="place-head"><${Kind} kind=${place.kind} />${place.name ? html`<strong class="cut"><${Words} text=${place.name} most=${80} brief /></strong>` : null}
      <span class="place-turn">${place.turn === null ? null : `turn ${place.turn}`}</span><${When} at=${place.at} /></span>
    ${place.snippet ? html`<span class="place-text"><${Words} text=${place.snippet} mono clamp=${4} most=${600} /></span>` : null}
    <span class="place-foot"><span class="cut">${place.title ? html`<${Words} text=${place.title} most=${160} brief />` : html`<span class="quiet">${place.session_key ? 'Untitled session' : 'outside of any session'}</span>`}</span><${Witnesses} names=${place.witnesses} /></span>`;
  if (!place.session_key) return html`<span class="place">${inside}</span>`;
  const label = `Open ${place.kind.replace('_', ' ')}${place.turn === null ? '' : ` of turn ${place.turn}`} in ${place.title ? flat(place.title, 60) : 'its session'}`;
  return html`<a class="place" href=${href(`/sessions/${place.session_key}`, { event: place.seq, finding })} title=${label}>${inside}</a>`;
}

/** @param {{ steps: TriageStep[] }} props */
export function History({ steps }) {
  return html`<section class="detail-part"><h3>What was said of it</h3>
    ${steps.length === 0 ? html`<p class="quiet">Nobody has said anything of it yet.</p>`
      : html`<ol class="detail-history">${[...steps].reverse().map((step, i) => html`<li key=${steps.length - i}><span class="history-head"><${TriageState} state=${step.state} /><${When} at=${step.at} /></span>
          ${step.note ? html`<p class="history-note"><${Words} text=${step.note} pre /></p>` : null}</li>`)}</ol>`}
  </section>`;
}
