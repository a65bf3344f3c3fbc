// Connections by host, way and owner: read on their way through the proxy, passed on unread, or past
// it as far as the kernel tells.

import { html } from '../../vendor/preact.js';
import { flowDetail } from '../../lib/flows.js';
import { bytes, count, counted } from '../../lib/format.js';
import { href, hrefWith } from '../../lib/router.js';
import { status } from '../../lib/status.js';
import { Client } from '../../parts/badge.js';
import { Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';
import { NotYet, Said } from './said.js';

/** @typedef {import('../../types/api.d.ts').FlowRow} FlowRow */

/** @type {Record<string, { words: string, title: string }>} */
const WAYS = {
  decrypted: { words: 'decrypted', title: 'It came through the proxy, and Vigil read it' },
  tunnelled: { words: 'passed unread', title: 'It came through the proxy; only host, time and size are known' },
  past: { words: 'past the proxy', title: 'It did not come through the proxy: the kernel saw that there was one' },
};

/** @param {{ of: import('../../types/api.d.ts').Machine['connections'], all: boolean }} props */
export function Connections({ of, all }) {
  const listens = status.value?.proxy.running ?? false;
  const by = of.recorded ? (of.by === 'proxy' ? 'the proxy saw them; nothing past it is on record' : `told by the ${of.by.replace(' and ', ' and the ')}; those past the proxy that began and ended between two looks are not here`) : listens ? 'the proxy listens, but nothing has come through it' : of.by;
  return html`<${Said} title="Connections" witness=${of.recorded ? 'independent' : null} by=${by}>
    ${!of.recorded ? html`<${NotYet}><p>Whom agents talk to is unknown to Vigil until a client is started through the proxy.</p><p><a href="/capture">How to start it like that</a></p><//>`
      : of.rows.length === 0 ? html`<${NotYet}><p>No connection was seen in this time.</p>${all ? null : html`<p><a href=${hrefWith({ range: 'all', from: null, to: null })}>Look at all time</a></p>`}<//>`
        : html`<div class="machine-table flow-rows" role="table" aria-label="Connections">
          <div class="machine-head" role="row">${['Host', 'Way', 'Owner', 'Connections', 'Sent', 'Received', 'Last'].map((name, i) => html`<span key=${name} role="columnheader" class=${i > 2 ? 'n' : ''}>${name}</span>`)}</div>
          ${of.rows.map((row) => html`<${Flow} key=${`${row.host} ${row.port} ${row.way} ${row.client} ${row.session_key}`} row=${row} />`)}
        </div>${of.more > 0 ? html`<p class="note">${counted(of.more, 'more line')} before these, not listed.</p>` : null}`}
  <//>`;
}

/** @param {{ row: FlowRow }} props */
function Flow({ row }) {
  const detail = flowDetail(row.detail);
  const way = WAYS[row.way] ?? { words: row.way, title: row.way };
  return html`<div class="machine-row flow" role="row">
    <span role="cell" class="flow-host"><span class="mono"><${Words} text=${row.host} most=${120} brief />${row.port === 443 || row.port === 0 ? null : html`<span class="quiet">:${row.port}</span>`}</span>
      ${detail ? html`<span class="quiet flow-detail"><${Words} text=${detail} most=${200} brief /></span>` : null}</span>
    <span role="cell" class="flow-way"><span class=${`badge way-${row.way}`} title=${way.title}>${way.words}</span></span>
    <span role="cell" class="flow-owner">${row.session_key ? html`<a href=${href(`/sessions/${row.session_key}`)} title="Its session"><${Client} name=${row.client} /></a>` : row.client ? html`<${Client} name=${row.client} />` : html`<span class="quiet">not known</span>`}</span>
    <span role="cell" class="n flow-n">${count(row.n)}<span class="narrow-only"> ${row.n === 1 ? 'connection' : 'connections'}</span>${row.open > 0 ? html`<span class="quiet">, ${count(row.open)} open</span>` : null}</span>
    <span role="cell" class="n flow-sent">${bytes(row.sent)}<span class="narrow-only"> sent</span></span>
    <span role="cell" class="n flow-received">${bytes(row.received)}<span class="narrow-only"> received</span></span>
    <span role="cell" class="n flow-last"><${When} at=${row.last} /></span></div>`;
}
