// What captures: the proxy, the daemon, the agent and its store, as the status tells them.

import { html } from '../../vendor/preact.js';
import { bytes, counted, share } from '../../lib/format.js';
import { CopyButton } from '../../parts/copy.js';
import { Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';
import { Vault } from './vault.js';

/** @typedef {import('../../types/api.d.ts').Status} Status */

/** @param {{ status: Status }} props */
export function Means({ status }) {
  return html`<div class="capture-means"><${Proxy} proxy=${status.proxy} /><${Daemon} daemon=${status.daemon} /><${Agent} status=${status} /><${Vault} status=${status} /></div>`;
}

/** @param {{ name: string, words: unknown, class?: string }} props */
function Fact({ name, words, ...rest }) {
  return html`<div><dt>${name}</dt><dd class=${rest.class}>${words}</dd></div>`;
}

/** @param {{ proxy: Status['proxy'] }} props */
function Proxy({ proxy }) {
  const { running, url, hosts, open, ca, redirect, system, test_upstreams: test } = proxy;
  return html`<section class="capture-panel" aria-labelledby="proxy"><h2 id="proxy">Proxy <span class=${`badge${running ? '' : ' is-missing'}`}>${running ? 'listening' : 'off'}</span></h2>
    ${running ? html`<p>Sees the agents that are led through it, and no other. It reads the hosts named here; everything else passes unread.</p><dl class="capture-pairs">
      ${url ? html`<${Fact} name="Listens at" class="mono" words=${html`${url} <${CopyButton} text=${url} label="Copy the proxy’s address" />`} />` : null}
      <${Fact} name="Decrypts" words=${hosts.length === 0 ? 'no host' : html`<ul class="capture-hosts">${hosts.map((host) => html`<li key=${host} class="mono">${host}</li>`)}</ul>`} />
      <${Fact} name="Open now" words=${counted(open, 'connection')} />
      ${ca ? html`<${Fact} name="Certificate" class="mono" words=${html`${ca} <${CopyButton} text=${ca} label="Copy the certificate’s path" />`} />` : null}
      ${system ? html`<${Fact} name="System proxy" words=${html`<${Words} text=${system} />`} />` : null}
      ${redirect ? html`<${Fact} name="Redirection" words=${html`<${Words} text=${redirect} />`} />` : null}
      ${test ? html`<${Fact} name="Upstreams" class="is-alarm" words="for tests: nothing it records is real" />` : null}
    </dl>` : html`<p>No independent witness can see model calls. Start Vigil without <code>--no-proxy</code>, and with <code>proxy.enabled = true</code> in the configuration; <code>vigil config show --origin</code> tells what is set where.</p>`}
  </section>`;
}

/** @param {{ daemon: Status['daemon'] }} props */
function Daemon({ daemon }) {
  const { state, since, why, started, sees, can, leases, anchor, test } = daemon;
  const runs = state === 'running' || state === 'not-enrolled';
  return html`<section class="capture-panel" aria-labelledby="daemon"><h2 id="daemon">Daemon <span class=${`badge${state === 'running' ? '' : ' is-missing'}`}>${state.replaceAll('-', ' ')}</span></h2>
    <p>${runs ? 'The part of Vigil with root’s rights. What it may do is fixed; it changes and notes something for enrolled users alone.'
      : 'The part of Vigil with root’s rights is not of use. Without it Vigil does not redirect connections, trust its certificate system-wide, see across users or anchor the record. docs/INSTALL.md says how to install it. Recording your own agents does not need it.'}</p>
    <dl class="capture-pairs">
      ${why ? html`<${Fact} name="Why" words=${html`<${Words} text=${why} />`} />` : null}
      ${runs ? html`<${Fact} name="Started" words=${html`<${When} at=${started} none="unknown" />`} />` : since ? html`<${Fact} name="Since" words=${html`<${When} at=${since} />`} />` : null}
      <${Fact} name="Sees" words=${sees} />
      ${Object.entries(can).map(([name, ability]) => html`<${Fact} key=${name} name=${ABILITIES[name] ?? name} words=${`${ability?.yes ? 'yes' : 'no'}${ability?.why ? `, ${ability.why}` : ''}`} />`)}
      ${leases.map((lease) => html`<${Fact} key=${lease.of} name="Holds" words=${`${lease.of === 'proxy' ? 'the system proxy' : 'your connections'} to port ${lease.port}, for ${lease.seconds} s at a time`} />`)}
      <${Anchor} anchor=${anchor} />
      ${test ? html`<${Fact} name="For tests" class="is-alarm" words="what it says and notes is not this machine’s" />` : null}
    </dl></section>`;
}

/** @type {Record<string, string>} */
const ABILITIES = { ca: 'Trusts the CA', proxy: 'System proxy', capture: 'Redirects', sockets: 'Sockets', watch: 'Watches' };

/** @param {{ anchor: Status['daemon']['anchor'] }} props */
function Anchor({ anchor }) {
  const { state, count, at } = anchor;
  const link = html`link ${count} of the record’s chain${at ? html`, noted <${When} at=${at} />` : ''}`;
  switch (state) {
    case 'follows':
      return html`<${Fact} name="Anchor" words=${link} />`;
    case 'none':
      return html`<${Fact} name="Anchor" words="none yet" />`;
    case 'ahead':
      return html`<${Fact} name="Anchor" class="is-alarm" words=${html`${link}: this store is shorter. <code>vigil verify</code> says what is gone`} />`;
    case 'differs':
      return html`<${Fact} name="Anchor" class="is-alarm" words=${html`${link}: not of this store. <code>vigil verify</code> says what is left`} />`;
    case 'other-store':
      return html`<${Fact} name="Anchor" words="none of this store: only your own one is anchored" />`;
    default:
      return null;
  }
}

/** @param {{ status: Status }} props */
function Agent({ status }) {
  const { agent, store } = status;
  const paused = agent.paused_since;
  return html`<section class="capture-panel" aria-labelledby="agent"><h2 id="agent">Agent and store <span class=${`badge${paused ? ' is-missing' : ''}`}>${paused ? 'paused' : 'recording'}</span></h2><dl class="capture-pairs">
    ${paused ? html`<${Fact} name="Paused" words=${html`<${When} at=${paused} />`} />` : null}
    <${Fact} name="Started" words=${html`<${When} at=${agent.started} none="unknown" />${agent.pid === null ? '' : ` as process ${agent.pid}`}`} />
    <${Fact} name="Version" words=${status.version} />
    ${agent.kept ? html`<${Fact} name="Service" words=${html`<${Words} text=${agent.kept} />`} />` : null}
    <${Fact} name="Keeps" words=${`${counted(store.events, 'event')} in ${bytes(store.bytes)}`} />
    ${store.masking ? html`<${Fact} name="Masking" words=${html`<${Again} of=${store.masking} />`} />` : null}
    <${Fact} name="Folder" class="mono" words=${html`<${Words} text=${store.path} /> <${CopyButton} text=${store.path} label="Copy the store’s folder" />`} />
  </dl></section>`;
}

/** How far what is stored was looked through again, since rules changed. @param {{ of: NonNullable<Status['store']['masking']> }} props */
function Again({ of: { began, ended, done, total, changed, found } }) {
  if (!ended) return html`again since <${When} at=${began} />, ${total > 0 ? share(done / total) : 'just begun'}: ${counted(changed, 'row')} changed so far`;
  return html`again <${When} at=${ended} />, for new rules: ${changed === 0 && found === 0 ? 'nothing had to change' : `${counted(changed, 'row')} changed, ${counted(found, 'place')} of secrets found`}`;
}
