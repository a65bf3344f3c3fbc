// One finding of the list: a checkbox, and the rest as one link. Wide rows have columns, the
// others three lines.

import { html } from '../../vendor/preact.js';
import { evidenceOf } from '../../lib/findings.js';
import { counted } from '../../lib/format.js';
import { flat } from '../../lib/masks.js';
import { query } from '../../lib/router.js';
import { Client, Severity, TriageState } from '../../parts/badge.js';
import { Path, Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';
import { placeOf } from './filter.js';
import { seenAgain, whatOf } from './words.js';

/** @typedef {import('../../types/api.d.ts').FindingRow} FindingRow */

export const COLUMNS = 64;
export const LINES = 88;

/**
 * @typedef {object} LineProps
 * @property {FindingRow} row
 * @property {0 | -1} tabIndex
 * @property {boolean} columns
 * @property {boolean} checked
 * @property {boolean} current  Its detail is shown.
 * @property {boolean} leaving  Its triage is on its way.
 * @property {(event: MouseEvent) => void} onOpen
 * @property {(range: boolean) => void} onCheck
 */

/** @param {LineProps} props */
export function FindingLine({ row, tabIndex, columns, checked, current, leaving, onOpen, onCheck }) {
  const names = ['finding', columns ? 'has-columns' : 'has-lines', checked && 'is-checked', current && 'is-current', leaving && 'is-leaving'];
  const Inside = columns ? Columns : Lines;
  // The click tells whether Shift was held; the change alone does not.
  const onClick = (/** @type {MouseEvent} */ event) => onCheck(event.shiftKey);
  return html`<div class=${names.filter(Boolean).join(' ')}>
    <label class="finding-check"><input type="checkbox" checked=${checked} tabindex=${tabIndex} onClick=${onClick}
      aria-label=${`Select ${whatOf(row)}, ${row.severity}, ${row.title ? flat(row.title, 60) : row.id.slice(0, 8)}`} /></label>
    <a class="finding-link" href=${placeOf(row.id)} tabindex=${tabIndex} data-row data-finding=${row.id} aria-current=${current ? 'true' : undefined} onClick=${onOpen}>
      <${Inside} row=${row} /></a>
  </div>`;
}

/** What the row's state says beyond the tab one looks at. @param {{ row: FindingRow }} props */
function Marks({ row }) {
  return html`${row.state === (query.value.get('state') ?? 'open') ? null : html`<${TriageState} state=${row.state} />`}${seenAgain(row)
    ? html`<span class="finding-again">seen again <${When} at=${row.last} /></span>` : null}`;
}

/** @param {{ row: FindingRow }} props */
function Where({ row }) {
  return html`${row.title ? html`<${Words} text=${row.title} most=${200} brief />` : html`<span class="quiet">${row.session ? 'Untitled session' : 'No session'}</span>`}`;
}

/** @param {{ row: FindingRow }} props */
function Columns({ row }) {
  return html`<span class="finding-severity"><${Severity} severity=${row.severity} /></span>
    <span class="finding-main"><span class="finding-top"><strong class="cut">${whatOf(row)}</strong><${Marks} row=${row} /></span>
      <span class="finding-evidence cut"><${Words} text=${evidenceOf(row, { alone: true })} most=${300} mono brief /></span></span>
    <span class="finding-where"><span class="cut"><${Where} row=${row} /></span>
      <span class="finding-sub"><${Client} name=${row.client} />${row.project ? html`<${Path} path=${row.project} />` : null}${row.turn === null ? null : html`<span>turn ${row.turn}</span>`}</span></span>
    <span class="finding-seen n"><${When} at=${row.at} />${row.sightings > 1 ? html`<span class="quiet">${counted(row.sightings, 'place')}</span>` : null}</span>`;
}

/** @param {{ row: FindingRow }} props */
function Lines({ row }) {
  return html`<span class="finding-top"><${Severity} severity=${row.severity} /><strong class="cut">${whatOf(row)}</strong><${Marks} row=${row} /><span class="finding-seen"><${When} at=${row.at} /></span></span>
    <span class="finding-evidence cut"><${Words} text=${evidenceOf(row, { most: 16, alone: true })} most=${200} mono brief /></span>
    <span class="finding-sub"><${Client} name=${row.client} /><span class="cut finding-title"><${Where} row=${row} /></span>${row.turn === null ? null : html`<span>turn ${row.turn}</span>`}${row.sightings > 1
      ? html`<span>${counted(row.sightings, 'place')}</span>` : null}</span>`;
}
