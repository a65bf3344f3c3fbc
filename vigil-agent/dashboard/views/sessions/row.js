// One session of the list, as one link. Two lines, a third for what a search found in it.

import { html } from '../../vendor/preact.js';
import { isSite } from '../../lib/clients.js';
import { money, moneyTitle, short, shortId, tokensInFull, tokensOf } from '../../lib/format.js';
import { href } from '../../lib/router.js';
import { Client, Deleted, FindingCount } from '../../parts/badge.js';
import { Icon } from '../../parts/icon.js';
import { Path, Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';

/** @typedef {import('../sessions.js').Found} Found */

const TWO_LINES = 64;
const THREE_LINES = 88;

/**
 * @param {(i: number) => Found | null} at
 * @param {boolean} narrow
 * @param {boolean} searching
 * @returns {number | ((i: number) => number)}
 */
export function rowHeights(at, narrow, searching) {
  const two = narrow ? 68 : TWO_LINES;
  return searching ? (i) => (at(i)?.find ? THREE_LINES : two) : two;
}

/** @param {Found & { tabIndex: 0 | -1, narrow: boolean }} props */
export function SessionLine({ row, find, tabIndex, narrow }) {
  const to = href(`/sessions/${row.key}`, { event: find?.seq });
  const title = row.title ? html`<${Words} text=${row.title} most=${300} brief />`
    : html`<span class="quiet">Untitled</span> <span class="mono quiet"><${Words} text=${shortId(row.id)} brief /></span>`;
  const Line = narrow ? Narrow : Wide;
  return html`<a class="session" href=${to} tabindex=${tabIndex} data-row>
    <${Line} row=${row} title=${title} />
    ${find ? html`<span class="session-find"><${Words} text=${find.snippet} most=${300} brief /></span>` : null}
  </a>`;
}

/** @typedef {{ row: Found['row'], title: unknown }} LineProps */

/** @param {LineProps} props */
function Wide({ row, title }) {
  const tokens = tokensOf(row.usage);
  return html`<span class="session-main"><span class="session-title">${title}</span>
      <span class="session-sub"><${Place} row=${row} />${row.branch ? html`<span class="session-branch"><${Icon} name="branch" size=${12} /><${Words} text=${row.branch} most=${80} brief /></span>` : null}
        ${row.subagents.length > 0 ? html`<span class="session-agents">${row.subagents.length} ${row.subagents.length === 1 ? 'sub-agent' : 'sub-agents'}</span>` : null}<${Deleted} at=${row.deleted} /></span></span>
    <span class="session-who"><${Client} name=${row.client} version=${row.version} /><span class="mono quiet cut"><${Words} text=${row.model} most=${60} brief /></span></span>
    <span class="session-work n"><span>${short(row.turns)} <span class="quiet">${row.turns === 1 ? 'turn' : 'turns'}</span></span><span>${short(row.tool_calls)} <span class="quiet">${row.tool_calls === 1 ? 'tool call' : 'tool calls'}</span></span></span>
    ${isSite(row.client) && tokens === 0 ? html`<span class="session-use n"><span class="quiet" title="a page says neither how many tokens it took nor what that cost">not told</span></span>`
      : html`<span class="session-use n"><span title=${moneyTitle(row.usage)}>${money(row.usage)}</span><span class="quiet" title=${tokensInFull(row.usage)}>${short(tokens)} tokens</span></span>`}
    <span class="session-findings"><${FindingCount} n=${row.findings} worst=${row.worst} /></span>
    <span class="session-last n"><${When} at=${row.last} /></span>`;
}

/** @param {LineProps} props */
function Narrow({ row, title }) {
  return html`<span class="session-top"><span class="session-title">${title}</span><span class="session-last quiet"><${When} at=${row.last} /></span></span>
    <span class="session-sub"><${Client} name=${row.client} version=${row.version} /><${Place} row=${row} />
      <${FindingCount} n=${row.findings} worst=${row.worst} /><${Deleted} at=${row.deleted} />${isSite(row.client) && tokensOf(row.usage) === 0 ? null : html`<span class="session-cost" title=${moneyTitle(row.usage)}>${money(row.usage)}</span>`}</span>`;
}

/** A conversation on a web site has no folder. @param {{ row: Found['row'] }} props */
function Place({ row }) {
  return html`<${Path} path=${row.cwd} none=${isSite(row.client) ? 'web conversation' : undefined} />`;
}
