// What a person must know whatever view they look at: the connection is lost, recording is
// paused, the status' warnings. Only these; a finding has its own place.

import { html, useState } from '../vendor/preact.js';
import { pausedSince, refreshStatus, status, statusError } from '../lib/status.js';
import { connection, retryNow } from '../lib/stream.js';
import { Remedy } from './empty.js';
import { Icon } from './icon.js';
import { resume } from './recording.js';
import { When } from './when.js';

export function Banners() {
  const [all, setAll] = useState(false);
  const [failed, setFailed] = useState('');
  const lost = connection.value === 'lost' || statusError.value?.status === 0;
  const warnings = lost ? [] : status.value?.warnings ?? [];
  const shown = all ? warnings : warnings.slice(0, 1);
  const since = pausedSince.value;
  const retry = () => {
    retryNow();
    refreshStatus();
  };
  const onResume = () => resume().catch((/** @type {Error} */ error) => setFailed(error.message));
  return html`<div class="banners" role="status">
    ${lost ? html`<div class="banner is-warn"><${Icon} name="findings" /><p><strong>The connection to Vigil is lost.</strong>
      What you see may be old. If it was stopped, start it with <code>vigil up</code>.</p>
      <button type="button" class="button" onClick=${retry}>Try now</button></div>` : null}
    ${since && !lost ? html`<div class="banner is-warn"><${Icon} name="pause" /><p><strong>Recording is paused.</strong> Nothing has been recorded since you paused it (<${When} at=${since} />). ${failed}</p>
      <button type="button" class="button" onClick=${onResume}>Resume</button></div>` : null}
    ${shown.map((words, i) => html`<div key=${words} class="banner is-warn"><${Icon} name="findings" /><p><${Remedy} text=${words} /></p>
      ${i === 0 && warnings.length > 1 ? html`<button type="button" class="button" aria-expanded=${all} onClick=${() => setAll(!all)}>
        ${all ? 'Fewer' : `${warnings.length - 1} more`}</button>` : null}</div>`)}
  </div>`;
}
