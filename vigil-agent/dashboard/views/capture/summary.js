// The top of the view: warnings, the sentence that sums it up, what is seen beside what is not,
// and what to do when nothing was ever seen.

import { html } from '../../vendor/preact.js';
import { now } from '../../lib/clock.js';
import { Witness } from '../../parts/badge.js';
import { otherWarnings } from '../../parts/banners.js';
import { Command, Remedy } from '../../parts/empty.js';
import { Icon } from '../../parts/icon.js';
import { When } from '../../parts/when.js';
import { isOfGuard } from './guard.js';
import { isLit, seen, sentence, unseen } from './sight.js';

/** @typedef {import('../../types/api.d.ts').Status} Status */
/** @typedef {import('../../types/api.d.ts').ProxyStatus} ProxyStatus */
/** @typedef {import('./evidence.js').Line} Line */

/**
 * Test upstreams in red: everything else here means nothing while they are on. One other warning
 * stands in the banner above already; several are folded there and not here.
 * @param {{ status: Status }} props
 */
export function Warnings({ status }) {
  const test = status.proxy.test_upstreams;
  const others = otherWarnings(status);
  return html`${test ? html`<section class="capture-alarm" aria-label="Test upstreams are on"><${Icon} name="findings" size=${20} />
      <div><p class="alarm-title">Test upstreams are on</p>
      <p>The proxy talks to stand-ins instead of the providers, so what it records is not real and counts as no evidence here. Start Vigil without test upstreams to record the truth.</p></div></section>` : null}
    ${others.length > 1 ? html`<ul class="capture-warnings" aria-label="Warnings">${others.map((words) => html`<li key=${words}><${Icon} name="findings" /><span><${Remedy} text=${words} /></span></li>`)}</ul>` : null}`;
}

/** @param {{ status: Status, matrix: Line[], children?: import('../../vendor/preact.js').ComponentChildren }} props */
export function Summary({ status, matrix, children }) {
  const lit = isLit(status, matrix);
  const [is, isNot] = [seen(matrix), unseen(status, matrix)];
  const empty = matrix.every((line) => line.verdict === 'nothing');
  return html`<section class=${`capture-summary${lit ? ' is-lit' : ''}`} aria-label="In short">
    <p class="summary-words">${sentence(status, matrix, now.value)}</p>
    ${empty ? children : html`<div class="summary-sides">
      <div><h2>Seen in the last 24 hours</h2>${is.length === 0 ? html`<p class="quiet">Nothing.</p>`
        : html`<ul class="sights">${is.map((one) => html`<li key=${one.name}><span class="sight-name"><${Witness} name=${one.name} /></span><span>${one.words}<span class="quiet">, last <${When} at=${one.last} /></span></span></li>`)}</ul>`}</div>
      <div><h2>Not seen</h2>${isNot.length === 0 ? html`<p class="quiet">Nothing that Vigil knows of.</p>`
        : html`<ul class="sights">${isNot.map((one) => html`<li key=${one.what} class="is-missing"><span class="sight-hole" aria-hidden="true"></span><span><strong>${one.what}.</strong> <span class="quiet">${one.why}</span></span></li>`)}</ul>`}</div>
    </div>`}
  </section>`;
}

/** What to do when nothing was ever seen. @param {{ matrix: Line[], proxy: ProxyStatus }} props */
export function Start({ matrix, proxy }) {
  const next = [...new Set(matrix.flatMap((line) => line.surface.next))].filter((command) => !isOfGuard(command));
  return html`<ol class="capture-start">
    <li><p><strong>Start an agent</strong> such as Claude Code, in any folder. Vigil reads its transcript while it is written; older ones are read when Vigil starts.</p><${Command} text="claude" /></li>
    ${next.length > 0 ? html`<li><p><strong>Better, start it through the proxy.</strong> Then an independent witness sees its model calls too, and Vigil does not depend on the agent’s own word.</p>
      ${next.map((command) => html`<${Command} key=${command} text=${command} />`)}</li>`
      : proxy.running ? null : html`<li><p><strong>The proxy is off</strong>, so nothing independent can see model calls. How to switch it on stands below.</p></li>`}
    <li><p><strong>Come back here.</strong> The lines below fill by themselves as soon as there is evidence.</p></li>
  </ol>`;
}
