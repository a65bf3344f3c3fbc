// The way of a value: where it came in, where it was seen since, what it went to, and whether it
// left this machine. One line down, each step a stop on it.

import { html } from '../../vendor/preact.js';
import { counted } from '../../lib/format.js';
import { href } from '../../lib/router.js';
import { Path, Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';

/** @typedef {import('../../types/api.d.ts').Destination} Destination */
/** @typedef {import('../../types/api.d.ts').Lineage} Lineage */
/** @typedef {import('../../types/api.d.ts').LineageEntry} LineageEntry */
/** @typedef {import('../../vendor/preact.js').ComponentChildren} Children */

/** @type {Record<Lineage['left'], { words: string, more: string }>} */
const LEFT = {
  yes: { words: 'It left this machine', more: 'the proxy saw it pass' },
  likely: { words: 'It likely left this machine', more: 'by what the client notes; no independent witness saw it pass' },
  no: { words: 'Nothing says that it left this machine', more: 'what nobody recorded cannot be known' },
};

/** Destinations beyond these are only counted. */
const MOST = 12;

/** @param {{ lineage: Lineage, sightings: number, finding: string }} props */
export function ItsWay({ lineage, sightings, finding }) {
  const { entry, destinations, left } = lineage;
  const shown = destinations.slice(0, MOST);
  return html`<section class="detail-part" data-part="way"><h3>Its way</h3>
    <ol class="way">
      <${Stop} kind="entry" label="Came in" at=${entry.at} place=${placeOf(entry.session_key, entry.seq, finding)}><${CameIn} entry=${entry} /><//>
      <li class="way-stop is-places"><span class="way-label">Seen</span><span class="way-words">in ${counted(sightings, 'place')}${lineage.sessions > 1 ? ` of ${counted(lineage.sessions, 'session')}` : ''}</span></li>
      ${shown.map((to) => html`<${Stop} key=${`${to.kind} ${to.name} ${to.written}`} kind=${isOutside(to) ? 'outside' : 'inside'} label=${to.written ? 'Written by' : 'Went to'} at=${to.first}
        place=${placeOf(to.session_key, to.seq, finding)}><${To} to=${to} /><//>`)}
      ${destinations.length > MOST ? html`<li class="way-stop is-inside"><span class="way-label"></span><span class="way-words quiet">and to ${counted(destinations.length - MOST, 'more destination')}</span></li>` : null}
      <li class=${`way-end is-${left}`}><strong>${LEFT[left].words}</strong> <span>${LEFT[left].more}</span></li>
    </ol>
    ${lineage.more ? html`<p class="quiet">From the first ${counted(lineage.looked_at, 'event')} that it was seen in.</p>` : null}
  </section>`;
}

/** @param {string | null} session @param {number} seq @param {string} finding */
function placeOf(session, seq, finding) {
  return session ? href(`/sessions/${session}`, { event: seq, finding }) : null;
}

/** @param {Destination} to */
function isOutside(to) {
  return to.kind === 'provider' || to.kind === 'host';
}

/** @param {{ kind: string, label: string, at: string, place: string | null, children?: Children }} props */
function Stop({ kind, label, at, place, children }) {
  return html`<li class=${`way-stop is-${kind}`}><span class="way-label">${label}</span><span class="way-words">${children}</span>
    <span class="way-at">${place ? html`<a href=${place}><${When} at=${at} /></a>` : html`<${When} at=${at} />`}</span></li>`;
}

/** @param {{ entry: LineageEntry }} props */
function CameIn({ entry }) {
  const name = entry.name ? html`<strong><${Words} text=${entry.name} most=${80} brief /></strong>` : 'a tool';
  switch (entry.way) {
    case 'prompt': return html`in a prompt`;
    case 'file': return html`in a file that ${name} read: ${entry.path ? html`<${Path} path=${entry.path} />` : null}`;
    case 'command': return html`in what a command of ${name} printed`;
    case 'web': return html`in a page that ${name} fetched`;
    case 'mcp': return html`from the MCP server ${name}`;
    case 'tool': return html`from the tool ${name}`;
    case 'answer': return html`in what the model wrote`;
    case 'instructions': return html`in the client's instructions to the model`;
    case 'command_line': return html`on the command line of ${name}`;
    default: return html`in what the client notes of itself`;
  }
}

/** What stands before a destination's name. @type {Record<Destination['kind'], string>} */
const WHAT = { provider: '', host: 'the host ', mcp_server: 'the MCP server ', tool: 'the tool ', program: 'the program ', file: 'the file ' };

/** @param {{ to: Destination }} props */
function To({ to }) {
  const how = to.seen ? 'seen' : 'inferred';
  const why = to.seen ? 'An independent witness saw it pass' : to.kind === 'host' ? 'Named in the same command' : 'By what the client notes: the call that followed, or the tool that was asked';
  return html`${WHAT[to.kind]}<strong class="way-name"><${Words} text=${to.name} most=${160} brief /></strong>${to.written ? "'s model" : ''}${to.host && to.host !== to.name ? html` at <span class="mono"><${Words} text=${to.host} most=${120} brief /></span>` : null}
    ${to.times > 1 ? html` <span class="quiet">${counted(to.times, 'time')}</span>` : null} <span class=${`badge way-how is-${how}`} title=${why}>${how}</span>`;
}
