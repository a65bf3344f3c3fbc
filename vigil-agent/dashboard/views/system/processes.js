// The agents' processes: who records them, or that nobody does. Draws no tree while there is no
// source for one.

import { html } from '../../vendor/preact.js';
import { NotYet, Said } from './said.js';

/** @param {{ of: import('../../types/api.d.ts').Machine['processes'] }} props */
export function Processes({ of }) {
  return html`<${Said} title="Processes" witness=${of.recorded ? 'independent' : null} by=${of.recorded ? `told by: ${of.by}` : of.by}>
    ${of.recorded ? html`<${NotYet}><p>No agent process ran.</p><//>`
      : html`<${NotYet}><p>Which processes agents start, and what they cost in CPU and memory, is unknown to Vigil on this machine. That is not the same as none: commands that tools ran are in the sessions, as the clients tell them.</p><p><a href="/capture">What is captured, and how to improve it</a></p><//>`}
  <//>`;
}
