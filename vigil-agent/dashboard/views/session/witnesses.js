// Who told of a session's calls: a line that says how far the client's own word and what the proxy
// saw agree, and unfolds to the calls that one of them alone told of.

import { html } from '../../vendor/preact.js';
import { count, counted } from '../../lib/format.js';
import { hrefWith } from '../../lib/router.js';
import { Outcome, Witnesses, kindName } from '../../parts/badge.js';
import { Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';

/** @typedef {import('../../types/api.d.ts').SessionView} SessionView */
/** @typedef {import('../../types/api.d.ts').SessionWitnesses} SessionWitnesses */
/** @typedef {import('../../types/api.d.ts').AloneCall} AloneCall */

/** @param {string[]} names */
function listed(names) {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

/** How many calls one side alone told of. @param {number} models @param {number} tools @param {string} who */
function only(models, tools, who) {
  const parts = [models > 0 && counted(models, 'model call'), tools > 0 && counted(tools, 'tool call')].filter(Boolean);
  return parts.length > 0 ? `${parts.join(' and ')} by the ${who} only` : null;
}

/** In words. @param {SessionWitnesses} told @returns {string[]} */
export function words({ by, model_calls: models, tool_calls: tools }) {
  if (by.length === 0) return [];
  if (by.length === 1) return [`Calls seen by the ${by[0]} only`];
  const client = by.filter((name) => name !== 'proxy');
  const first = `Calls seen by ${listed(by)}`;
  if (client.length === by.length) return [first];
  return [first, only(models.proxy, tools.proxy, 'proxy'), only(models.client, tools.client, client.length === 1 ? client[0] ?? '' : 'client')]
    .filter((part) => part !== null);
}

/** @param {MouseEvent} event */
function isPlain(event) {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

/** @param {{ doc: SessionView, go: (seq: number) => void }} props */
export function Compared({ doc, go }) {
  const { apart, session } = doc;
  const said = words(session.witnesses);
  if (said.length === 0) return null;
  const missed = [
    apart.before > 0 && `The proxy did not see its beginning: ${counted(apart.before, 'model call')} before the first that it saw.`,
    apart.after > 0 && `The proxy did not see its end: ${counted(apart.after, 'model call')} after the last that it saw.`,
  ].filter(Boolean);
  if (apart.total === 0) return html`<p class="compared">${said.join('; ')}.</p>`;
  return html`<details class="compared"><summary>${said.join('; ')}.</summary>
    ${missed.map((line) => html`<p class="note">${line}</p>`)}
    <ul class="apart" aria-label="Calls that one witness alone saw">${apart.calls.map((call) => html`<${Row} key=${call.seq} call=${call} go=${go} />`)}</ul>
    ${apart.total > apart.calls.length ? html`<p class="note">The first ${count(apart.calls.length)} of ${count(apart.total)}.</p>` : null}
  </details>`;
}

/** @param {{ call: AloneCall, go: (seq: number) => void }} props */
function Row({ call, go }) {
  return html`<li><a class="apart-go" href=${hrefWith({ event: call.seq, at: null, finding: null, pane: null })}
    onClick=${(/** @type {MouseEvent} */ event) => { if (isPlain(event)) { event.preventDefault(); go(call.seq); } }}>
    <span class="quiet"><${When} at=${call.at} /></span><span>${kindName(call.kind)}</span>
    <span class="mono cut"><${Words} text=${call.name ?? ''} most=${80} brief /></span><${Outcome} outcome=${call.kind === 'tool_call' ? call.outcome : null} />
    <${Witnesses} names=${call.by} /></a></li>`;
}
