// Who saw an event and where, and everything else that is known of it: ids, process, sizes.

import { html } from '../../../vendor/preact.js';
import { bytes, count } from '../../../lib/format.js';
import { Witness } from '../../../parts/badge.js';
import { CopyButton } from '../../../parts/copy.js';
import { Path, Words } from '../../../parts/text.js';
import { When } from '../../../parts/when.js';
import { Fact } from './call.js';

/** @typedef {import('../../../types/api.d.ts').EventRow} EventRow */
/** @typedef {import('../../../types/api.d.ts').EventView} EventView */
/** @typedef {import('../../../types/api.d.ts').SightingRow} SightingRow */

/** Shown with the figures of a call. */
const OF_CALLS = new Set(['usage', 'provider', 'message', 'request', 'stop_reason', 'latency_us', 'first_byte_us', 'status', 'other_usage']);

/** @param {{ rows: (SightingRow & { of: string })[] }} props */
export function Sightings({ rows }) {
  if (rows.length === 0) return null;
  const independent = rows.some((row) => row.independent);
  return html`<section class="look-part" aria-label="Who saw it"><h3>Seen by</h3>
    <ul class="look-seen">${rows.slice(0, 40).map((row, i) => html`<li key=${i}>
      <span class="look-seen-who"><${Witness} name=${row.witness} />${row.of ? html`<span class="quiet">the ${row.of}</span>` : null}</span>
      <span class="look-place mono"><${Path} path=${row.place} none="no place" /></span>
      <span class="quiet">${row.witness === 'transcript' ? `at byte ${count(row.position)}, ` : ''}noticed <${When} at=${row.seen_at} /></span></li>`)}</ul>
    ${independent ? null : html`<p class="note">Only the client's own word. An independent witness (the proxy) would show whether it is true.</p>`}</section>`;
}

/** @param {{ event: EventRow, bytes: number, result: EventView | null }} props */
export function Facts({ event, bytes: size, result }) {
  const rest = Object.entries(event.detail ?? {}).filter(([name, value]) => value !== null && !(event.kind === 'model_call' && OF_CALLS.has(name)));
  return html`<details class="look-part"><summary>Ids and details</summary><dl class="look-facts">
    <${Fact} name="Event"><span class="mono">${event.id}</span> <${CopyButton} text=${event.id} label="Copy the event's id" /><//>
    <${Fact} name="Number">${count(event.seq)}${result ? html` <span class="quiet">result ${count(result.event.seq)}</span>` : null}<//>
    <${Fact} name="Session">${event.session ? html`<span class="mono"><${Words} text=${event.session} most=${200} /></span>` : null}<//>
    <${Fact} name="Thread">${event.thread ? html`<span class="mono"><${Words} text=${event.thread} most=${200} /></span>` : null}<//>
    <${Fact} name="Tool call">${event.tool_call ? html`<span class="mono"><${Words} text=${event.tool_call} most=${200} /></span>` : null}<//>
    <${Fact} name="Process">${event.process ? html`<span class="mono">${event.process.pid}</span> <span class="quiet">started <${When} at=${event.process.started} /></span>` : null}<//>
    <${Fact} name="Length">${size > 0 ? bytes(size) : null}${result && result.bytes > 0 ? html` <span class="quiet">result ${bytes(result.bytes)}</span>` : null}<//>
    <${Fact} name="Noticed"><${When} at=${event.seen_at} /><//>
    ${rest.map(([name, value]) => html`<${Fact} key=${name} name=${name.replaceAll('_', ' ')}><span class="mono"><${Words}
      text=${typeof value === 'string' ? value : JSON.stringify(value, null, 1)} pre most=${1000} /></span><//>`)}
  </dl></details>`;
}
