// Files that tool calls named, as the clients tell it: how often read and written, the last call.
// Whether the call really touched the file, nobody independent says yet.

import { html } from '../../vendor/preact.js';
import { count, counted } from '../../lib/format.js';
import { href, hrefWith, query, setQuery } from '../../lib/router.js';
import { Client } from '../../parts/badge.js';
import { SearchBox, Toggle } from '../../parts/filters.js';
import { Path } from '../../parts/text.js';
import { When } from '../../parts/when.js';
import { NotYet, Said } from './said.js';

/** @typedef {import('../../types/api.d.ts').FileRow} FileRow */

/** @param {{ of: import('../../types/api.d.ts').Machine['files'], all: boolean }} props */
export function Files({ of, all }) {
  const words = (query.value.get('q') ?? '').toLowerCase();
  const written = query.value.has('written');
  const rows = of.rows.filter((row) => (!written || row.writes > 0) && (!words || row.path.toLowerCase().includes(words)));
  const filtered = written || !!words;
  const some = of.recorded && of.rows.length > 0;
  return html`<${Said} title="Files" witness=${of.recorded ? 'self-reported' : null}
    by=${of.recorded ? 'named by tool calls, as the clients tell them; commands may touch others' : of.by}>
    ${some ? html`<div class="bar"><${SearchBox} label="Filter files" placeholder="Part of a path" further /><${Toggle} name="written">Written only<//>
      <span class="bar-count quiet">${filtered ? `${counted(rows.length, 'file')} of ${count(of.rows.length)}` : counted(of.rows.length, 'file')}</span></div>` : null}
    ${!of.recorded ? html`<${NotYet}><p>Nothing was read of any client yet. Files appear here once a tool call names one.</p><//>`
      : !some ? html`<${NotYet}><p>No tool call named a file in this time.</p>${all ? null : html`<p><a href=${hrefWith({ range: 'all', from: null, to: null })}>Look at all time</a></p>`}<//>`
        : rows.length === 0 ? html`<${NotYet}><p>No file matches.</p><p><button type="button" class="button" onClick=${() => setQuery({ q: null, written: null })}>Show all files</button></p><//>`
          : html`<div class="machine-table touched-files" role="table" aria-label="Files">
            <div class="machine-head" role="row">${['File', 'Client', 'Reads', 'Writes', 'Sessions', 'Last call'].map((name, i) => html`<span key=${name} role="columnheader" class=${i > 1 ? 'n' : ''}>${name}</span>`)}</div>
            ${rows.map((row) => html`<${File} key=${row.path} row=${row} />`)}
          </div>`}
    ${some && of.more > 0 ? html`<p class="note">These are the ${count(of.rows.length)} that were named last; ${counted(of.more, 'more file')} in this time ${of.more === 1 ? 'is' : 'are'} not listed.</p>` : null}
  <//>`;
}

/** @param {{ row: FileRow }} props */
function File({ row }) {
  const to = row.session_key ? href(`/sessions/${row.session_key}`, { event: row.seq }) : null;
  return html`<div class="machine-row touched" role="row">
    <span role="cell" class="touched-path mono">${to ? html`<a href=${to} title="Open the last call that named it"><${Path} path=${row.path} /></a>` : html`<${Path} path=${row.path} />`}</span>
    <span role="cell" class="touched-client"><${Client} name=${row.client} /></span>
    <span role="cell" class=${`n touched-reads${row.reads === 0 ? ' quiet' : ''}`}>${count(row.reads)}<span class="narrow-only"> ${row.reads === 1 ? 'read' : 'reads'}</span></span>
    <span role="cell" class=${`n touched-writes${row.writes === 0 ? ' quiet' : ' is-written'}`}>${count(row.writes)}<span class="narrow-only"> ${row.writes === 1 ? 'write' : 'writes'}</span></span>
    <span role="cell" class="n touched-sessions">${count(row.sessions)}<span class="narrow-only"> ${row.sessions === 1 ? 'session' : 'sessions'}</span></span>
    <span role="cell" class="n touched-last"><${When} at=${row.last} /></span></div>`;
}
