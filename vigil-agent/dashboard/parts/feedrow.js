// One event of the feed in one line (two on a narrow page), for the live view and the timeline. A
// link to its place in its session; what belongs to no session opens beside the list instead.

import { html } from '../vendor/preact.js';
import { clientName } from '../lib/clients.js';
import { flowDetail } from '../lib/flows.js';
import { flat } from '../lib/masks.js';
import { count, counted, shortId } from '../lib/format.js';
import { href, hrefWith } from '../lib/router.js';
import { brief, whole } from '../lib/time.js';
import { sameDay } from './feedrow/days.js';
import { callWords, flowWords, processWords, reasonWords, toolWords } from './feedrow/words.js';
import { Client, FindingCount, Kind, Outcome, Witnesses } from './badge.js';
import { Icon } from './icon.js';
import { Words } from './text.js';
import { When } from './when.js';

/** @typedef {import('../types/api.d.ts').FeedRow} FeedRow */

/** Heights of a row, by the room there is. */
export const HEIGHTS = { wide: 38, narrow: 76 };

/** @typedef {{ row: FeedRow, tabIndex: 0 | -1, same?: boolean, dated?: boolean, fresh?: boolean }} FeedLineProps */

/** The last element of a row, and what it was made for. @type {WeakMap<FeedRow, { how: string, line: import('../vendor/preact.js').VNode }>} */
const made = new WeakMap();

/**
 * A [`FeedLine`]; the very element of before when nothing changed, which costs no drawing: of the
 * rows on screen a new event changes one or two. @param {FeedLineProps} props
 */
export function feedLine(props) {
  const how = `${props.tabIndex} ${!!props.same} ${!!props.dated} ${!!props.fresh}`;
  const known = made.get(props.row);
  if (known?.how === how) return known.line;
  const line = html`<${FeedLine} ...${props} />`;
  made.set(props.row, { how, line });
  return line;
}

/**
 * `same` when the row above is of the same session, which then need not be said as loudly.
 * `dated` shows the day of what did not happen today. `fresh` marks what has just come.
 * @param {FeedLineProps} props
 */
function FeedLine({ row, tabIndex, same, dated, fresh }) {
  const to = row.session_key ? href(`/sessions/${row.session_key}`, { event: row.seq }) : hrefWith({ event: row.seq });
  const names = ['feed-row', `is-${row.kind}`, same && 'is-same', fresh && 'is-fresh', !row.session_key && 'is-alone'].filter(Boolean);
  return html`<a class=${names.join(' ')} href=${to} tabindex=${tabIndex} data-row>
    <span class="feed-time">${dated && !sameDay(row.at, Date.now()) ? html`<time dateTime=${row.at} title=${whole(row.at)}>${brief(row.at)}</time>` : html`<${When} at=${row.at} precise />`}</span>
    <span class="feed-kind"><${Kind} kind=${row.kind} /></span>
    <span class="feed-what"><${What} row=${row} />${row.outcome && row.outcome !== 'executed' ? html`<${Outcome} outcome=${row.outcome} />` : null}<${FindingCount} n=${row.findings} worst=${row.worst} /></span>
    <span class="feed-where"><${Where} row=${row} /></span>
    <span class="feed-who"><${Client} name=${row.client} /><${Witnesses} names=${row.witnesses} /></span>
  </a>`;
}

/** What happened, in one line. @param {{ row: FeedRow }} props */
function What({ row }) {
  const { kind, name, text } = row;
  if (kind === 'tool_call') {
    return html`<span class="feed-words"><b class="feed-name"><${Words} text=${name} most=${60} brief /></b> <${Words} text=${toolWords(text ?? '')} mono brief />${row.processes > 0 ? html` <span class="badge">${counted(row.processes, 'process', 'processes')}</span>` : null}</span>`;
  }
  if (kind === 'model_call') {
    return html`<span class="feed-words is-figures"><span class="mono"><${Words} text=${name} most=${60} brief /></span> <span class="quiet">${callWords(row)}</span></span>`;
  }
  if (kind === 'connection') {
    const port = row.detail?.['port'];
    const more = /** @type {import('./feedrow/fold.js').Folded} */ (row).folded ?? 0;
    return html`<span class="feed-words"><span class="mono"><${Words} text=${name} brief />${typeof port === 'number' ? `:${port}` : ''}</span> ${more > 0 ? html`<${More} n=${more} what="connections" />` : null}<span class="quiet">${flowWords(row)}${flowDetail(text) ? ' ·' : ''}</span> ${flowDetail(text) ? html`<${Words} text=${flowDetail(text)} brief />` : null}</span>`;
  }
  if (kind === 'gap' || kind === 'config_change') {
    return html`<span class="feed-words"><b><${Words} text=${reasonWords(name ?? kind)} brief /></b> <${Words} text=${text} brief /></span>`;
  }
  if (kind === 'system' || kind === 'browser_message') {
    return html`<span class="feed-words"><span class="mono"><${Words} text=${name} most=${60} brief /></span> <${Words} text=${text} brief /></span>`;
  }
  if (kind === 'process') {
    const more = row.processes + (/** @type {import('./feedrow/fold.js').Folded} */ (row).folded ?? 0);
    return html`<span class="feed-words">${more > 0 ? html`<${More} n=${more} what="processes" />` : null}<${Words} text=${text?.trimStart()} mono brief none="command not seen" /> <span class="quiet">${processWords(row)}</span></span>`;
  }
  const machine = kind === 'tool_result' || kind === 'file' || kind === 'install';
  const written = kind === 'file' && row.detail?.['written'] === true;
  return html`<span class="feed-words">${written ? html`<b>written</b> ` : null}<${Words} text=${text?.trimStart()} mono=${machine} brief none="no text" /></span>`;
}

/** How many others of the same minute the row stands for. @param {{ n: number, what: string }} props */
function More({ n, what }) {
  return html`<span class="badge" title=${`and ${count(n)} more ${what} in the same minute`}>+${count(n)}<span class="hidden"> ${what} in the same minute</span></span> `;
}

/** Where: the session's title, and its project's last part. @param {{ row: FeedRow }} props */
function Where({ row }) {
  const client = row.client ? html`<span class="feed-client">${flat(clientName(row.client), 60)}</span>` : null;
  if (!row.session_key) return html`${client}<span class="quiet">no session</span>`;
  const title = row.title ? html`<${Words} text=${row.title} most=${120} brief />`
    : html`<span class="mono"><${Words} text=${shortId(row.session ?? row.session_key)} brief /></span>`;
  return html`${client}<span class="feed-title">${title}</span>${row.project ? html`<span class="feed-project" title=${flat(row.project)}><${Words} text=${lastPart(row.project)} most=${60} brief /></span>` : null}
    ${row.thread ? html`<span class="feed-thread" title="in a sub-agent"><${Icon} name="branch" size=${12} /><span class="hidden">in a sub-agent</span></span>` : null}`;
}

/** @param {string} path  Its last folder; the whole of it when a mask stands in it. */
function lastPart(path) {
  return path.includes('[[vigil:') ? path : path.split('/').filter(Boolean).at(-1) ?? path;
}
