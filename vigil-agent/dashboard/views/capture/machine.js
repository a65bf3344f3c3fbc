// What captures: the proxy, the daemon, the agent and its store, as the status tells them.

import { html } from '../../vendor/preact.js';
import { bytes, count, counted } from '../../lib/format.js';
import { CopyButton } from '../../parts/copy.js';
import { When } from '../../parts/when.js';

/** @typedef {import('../../types/api.d.ts').Status} Status */

/** @param {{ status: Status }} props */
export function Means({ status }) {
  const { proxy, agent, store } = status;
  return html`<div class="capture-means">
    <section class="capture-panel" aria-labelledby="proxy"><h2 id="proxy">Proxy <span class="badge">${proxy.running ? 'listening' : 'off'}</span></h2>
      ${proxy.running ? html`<p>Reads the model calls of clients that are started through it. All other traffic passes unread.</p><dl class="capture-pairs">
        ${proxy.url ? html`<div><dt>Address</dt><dd class="mono">${proxy.url} <${CopyButton} text=${proxy.url} label="Copy the proxy's address" /></dd></div>` : null}
        <div><dt>Decrypts</dt><dd class="mono">${proxy.hosts.length === 0 ? 'nothing' : proxy.hosts.join(', ')}</dd></div>
        <div><dt>Open now</dt><dd>${counted(proxy.open, 'connection')}</dd></div>
        ${proxy.ca ? html`<div><dt>Certificate</dt><dd class="mono">${proxy.ca} <${CopyButton} text=${proxy.ca} label="Copy the certificate's path" /></dd></div>` : null}
        ${proxy.test_upstreams ? html`<div><dt>Careful</dt><dd><strong>Test upstreams are on: what it records is not real.</strong></dd></div>` : null}
      </dl>` : html`<p>Off. No independent witness can see model calls. Set <code>proxy.enabled = true</code> in the configuration (<code>vigil config show</code>) and start Vigil again.</p>`}
    </section>
    <section class="capture-panel" aria-labelledby="daemon"><h2 id="daemon">Daemon <span class="badge">${status.daemon.replaceAll('-', ' ')}</span></h2>
      <p>${status.daemon === 'not-installed' ? 'No part of Vigil runs with the rights to see processes, files and connections as the system sees them. So nothing is counted independently, and coverage stays unknown.'
        : 'Sees processes, files and connections as the system sees them.'}</p></section>
    <section class="capture-panel" aria-labelledby="agent"><h2 id="agent">Agent and store <span class="badge">${agent.paused_since ? 'paused' : 'recording'}</span></h2><dl class="capture-pairs">
      ${agent.paused_since ? html`<div><dt>Paused</dt><dd><${When} at=${agent.paused_since} /></dd></div>` : null}
      <div><dt>Running since</dt><dd><${When} at=${agent.started} none="unknown" /></dd></div>
      <div><dt>Version</dt><dd>${status.version}</dd></div>
      <div><dt>Kept</dt><dd>${count(store.events)} events in ${bytes(store.bytes)}</dd></div>
      <div><dt>Folder</dt><dd class="mono">${store.path}</dd></div></dl></section>
  </div>`;
}
