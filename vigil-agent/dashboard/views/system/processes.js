// The agents' processes as trees: one line an agent, opened line by line. Who records them, or that
// nobody does.

import { html, useCallback, useEffect, useMemo, useState } from '../../vendor/preact.js';
import { count, counted } from '../../lib/format.js';
import { hrefWith, query, setQuery } from '../../lib/router.js';
import { status } from '../../lib/status.js';
import { Problem } from '../../parts/empty.js';
import { SearchBox, Toggle } from '../../parts/filters.js';
import { List } from '../../parts/list.js';
import { useNarrow } from '../../parts/narrow.js';
import { createBranches } from './branches.js';
import { ProcessLine } from './process.js';
import { NotYet, Said } from './said.js';

/** @typedef {import('../../types/api.d.ts').Machine} Machine */

/** Agents that are opened to look for words in them. */
const OPENED = 8;
const HEIGHTS = { wide: 44, narrow: 72 };

/** @param {{ of: Machine['processes'], all: boolean }} props */
export function Processes({ of, all }) {
  const sees = status.value?.daemon.sees;
  return html`<${Said} title="Processes" witness=${of.recorded ? 'independent' : null} by=${of.recorded ? (sees ? `told by the ${of.by}: ${sees}` : `told by the ${of.by}`) : of.by}>
    ${!of.recorded ? html`<${NotYet}><p>Which processes agents start, and what they cost in CPU and memory, is unknown to Vigil on this machine. That is not the same as none: commands that tools ran are in the sessions, as the clients tell them.</p><p><a href="/capture">What is captured, and how to improve it</a></p><//>`
      : of.rows.length === 0 ? html`<${NotYet}><p>No agent ran in this time.</p>${all ? null : html`<p><a href=${hrefWith({ range: 'all', from: null, to: null })}>Look at all time</a></p>`}<//>`
        : html`<${Trees} of=${of} />`}
  <//>`;
}

/** @param {{ of: Machine['processes'] }} props */
function Trees({ of }) {
  const q = query.value.get('process') ?? '';
  const running = query.value.has('running');
  const narrow = useNarrow();
  const branches = useMemo(() => createBranches({ q, running }), [q, running]);
  const [range, setRange] = useState({ first: 0, last: 0 });
  useEffect(() => branches.close, [branches]);
  const roots = useMemo(() => (running ? of.rows.filter((row) => row.ended === null || row.running > 0) : of.rows), [of, running]);
  // One agent alone is opened at once, and so is whatever is looked through.
  useEffect(() => {
    for (const row of q ? roots.slice(0, OPENED) : roots.length === 1 ? roots : []) branches.set(row, true);
  }, [branches, roots.length === 1]);
  useEffect(() => branches.refresh(), [of]);

  const version = branches.version.value;
  const lines = useMemo(() => branches.lines(roots), [branches, roots, version]);
  useEffect(() => branches.want(lines.slice(range.first, range.last + 1)), [lines, range]);
  const onRange = useCallback((/** @type {number} */ first, /** @type {number} */ last) => setRange({ first, last }), []);
  const keyOf = useCallback((/** @type {number} */ i) => lines[i]?.key ?? null, [lines]);
  const total = of.rows.reduce((sum, row) => sum + row.descendants + (row.seq === null ? 0 : 1), 0);
  const error = branches.error.value;
  return html`<div class="bar"><${SearchBox} name="process" label="Filter processes" placeholder="Part of a command" /><${Toggle} name="running">Running only<//>
      <span class="bar-count quiet">${counted(of.rows.length, 'agent')}, ${counted(total, 'process', 'processes')}</span></div>
    ${error ? html`<${Problem} error=${error} retry=${() => branches.refresh()} slim />` : null}
    ${roots.length === 0 ? html`<${NotYet}><p>No agent runs now.</p><p><button type="button" class="button" onClick=${() => setQuery({ running: null })}>Show those that ended</button></p><//>`
      : html`<div class="machine-table process-table">
      <div class="machine-head process-head" aria-hidden="true">${['Command', 'Started by', 'CPU', 'Most memory', 'Ran', 'End'].map((name, i) => html`<span key=${name} class=${i > 1 ? 'n' : ''}>${name}</span>`)}</div>
      <${List} class="process-lines" label="Processes by agent, the latest first" count=${lines.length} rowHeight=${narrow ? HEIGHTS.narrow : HEIGHTS.wide}
        keyOf=${keyOf} onRange=${onRange} render=${(/** @type {number} */ i, /** @type {{ tabIndex: 0 | -1 }} */ { tabIndex }) => {
          const line = lines[i];
          return line ? html`<${ProcessLine} line=${line} tabIndex=${tabIndex} branches=${branches} flat=${q !== ''} />` : null;
        }} /></div>`}
    ${q && roots.length > OPENED ? html`<p class="note">Only the latest ${OPENED} agents are looked through. Open another one to see what it has.</p>` : null}
    ${of.more > 0 ? html`<p class="note">${count(of.more)} agents before these are not listed.</p>` : null}`;
}
