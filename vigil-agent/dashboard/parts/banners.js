// What a person must know whatever view they look at: the connection is lost, recording is
// paused, nothing recorded is real, the status' other warnings. Only these; a finding has its own
// place.

import { html, useState } from '../vendor/preact.js';
import { pausedSince, refreshStatus, status, statusError } from '../lib/status.js';
import { connection, retryNow } from '../lib/stream.js';
import { exact, whole } from '../lib/time.js';
import { Remedy } from './empty.js';
import { Icon } from './icon.js';
import { resume } from './recording.js';

/** Warnings that have a banner of their own, by how the status begins them. */
const OWN = ['test upstreams are on', 'recording is paused'];

/** @param {import('../types/api.d.ts').Status | null} said  Those that no other banner tells. */
export function otherWarnings(said) {
  return (said?.warnings ?? []).filter((words) => !OWN.some((own) => words.startsWith(own)));
}

export function Banners() {
  const [all, setAll] = useState(false);
  const [failed, setFailed] = useState('');
  const lost = connection.value === 'lost' || statusError.value?.status === 0;
  const said = lost ? null : status.value;
  const warnings = otherWarnings(said);
  const shown = all ? warnings : warnings.slice(0, 1);
  const since = lost ? null : pausedSince.value;
  const retry = () => {
    retryNow();
    refreshStatus();
  };
  const onResume = () => {
    setFailed('');
    resume().catch((/** @type {Error} */ error) => setFailed(error.message));
  };
  return html`<div class="banners" role="status">
    ${lost ? html`<${Banner} icon="findings" button=${html`<button type="button" class="button" onClick=${retry}>Try now</button>`}><strong>The connection to Vigil is lost.</strong> What you see may be old. If it was stopped, start it with <code>vigil up</code>.<//>` : null}
    ${said?.proxy.test_upstreams ? html`<${Banner} look="is-alarm" icon="findings"><strong>Test upstreams are on.</strong> The proxy talks to stand-ins: what it records is not real.<//>` : null}
    ${since ? html`<${Banner} icon="pause" button=${html`<button type="button" class="button" onClick=${onResume}>Resume</button>`}><strong>Recording is paused.</strong> Nothing has been recorded since <${Since} at=${since} />. ${failed}<//>` : null}
    ${shown.map((words, i) => html`<${Banner} key=${words} icon="findings" button=${i === 0 && warnings.length > 1 ? html`<button type="button" class="button" aria-expanded=${all} onClick=${() => setAll(!all)}>
        ${all ? 'Fewer' : `${warnings.length - 1} more`}</button>` : null}><${Remedy} text=${words} /><//>`)}
  </div>`;
}

/**
 * @typedef {import('../vendor/preact.js').ComponentChildren} Children
 * @param {{ look?: 'is-warn' | 'is-alarm', icon: string, button?: Children, children?: Children }} props
 */
function Banner({ look = 'is-warn', icon, button, children }) {
  return html`<div class=${`banner ${look}`}><${Icon} name=${icon} /><p>${children}</p>${button}</div>`;
}

/** An exact time: a relative one would change, and be read out again, every minute. @param {{ at: string }} props */
function Since({ at }) {
  return html`<time dateTime=${at} title=${whole(at)}>${exact(at)}</time>`;
}
