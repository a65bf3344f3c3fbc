// The figures of a model call, in all their parts, and those of other witnesses where they differ.

import { html } from '../../../vendor/preact.js';
import { count, duration } from '../../../lib/format.js';
import { Words } from '../../../parts/text.js';
import { Cost } from '../cost.js';

/** @typedef {import('../../../types/api.d.ts').EventRow} EventRow */
/** @typedef {import('../../../types/api.d.ts').UsageFigures} UsageFigures */

/** @type {[keyof UsageFigures & ('input' | 'cache_read' | 'cache_write' | 'output'), string, string][]} */
const PARTS = [
  ['input', 'Input', 'read at full price'],
  ['cache_read', 'Cache read', 'read from the cache'],
  ['cache_write', 'Cache write', 'written to the cache'],
  ['output', 'Output', 'produced, reasoning included'],
];

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isRecord(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param {{ event: EventRow }} props */
export function CallFigures({ event }) {
  const detail = event.detail ?? {};
  const usage = isRecord(detail.usage) ? /** @type {UsageFigures} */ (/** @type {unknown} */ (detail.usage)) : null;
  const number = (/** @type {string} */ name) => (typeof detail[name] === 'number' ? /** @type {number} */ (detail[name]) : null);
  const words = (/** @type {string} */ name) => (typeof detail[name] === 'string' ? /** @type {string} */ (detail[name]) : null);
  const latency = number('latency_us');
  const first = number('first_byte_us');
  const status = number('status');
  const total = usage ? usage.input + usage.cache_read + usage.cache_write + usage.output : 0;
  const others = Array.isArray(detail.other_usage) ? detail.other_usage.filter(isRecord) : [];
  return html`<section class="look-part" aria-label="Figures of the call">
    ${usage ? html`<table class="look-usage"><caption class="hidden">Tokens</caption><tbody>${PARTS.map(([name, label, title]) => html`<tr key=${name}>
        <th scope="row" title=${title}>${label}</th><td class="n">${count(usage[name])}</td>
        <td class="look-bar" aria-hidden="true"><i style=${{ width: `${total > 0 ? (usage[name] / total) * 100 : 0}%` }}></i></td></tr>`)}
      ${usage.reasoning > 0 ? html`<tr><th scope="row">of it reasoning</th><td class="n">${count(usage.reasoning)}</td><td></td></tr>` : null}
      <tr class="look-total"><th scope="row">Context after</th><td class="n">${count(total)}</td><td></td></tr></tbody></table>`
      : html`<p class="quiet">Nobody reported this call's tokens.</p>`}
    <dl class="look-facts">
      <${Fact} name="Model">${event.name ? html`<span class="mono"><${Words} text=${event.name} most=${200} /></span>` : null}<//>
      <${Fact} name="Provider">${words('provider') ? html`<${Words} text=${words('provider')} />` : null}<//>
      <${Fact} name="Cost">${usage ? html`<${Cost} usage=${usage} none="no price is known for this model" />${usage.estimated ? html` <span class="quiet">estimated from list prices</span>` : null}` : null}<//>
      <${Fact} name="Latency">${latency === null ? null : duration(latency / 1000)}<//>
      <${Fact} name="First byte after">${first === null ? null : duration(first / 1000)}<//>
      <${Fact} name="Status">${status === null ? null : String(status)}<//>
      <${Fact} name="Ended because">${words('stop_reason') ? html`<span class="mono"><${Words} text=${words('stop_reason')} /></span>` : null}<//>
      <${Fact} name="Request id">${words('request') ? html`<span class="mono"><${Words} text=${words('request')} /></span>` : null}<//>
      <${Fact} name="Message id">${words('message') ? html`<span class="mono"><${Words} text=${words('message')} /></span>` : null}<//>
    </dl>
    ${latency === null && first === null ? html`<p class="note">Latency is known for calls that go through the proxy.</p>` : null}
    ${others.length > 0 ? html`<div class="look-others"><h3>Told otherwise by other witnesses</h3>${others.slice(0, 8).map((other, i) => html`<${Other} key=${i} other=${other} />`)}</div>` : null}
  </section>`;
}

/** @param {{ name: string, children?: unknown }} props  Nothing when it has no value. */
export function Fact({ name, children }) {
  if (children === null || children === undefined || children === '') return null;
  return html`<div><dt>${name}</dt><dd>${children}</dd></div>`;
}

/** @param {{ other: Record<string, unknown> }} props  Whatever figures there are. */
function Other({ other }) {
  return html`<p class="mono">${Object.entries(other).map(([name, value]) => html`<span key=${name} class="look-figure"><span class="quiet"><${Words} text=${name.replaceAll('_', ' ')} most=${40} brief /></span> <${Words}
    text=${typeof value === 'number' ? count(value) : typeof value === 'string' ? value : JSON.stringify(value)} most=${80} brief /></span>`)}</p>`;
}
