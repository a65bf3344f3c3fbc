// Pausing and resuming the recording, after a question: what is not recorded is gone for good.

import { html, signal, useState } from '../vendor/preact.js';
import { announce } from '../lib/announce.js';
import { post } from '../lib/api.js';
import { pausedSince, refreshStatus } from '../lib/status.js';
import { Dialog } from './dialog.js';
import { Problem } from './empty.js';
import { When } from './when.js';

export const pauseOpen = signal(false);

/** Records again, without a question. */
export async function resume() {
  await post('resume');
  await refreshStatus();
  announce('Recording again');
}

export function Recording() {
  return pauseOpen.value ? html`<${Question} />` : null;
}

function Question() {
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [busy, setBusy] = useState(false);
  const since = pausedSince.value;
  const close = () => { pauseOpen.value = false; };
  const change = async () => {
    setBusy(true);
    setError(null);
    try {
      if (since) await resume();
      else {
        await post('pause');
        await refreshStatus();
        announce('Recording is paused');
      }
      close();
    } catch (problem) {
      setError(/** @type {Error} */ (problem));
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${since ? 'Recording is paused' : 'Pause the recording?'} class="question" onClose=${close}>
    ${since ? html`<p>Paused <${When} at=${since} />. Nothing that agents do is recorded until you resume.</p>`
      : html`<p>Nothing that agents do is recorded while Vigil is paused. The pause itself is recorded as a gap.</p>`}
    ${error ? html`<${Problem} error=${error} slim />` : null}
    <div class="dialog-foot"><button type="button" class="button" onClick=${close}>Cancel</button>
      <button type="button" class="button is-main" disabled=${busy} onClick=${change}>${since ? 'Resume' : 'Pause'}</button></div>
  <//>`;
}
