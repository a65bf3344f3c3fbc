// One client: the verdict and what it means, its witnesses apart by whose word they are, its
// coverage, and the command that would improve it.

import { html } from '../../vendor/preact.js';
import { clientName, isSite } from '../../lib/clients.js';
import { count } from '../../lib/format.js';
import { href } from '../../lib/router.js';
import { Witness } from '../../parts/badge.js';
import { Command } from '../../parts/empty.js';
import { Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';
import { CoverageFigure } from './coverage.js';
import { isUnheard, isVisited } from './evidence.js';
import { GuardBadge, GuardFacts, isOfGuard } from './guard.js';
import { SiteBadge, SiteFigures } from './sites.js';
import { Steps, stepsFor } from './todo.js';

/** @typedef {import('../../types/api.d.ts').Status} Status */
/** @typedef {import('../../types/api.d.ts').Verdict} Verdict */
/** @typedef {import('./evidence.js').Line} Line */
/** @typedef {import('./evidence.js').Witnessed} Witnessed */
/** @typedef {import('./evidence.js').Freshness} Freshness */

/** @type {Record<Verdict, { word: string, means: string }>} */
const VERDICTS = {
  witnessed: { word: 'witnessed', means: 'An independent witness saw this client in the last 24 hours. It need not have seen all of it: a session that was started another way goes past the proxy.' },
  'self-reported': { word: 'self-reported', means: 'In the last 24 hours only the client itself told what it did. What it left out, Vigil does not know.' },
  stale: { word: 'stale', means: 'There is evidence, but none of the last 24 hours. Whether the client ran since, Vigil does not know.' },
  nothing: { word: 'nothing seen', means: 'Vigil can read this client, but has never seen anything of it on this machine.' },
};

/** Of a client that only the kernel saw. */
const UNHEARD = { word: 'only seen to run', means: 'The kernel saw it run, but nothing of what it said was ever seen: neither a transcript nor a call through the proxy.' };

/** @type {Record<Freshness, { word: string, title: string }>} */
export const STATES = {
  fresh: { word: 'fresh', title: 'seen within the last 24 hours' },
  stale: { word: 'stale', title: 'older than 24 hours' },
  never: { word: 'never seen', title: 'no event of this witness is on record' },
  ahead: { word: 'in the future', title: 'its last event is dated later than now: its clock, or its word, is wrong' },
  test: { word: 'not real', title: 'test upstreams are on' },
};

/** Of a site that only a browser's history tells of. */
const VISITED = { word: 'only visited', means: 'A browser’s history tells when its conversations were open: addresses and times only. Nothing of what was said there was ever seen.' };

/** What a line amounts to: a word, what it means, and the verdict that it looks like. @param {Line} line */
export function verdictOf(line) {
  const said = isUnheard(line) ? UNHEARD : isVisited(line) ? VISITED : VERDICTS[line.verdict];
  return { ...said, badge: line.verdict };
}

/** Where one client is all there is. `quiet` leaves the next command to the page's top. @param {{ line: Line, status: Status, quiet?: boolean }} props */
export function ClientCard({ line, status, quiet }) {
  const { surface, verdict } = line;
  const said = verdictOf(line);
  const name = html`<${Words} text=${clientName(surface.client)} most=${60} brief />`;
  return html`<article class="surface">
    <header class="surface-top"><div class="surface-head"><h2>${name}</h2>${surface.version ? html`<span class="quiet"><${Words} text=${surface.version} most=${40} brief /></span>` : null}
      <span class=${`badge verdict verdict-${verdict}`}>${said.word}</span><${GuardBadge} guard=${surface.guard} />
      ${surface.pid === null ? null : html`<span class="quiet">runs as process ${surface.pid}</span>`}
      ${verdict === 'nothing' ? null : html`<a class="surface-more" href=${href('/', { client: surface.client })}>Sessions<span class="hidden"> of ${name}</span></a>`}</div>
      <p class="surface-means">${said.means}</p></header>
    <${Sides} line=${line} /><${SiteFacts} status=${status} client=${surface.client} />
    <${GuardFacts} surface=${surface} />
    ${quiet ? null : html`<${Next} line=${line} status=${status} />`}
  </article>`;
}

/** What a line of the matrix unfolds to. @param {{ line: Line, status: Status }} props */
export function ClientBody({ line, status }) {
  const { surface, verdict } = line;
  return html`<div class="surface-body"><div class="surface-top"><p class="surface-means">${verdictOf(line).means}</p>
      <p class="surface-facts quiet">${surface.version ? html`<span>Version <${Words} text=${surface.version} most=${40} brief /></span>` : null}
        ${surface.pid === null ? null : html`<span>Runs as process ${surface.pid}</span>`}
        ${verdict === 'nothing' ? null : html`<a href=${href('/', { client: surface.client })}>Its sessions</a>`}</p></div>
    <${Sides} line=${line} /><${SiteFacts} status=${status} client=${surface.client} /><${GuardFacts} surface=${surface} /><${Next} line=${line} status=${status} /></div>`;
}

/** @param {{ line: Line }} props */
function Sides({ line: { surface, witnesses } }) {
  return html`<div class="surface-sides">
      <${Side} title="Independent" words="the client has no say in it" some=${witnesses.filter((one) => one.independent)} client=${surface.client} />
      <${Side} title="Self-reported" words="the client’s own word" some=${witnesses.filter((one) => !one.independent)} client=${surface.client} />
      <section class="surface-side"><h3>Coverage</h3><${CoverageFigure} coverage=${surface.coverage} /></section>
    </div>`;
}

/** @param {{ title: string, words: string, some: Witnessed[], client: string }} props */
function Side({ title, words, some, client }) {
  return html`<section class="surface-side"><h3>${title} <span>${words}</span></h3>
    <table class="capture-evidence"><thead class="hidden"><tr><th scope="col">Witness</th><th scope="col">State</th><th scope="col">Last</th><th scope="col">Events</th></tr></thead>
      <tbody>${some.map((one) => html`<${Row} key=${one.name} ...${one} client=${client} />`)}</tbody></table></section>`;
}

/** @param {Witnessed & { client: string }} props */
function Row({ name, state, evidence, client }) {
  const { word, title } = STATES[state];
  return html`<tr class=${`is-${state}`}><th scope="row"><${Witness} name=${name} /></th>
    <td title=${title} colspan=${state === 'never' ? 3 : undefined}><span class="evidence-lamp" aria-hidden="true"></span>${word}</td>
    ${state === 'never' ? null : html`<td><${When} at=${evidence.last} /></td>
    <td class="n"><a href=${href('/timeline', { client, witness: name })} title="All that it ever saw; the timeline has those that are still kept">${count(evidence.count)}<span class="evidence-unit"> ${evidence.count === 1 ? 'event' : 'events'}</span></a></td>`}</tr>`;
}

/** How well the site is read that the client stands for. @param {{ status: Status, client: string }} props */
function SiteFacts({ status, client }) {
  const site = (status.sites ?? []).find((one) => one.client === client);
  if (!site) return null;
  return html`<section class="surface-guard" data-part="site"><h3>How well it is read <${SiteBadge} state=${site.state} /></h3>
    <p>${site.words}.</p><${SiteFigures} site=${site} /></section>`;
}

/** @param {{ line: Line, status: Status }} props */
function Next({ line, status }) {
  const { surface, verdict } = line;
  const steps = stepsFor(status, surface.client).filter(({ command }) => !(command && isOfGuard(command)));
  if (steps.length > 0) {
    return html`<footer class="surface-next"><p><strong>Next:</strong></p><${Steps} steps=${steps} />
      ${surface.restart?.length > 0 ? null : html`<p class="quiet">A session that runs already goes on as it was started; it needs a restart.</p>`}</footer>`;
  }
  if (verdict === 'witnessed') return null;
  if (surface.routed) {
    return html`<footer class="surface-next"><p><strong>Next:</strong> start it anew. Its settings lead to the proxy, and what runs already goes on as it was started.</p></footer>`;
  }
  if (isSite(surface.client)) {
    return html`<footer class="surface-next"><p class="quiet">A page’s word is all there is of a web site. Nothing independent sees what is said there.</p></footer>`;
  }
  return html`<footer class="surface-next"><p class="quiet">${status.proxy.test_upstreams ? 'While test upstreams are on, nothing can make this better.' : status.proxy.running ? 'Vigil knows no command that would let it see more of this client here.'
    : 'The proxy is off, so there is no way to have this client seen independently. How to switch it on stands under “Proxy”.'}</p></footer>`;
}
