// What captures: the proxy, the daemon, the agent and its store, as the status tells them.

import { html } from '../../vendor/preact.js';
import { bytes, counted } from '../../lib/format.js';
import { CopyButton } from '../../parts/copy.js';
import { Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';

/** @typedef {import('../../types/api.d.ts').Status} Status */

/** @param {{ status: Status }} props */
export function Means({ status }) {
  return html`<div class="capture-means"><${Proxy} proxy=${status.proxy} /><${Daemon} word=${status.daemon} /><${Agent} status=${status} /></div>`;
}

/** @param {{ name: string, words: unknown, class?: string }} props */
function Fact({ name, words, ...rest }) {
  return html`<div><dt>${name}</dt><dd class=${rest.class}>${words}</dd></div>`;
}

/** @param {{ proxy: Status['proxy'] }} props */
function Proxy({ proxy }) {
  const { running, url, hosts, open, ca, test_upstreams: test } = proxy;
  return html`<section class="capture-panel" aria-labelledby="proxy"><h2 id="proxy">Proxy <span class=${`badge${running ? '' : ' is-missing'}`}>${running ? 'listening' : 'off'}</span></h2>
    ${running ? html`<p>Sees the agents that are started through it, and no other. It reads the hosts named here; everything else passes unread.</p><dl class="capture-pairs">
      ${url ? html`<${Fact} name="Listens at" class="mono" words=${html`${url} <${CopyButton} text=${url} label="Copy the proxy’s address" />`} />` : null}
      <${Fact} name="Decrypts" words=${hosts.length === 0 ? 'no host' : html`<ul class="capture-hosts">${hosts.map((host) => html`<li key=${host} class="mono">${host}</li>`)}</ul>`} />
      <${Fact} name="Open now" words=${counted(open, 'connection')} />
      ${ca ? html`<${Fact} name="Certificate" class="mono" words=${html`${ca} <${CopyButton} text=${ca} label="Copy the certificate’s path" />`} />` : null}
      ${test ? html`<${Fact} name="Upstreams" class="is-alarm" words="for tests: nothing it records is real" />` : null}
    </dl>` : html`<p>No independent witness can see model calls. Start Vigil without <code>--no-proxy</code>, and with <code>proxy.enabled = true</code> in the configuration; <code>vigil config show --origin</code> tells what is set where.</p>`}
  </section>`;
}

/** @param {{ word: string }} props */
function Daemon({ word }) {
  const missing = word === 'not-installed';
  return html`<section class="capture-panel" aria-labelledby="daemon"><h2 id="daemon">Daemon <span class=${`badge${missing ? ' is-missing' : ''}`}>${word.replaceAll('-', ' ')}</span></h2>
    <p>${missing ? 'The part of Vigil with root’s rights is not on this machine. Without it Vigil does not switch the system proxy, trust its certificate system-wide or see across users. Recording your own agents does not need it.'
      : 'The part of Vigil with root’s rights.'}</p></section>`;
}

/** @param {{ status: Status }} props */
function Agent({ status }) {
  const { agent, store } = status;
  const paused = agent.paused_since;
  return html`<section class="capture-panel" aria-labelledby="agent"><h2 id="agent">Agent and store <span class=${`badge${paused ? ' is-missing' : ''}`}>${paused ? 'paused' : 'recording'}</span></h2><dl class="capture-pairs">
    ${paused ? html`<${Fact} name="Paused" words=${html`<${When} at=${paused} />`} />` : null}
    <${Fact} name="Started" words=${html`<${When} at=${agent.started} none="unknown" />${agent.pid === null ? '' : ` as process ${agent.pid}`}`} />
    <${Fact} name="Version" words=${status.version} />
    <${Fact} name="Keeps" words=${`${counted(store.events, 'event')} in ${bytes(store.bytes)}`} />
    <${Fact} name="Folder" class="mono" words=${html`<${Words} text=${store.path} /> <${CopyButton} text=${store.path} label="Copy the store’s folder" />`} />
  </dl></section>`;
}
