// What a session's findings are and which files its tool calls named; each leads to its place in
// the timeline.

import { html } from '../../vendor/preact.js';
import { evidenceOf, whatOf } from '../../lib/findings.js';
import { count } from '../../lib/format.js';
import { hrefWith } from '../../lib/router.js';
import { Severity, TriageState } from '../../parts/badge.js';
import { List } from '../../parts/list.js';
import { Path, Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';

/** @typedef {import('../../types/api.d.ts').FindingRow} FindingRow */
/** @typedef {import('../../types/api.d.ts').FileUse} FileUse */

/** @param {MouseEvent} event */
function isPlain(event) {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

/** @param {{ findings: FindingRow[], total: number, chosen: string | null, go: (finding: FindingRow) => void }} props */
export function Findings({ findings, total, chosen, go }) {
  if (findings.length === 0) return html`<p class="note">Nothing was found in this session.</p>`;
  return html`<ul class="found">${findings.map((finding) => html`<li key=${finding.id} class=${finding.id === chosen ? 'is-chosen' : ''}>
    <a class="found-go" href=${hrefWith({ event: finding.event, finding: finding.id, at: null, pane: null })}
      onClick=${(/** @type {MouseEvent} */ event) => { if (isPlain(event)) { event.preventDefault(); go(finding); } }}>
      <span class="found-head"><${Severity} severity=${finding.severity} /><strong>${whatOf(finding)}</strong>${finding.state === 'open' ? null : html`<${TriageState} state=${finding.state} />`}</span>
      <span class="found-words mono"><${Words} text=${evidenceOf(finding, { alone: true })} most=${240} clamp=${2} brief /></span>
      <span class="quiet found-sub">${finding.turn === null ? '' : `turn ${finding.turn}, `}<${When} at=${finding.at} />${finding.sightings > 1 ? `, ${count(finding.sightings)} places` : ''}</span></a>
    <a class="found-open" href=${`/findings/${finding.id}`}>Details<span class="hidden"> of ${whatOf(finding)}</span></a></li>`)}</ul>
    ${total > findings.length ? html`<p class="note">The worst ${count(findings.length)} of ${count(total)}.</p>` : null}`;
}

/** @param {{ files: FileUse[], go: (file: FileUse) => void }} props */
export function Files({ files, go }) {
  if (files.length === 0) return html`<p class="note">No tool call of this session named a file.</p>`;
  return html`<p class="note">As tool calls named them; the latest first.${files.length >= 500 ? ' Only the latest 500.' : ''}</p>
    <${List} label="Files" count=${files.length} rowHeight=${48} render=${(/** @type {number} */ i, /** @type {{ tabIndex: 0 | -1 }} */ { tabIndex }) => {
      const file = files[i];
      return file ? html`<a class="file" data-row tabindex=${tabIndex} href=${hrefWith({ event: file.seq, at: null, finding: null, pane: null })}
        onClick=${(/** @type {MouseEvent} */ event) => { if (isPlain(event)) { event.preventDefault(); go(file); } }}>
        <span class="mono file-path"><${Path} path=${file.path} /></span>
        <span class="quiet file-sub">${[file.writes > 0 && `${count(file.writes)} ${file.writes === 1 ? 'write' : 'writes'}`, file.reads > 0 && `${count(file.reads)} ${file.reads === 1 ? 'read' : 'reads'}`]
          .filter(Boolean).join(', ')} <${When} at=${file.at} /></span></a>` : null;
    }} />`;
}
