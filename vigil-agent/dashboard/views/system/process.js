// One process in a line: its command, whose it is, what it cost and how it ended. Opens what it
// started.

import { html } from '../../vendor/preact.js';
import { now } from '../../lib/clock.js';
import { bytes, count, counted, duration } from '../../lib/format.js';
import { flat as flatText } from '../../lib/masks.js';
import { endWords, failed } from '../../lib/processes.js';
import { href, hrefWith } from '../../lib/router.js';
import { millis, whole } from '../../lib/time.js';
import { Client } from '../../parts/badge.js';
import { Icon } from '../../parts/icon.js';
import { Words } from '../../parts/text.js';
import { DEEPEST } from './branches.js';

/** @typedef {import('../../types/api.d.ts').ProcessRow} ProcessRow */
/** @typedef {import('./branches.js').Line} Line */
/** @typedef {ReturnType<typeof import('./branches.js').createBranches>} Branches */

/** Pixels a level is moved in. */
const INDENT = 20;

/** @param {{ line: Line, tabIndex: 0 | -1, branches: Branches, flat: boolean }} props  `flat`: lines below an agent are what was found. */
export function ProcessLine({ line, tabIndex, branches, flat }) {
  const { row, depth } = line;
  const style = { '--indent': `${Math.min(depth, DEEPEST) * INDENT}px` };
  if (!row) return html`<div class="machine-row process is-coming" style=${style} aria-busy="true"><span class="process-command" data-row tabindex=${tabIndex}><span class="quiet">…</span></span></div>`;
  const opens = (depth === 0 || !flat) && (row.descendants > 0 || (depth === 0 && flat));
  const open = opens && branches.isOpen(row);
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const to = event.key === 'ArrowRight' ? true : event.key === 'ArrowLeft' ? false : null;
    if (to === null || !opens || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    branches.set(row, to);
  };
  const under = 'running' in row && row.running > 0 ? `${count(row.descendants)}, ${count(row.running)} running` : count(row.descendants);
  return html`<div class=${`machine-row process${depth === 0 ? ' is-agent' : ''}`} style=${style} onKeyDown=${onKeyDown}>
    <span class="process-command">
      ${opens ? html`<button type="button" class="button is-icon is-quiet process-open" tabindex=${tabIndex} aria-expanded=${open}
        aria-label=${`What ${depth === 0 ? 'the agent' : 'it'} started: ${under}`} onClick=${() => branches.set(row, !open)}><${Icon} name=${open ? 'chevron' : 'right'} size=${14} /></button>` : html`<span class="process-open"></span>`}
      <${Command} row=${row} depth=${depth} tabIndex=${tabIndex} />
      ${row.descendants > 0 ? html`<span class="badge process-under" title=${`${counted(row.descendants, 'process', 'processes')} under it`}>${under}</span>` : null}</span>
    <span class="process-owner"><${Owner} row=${row} depth=${depth} /></span>
    <span class="n process-cpu">${row.cpu_us === null ? html`<span class="quiet">–<span class="hidden">CPU not known</span></span>` : html`<span class="hidden">CPU </span>${duration(row.cpu_us / 1000)}<span class="narrow-only" aria-hidden="true"> CPU</span>`}</span>
    <span class="n process-memory">${row.peak_rss === null ? html`<span class="quiet">–<span class="hidden">memory not known</span></span>` : html`<span class="hidden">most memory </span>${bytes(row.peak_rss)}`}</span>
    <span class="n process-ran"><${Ran} row=${row} /></span>
    <span class="n process-end">${row.seq === null ? html`<span class="quiet">not seen</span>` : html`<span class=${`badge${failed(row.exit) ? ' outcome outcome-failed' : row.ended === null ? ' is-running' : ''}`}>${endWords(row)}</span>`}</span></div>`;
}

/** @param {{ row: ProcessRow, depth: number, tabIndex: 0 | -1 }} props */
function Command({ row, depth, tabIndex }) {
  const level = html`<span class="hidden">level ${depth + 1}: </span>`;
  if (row.seq === null) return html`<span class="process-argv quiet" data-row tabindex=${tabIndex}>${level}an agent whose own process was not seen (${row.process.pid})</span>`;
  return html`<a class="process-argv mono" href=${hrefWith({ event: row.seq })} data-row tabindex=${tabIndex} title=${flatText(row.cwd ? `${row.argv}\nin ${row.cwd}` : row.argv, 600)}>
    ${level}<${Words} text=${row.argv || row.exe} most=${400} brief none="command not seen" /><span class="quiet process-pid"> ${row.process.pid}</span></a>`;
}

/** The client of an agent, the tool call of what it started. @param {{ row: ProcessRow, depth: number }} props */
function Owner({ row, depth }) {
  const to = row.session_key ? href(`/sessions/${row.session_key}`, { event: row.tool_call }) : null;
  if (depth === 0) return html`<${Client} name=${row.client} />${to ? html` <a class="process-call" href=${to}>session</a>` : null}`;
  if (to && row.tool_call !== null) return html`<a class="process-call" href=${to} title="The tool call that started it"><${Words} text=${row.tool} none="a tool call" most=${40} brief /></a>`;
  return html`<span class="quiet">the agent</span>`;
}

/** How long it ran, or has run. @param {{ row: ProcessRow }} props */
function Ran({ row }) {
  const began = millis(row.at);
  const end = row.ended === null ? now.value : millis(row.ended);
  return html`<time dateTime=${row.at} title=${`started ${whole(row.at)}`}><span class="hidden">ran for </span>${duration(Math.max(0, end - began))}</time>`;
}
