// The matrix: a line a client, a column a witness, each with when it last bore witness. A line unfolds
// to all that is known of its client, and the address says which one is unfolded.

import { html, useId } from '../../vendor/preact.js';
import { clientName } from '../../lib/clients.js';
import { query, setQuery } from '../../lib/router.js';
import { isIndependent } from '../../parts/badge.js';
import { Command } from '../../parts/empty.js';
import { Icon } from '../../parts/icon.js';
import { Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';
import { ClientBody, STATES, verdictOf } from './client.js';
import { columns, shareWords } from './evidence.js';
import { GuardBadge } from './guard.js';
import { SiteBadge } from './sites.js';

/** @typedef {import('../../types/api.d.ts').Status} Status */
/** @typedef {import('./evidence.js').Line} Line */
/** @typedef {import('./evidence.js').Witnessed} Witnessed */

/** @param {{ lines: Line[], status: Status }} props */
export function Matrix({ lines, status }) {
  const names = columns(lines);
  const free = names.filter(isIndependent);
  const own = names.filter((name) => !isIndependent(name));
  return html`<div class="matrix-place"><table class="matrix" role="table" aria-label="Clients and their witnesses">
    <thead role="rowgroup"><tr role="row">
        <th role="columnheader" scope="col" rowspan="2" class="matrix-client">Client</th>
        <th role="columnheader" scope="colgroup" colspan=${free.length} class="matrix-group" title="the client has no say in it">Independent</th>
        <th role="columnheader" scope="colgroup" colspan=${own.length} class="matrix-group" title="the client’s own word">Self-reported</th>
        <th role="columnheader" scope="col" rowspan="2" class="n matrix-coverage">Coverage</th>
        <th role="columnheader" scope="col" rowspan="2" class="matrix-next">Next</th></tr>
      <tr role="row">${[...free, ...own].map((name) => html`<th key=${name} role="columnheader" scope="col" class=${edge(name, own)}>${name}</th>`)}</tr></thead>
    <tbody role="rowgroup">${lines.map((line) => html`<${Row} key=${line.surface.client} line=${line} status=${status} names=${[...free, ...own]} own=${own} />`)}</tbody>
  </table></div>`;
}

/** The first of the self-reported is set apart. @param {string} name @param {string[]} own */
const edge = (name, own) => (name === own[0] ? 'matrix-edge' : undefined);

/** @param {{ line: Line, status: Status, names: string[], own: string[] }} props */
function Row({ line, status, names, own }) {
  const { surface, witnesses } = line;
  const { client, coverage } = surface;
  const open = query.value.get('client') === client;
  const id = useId();
  const { word, badge } = verdictOf(line);
  const [command] = surface.next;
  const site = (status.sites ?? []).find((one) => one.client === client);
  return html`<tr role="row" class=${`matrix-row${open ? ' is-open' : ''}`}>
      <th role="rowheader" scope="row" class="matrix-client"><button type="button" class="matrix-open" aria-expanded=${open} aria-controls=${open ? id : undefined}
          onClick=${() => setQuery({ client: open ? null : client })}><${Icon} name="chevron" size=${12} /><${Words} text=${clientName(client)} most=${60} brief /></button>
        <span class="matrix-sub"><span class=${`badge verdict verdict-${badge}`}>${word}</span><${GuardBadge} guard=${surface.guard} />${site ? html`<${SiteBadge} state=${site.state} of="reading: " />` : null}</span></th>
      ${names.map((name) => html`<${Cell} key=${name} one=${witnesses.find((one) => one.name === name)} name=${name} first=${edge(name, own)} />`)}
      <td role="cell" class=${`n matrix-coverage${coverage.ratio === null ? ' quiet' : ''}`}><span class="matrix-label">coverage </span>${coverage.ratio === null ? 'unknown' : shareWords(coverage.ratio)}</td>
      <td role="cell" class="matrix-next">${surface.restart?.length > 0 ? html`<span class="badge is-restart" title=${`process ${surface.restart.map(({ pid }) => pid).join(', ')} was begun before its settings led to the proxy`}>needs a new start</span>`
        : command === undefined ? null : html`<${Command} text=${command} />`}</td></tr>
    ${open ? html`<tr role="row" class="matrix-more"><td role="cell" id=${id} colspan=${names.length + 3}><${ClientBody} line=${line} status=${status} /></td></tr>` : null}`;
}

/** @param {{ one: Witnessed | undefined, name: string, first: string | undefined }} props */
function Cell({ one, name, first }) {
  const state = one?.state ?? 'never';
  const { word, title } = STATES[state];
  const told = state === 'fresh' || state === 'stale';
  return html`<td role="cell" class=${`matrix-cell is-${state}${first ? ` ${first}` : ''}`} title=${told ? word : title}><span class="matrix-label">${name} </span><span class="evidence-lamp" aria-hidden="true"></span>${told
    ? html`<${When} at=${one?.evidence.last ?? null} /><span class="hidden">, ${word}</span>` : state === 'never' ? 'never' : word}</td>`;
}
