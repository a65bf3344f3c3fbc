// An install as a row: the verdict, the package and why, the command and where, what became of it.

import { html } from '../../vendor/preact.js';
import { ecosystemName, packageName, reasonWords, wayWords } from '../../lib/packages.js';
import { Client, Outcome, Severity } from '../../parts/badge.js';
import { Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';
import { idOf, placeOf } from './filter.js';

/** @typedef {import('../../types/api.d.ts').InstallRow} InstallRow */
/** @typedef {import('../../types/api.d.ts').Reason} Reason */

/** Heights of a row with columns and of one with lines. */
export const COLUMNS = 64;
export const LINES = 96;

/**
 * @param {{ row: InstallRow, tabIndex: 0 | -1, columns: boolean, current: boolean, onOpen: (event: MouseEvent) => void }} props
 */
export function InstallLine({ row, tabIndex, columns, current, onOpen }) {
  const Inside = columns ? Columns : Lines;
  return html`<a class=${`install ${columns ? 'has-columns' : 'has-lines'}${current ? ' is-current' : ''}`} href=${placeOf(idOf(row))} tabindex=${tabIndex} data-row data-install=${idOf(row)}
    aria-current=${current ? 'true' : undefined} onClick=${onOpen}><${Inside} row=${row} /></a>`;
}

/** @param {{ severity: InstallRow['severity'] }} props */
export function Verdict({ severity }) {
  return severity ? html`<${Severity} severity=${severity} />` : html`<span class="quiet install-none" title="nothing that Vigil knows speaks against it">nothing known</span>`;
}

/** @param {{ reason: Reason, brief?: boolean }} props */
export function Because({ reason, brief }) {
  const { before, after } = reasonWords(reason);
  return html`<span class="install-reason">${before}${reason.target ? html`<strong><${Words} text=${reason.target} most=${80} brief=${brief} /></strong>` : null}${after}</span>`;
}

/** @param {{ row: InstallRow }} props */
function Name({ row: { package: of } }) {
  return html`<strong class="cut install-name"><${Words} text=${packageName(of)} most=${160} brief /></strong>${of.package && of.version ? html`<span class="mono quiet cut install-version"><${Words} text=${of.version} most=${60} brief /></span>` : null}
    <span class="badge">${ecosystemName(of.ecosystem)}</span>`;
}

/** @param {{ row: InstallRow }} props */
function Why({ row: { reasons, package: of } }) {
  if (reasons.length === 0) return of.source === 'registry' ? null : html`<span class="quiet">from ${of.source === 'index' ? 'another registry' : `a ${of.source}`}</span>`;
  return html`${reasons.slice(0, 3).map((reason, i) => html`${i > 0 ? html`<span class="quiet">, </span>` : null}<${Because} key=${i} reason=${reason} brief />`)}${reasons.length > 3 ? '…' : ''}`;
}

/** @param {{ row: InstallRow }} props */
export function Became({ row }) {
  const way = wayWords(row.way);
  return html`${row.outcome ? html`<${Outcome} outcome=${row.outcome} />` : null}${row.way === 'command' ? null : html`<span class="badge" title=${way.title}>${way.words}</span>`}`;
}

/** @param {{ row: InstallRow }} props */
function Where({ row }) {
  return row.title ? html`<${Words} text=${row.title} most=${160} brief />` : html`<span class="quiet">${row.session_key ? 'Untitled session' : 'No session'}</span>`;
}

/** @param {{ row: InstallRow }} props */
function Columns({ row }) {
  return html`<span class="install-verdict"><${Verdict} severity=${row.severity} /></span>
    <span class="install-main"><span class="install-top"><${Name} row=${row} /></span><span class="install-why cut"><${Why} row=${row} /></span></span>
    <span class="install-where"><span class="install-command cut"><${Words} text=${row.command} mono most=${200} brief /></span>
      <span class="install-sub"><${Client} name=${row.client} /><span class="cut"><${Where} row=${row} /></span>${row.turn === null ? null : html`<span>turn ${row.turn}</span>`}</span></span>
    <span class="install-seen n"><${When} at=${row.at} /><span class="badges"><${Became} row=${row} /></span></span>`;
}

/** @param {{ row: InstallRow }} props */
function Lines({ row }) {
  return html`<span class="install-top"><${Name} row=${row} /><span class="install-seen"><${When} at=${row.at} /></span></span>
    <span class="install-why cut"><${Verdict} severity=${row.severity} /> <${Why} row=${row} /></span>
    <span class="install-sub"><${Became} row=${row} /><${Client} name=${row.client} /><span class="install-command cut"><${Words} text=${row.command} mono most=${120} brief /></span></span>`;
}
