// From when on the system view adds up: one end, since what it shows always goes up to now.

import { html } from '../../vendor/preact.js';
import { setQuery } from '../../lib/router.js';
import { PRESETS, rangeWords } from '../../lib/time.js';
import { Icon } from '../../parts/icon.js';
import { useRange } from '../../parts/range.js';

export function Since() {
  const range = useRange('24h');
  const own = range.preset === null;
  /** @param {Event} event */
  const onChange = (event) => {
    const value = /** @type {HTMLSelectElement} */ (event.currentTarget).value;
    if (value !== 'own') setQuery({ range: value === '24h' ? null : value, from: null, to: null }, { push: true });
  };
  return html`<span class="choice"><select aria-label="Time" value=${own ? 'own' : range.preset} onChange=${onChange}>
    ${own ? html`<option value="own" selected>${rangeWords({ preset: null, from: range.from ?? rangeStart() })}</option>` : null}
    ${PRESETS.map((one) => html`<option key=${one.name} value=${one.name} selected=${one.name === range.preset}>${one.label}</option>`)}
  </select><${Icon} name="chevron" size=${12} /></span>`;
}

/** Where only the later end is named, everything before now counts. */
function rangeStart() {
  return new Date(0).toISOString();
}
