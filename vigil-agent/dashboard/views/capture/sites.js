// How well conversations on web sites are read, as the browser extension counts it, and the browsers that
// it could be in. All of it is a page's own word; a site is never called well read by its past alone.

import { html } from '../../vendor/preact.js';
import { count } from '../../lib/format.js';
import { href } from '../../lib/router.js';
import { Command } from '../../parts/empty.js';
import { Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';

/** @typedef {import('../../types/api.d.ts').Status} Status */
/** @typedef {import('../../types/api.d.ts').SiteRow} SiteRow */
/** @typedef {import('../../types/api.d.ts').SiteState} SiteState */
/** @typedef {import('../../types/api.d.ts').BrowserRow} BrowserRow */

/** @type {Record<SiteState, string>} */
const STATES = { ok: 'ok', idle: 'nothing said yet', drift: 'drift', stale: 'stale', off: 'left out', unheard: 'not heard of' };

/** @param {SiteState} state  What it is called here. */
export function siteWord(state) {
  return STATES[state] ?? state;
}

/** With `of` where nothing else says that it is about reading. @param {{ state: SiteState, of?: string }} props */
export function SiteBadge({ state, of = '' }) {
  return html`<span class=${`badge site site-${state}`}>${of}${siteWord(state)}</span>`;
}

/** Nothing where no browser is there and no site was heard of. @param {{ status: Status }} props */
export function Sites({ status }) {
  const { sites = [], browsers = [] } = status;
  if (sites.length === 0 && browsers.length === 0) return null;
  return html`<section class="capture-panel capture-sites" aria-labelledby="sites"><h2 id="sites">Web sites</h2>
    <p>What the browser extension tells of its own reading, since the agent was started. It reads what page and site say to each other first, the page second, and compares both: a difference is drift.</p>
    ${sites.length === 0 ? html`<p>No page of a listed site has told anything yet.</p>` : html`<ul class="sites">${sites.map((site) => html`<${Site} key=${site.site} site=${site} />`)}</ul>`}
    ${browsers.length === 0 ? null : html`<h3>Browsers here</h3><ul class="browsers">${browsers.map((one) => html`<${Browser} key=${one.browser} one=${one} />`)}</ul>`}
  </section>`;
}

/** @param {{ site: SiteRow }} props */
function Site({ site }) {
  return html`<li class=${`site-line is-${site.state}`}><span class="site-head"><a href=${href('/', { client: site.client })}><${Words} text=${site.site} most=${60} brief /><span class="hidden">: its sessions</span></a> <${SiteBadge} state=${site.state} /></span>
    <span class="site-words"><${Words} text=${sentence(site.words)} most=${400} brief /></span>
    <${SiteFigures} site=${site} /></li>`;
}

/** The counts of one site. @param {{ site: SiteRow }} props */
export function SiteFigures({ site: { health, last, told } }) {
  return html`<dl class="site-figures">
    ${health ? html`<${Figure} name="Tap" words=${health.patched ? 'there before the page’s first script' : 'came after the page’s first script'} />
      <${Figure} name="Exchanges" words=${`${count(health.parsed)} read of ${count(health.matched)}${health.unknown > 0 ? `, ${count(health.unknown)} records not understood` : ''}`} />
      <${Figure} name="Page" words=${`${count(health.agreed)} ${health.agreed === 1 ? 'turn' : 'turns'} alike, ${count(health.differed)} not, ${count(health.by_page)} from the page alone`} />
      ${health.temporary > 0 ? html`<${Figure} name="Temporary" words=${`${count(health.temporary)} left alone`} />` : null}` : null}
    <${Figure} name="On record" words=${html`<${When} at=${last} none="nothing" />`} />
    ${health ? html`<${Figure} name="Told" words=${html`<${When} at=${told} />`} />` : null}
  </dl>`;
}

/** @param {{ name: string, words: unknown }} props */
function Figure({ name, words }) {
  return html`<div><dt>${name}</dt><dd>${words}</dd></div>`;
}

/** @param {{ one: BrowserRow }} props */
function Browser({ one }) {
  return html`<li><span>${one.title}: ${one.routed ? 'its extension may reach Vigil.' : 'its extension cannot reach Vigil yet.'}</span>
    ${one.routed ? null : html`<${Command} text=${`vigil route on ${one.browser}`} />`}</li>`;
}

/** @param {string} words */
function sentence(words) {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
