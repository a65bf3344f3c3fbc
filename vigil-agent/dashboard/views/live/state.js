// Beside the heading of the live view: whether events come, whether the list moves, and the button
// that stops it. Stopping the list never stops the recording, and the words say so.

import { html } from '../../vendor/preact.js';
import { pausedSince } from '../../lib/status.js';
import { connection } from '../../lib/stream.js';
import { Icon } from '../../parts/icon.js';

/** @param {{ still: boolean, paused: boolean, flip: () => void }} props */
export function State({ still, paused, flip }) {
  const here = connection.value === 'live';
  const words = !here ? connection.value === 'lost' ? 'Not connected' : 'Connecting…'
    : pausedSince.value ? 'Recording is paused'
      : paused ? 'Paused; recording goes on' : still ? 'Held while you read' : 'Following';
  const look = here && !still && !pausedSince.value ? 'is-moving' : '';
  return html`<span class=${`live-state quiet ${look}`}>${words}</span>
    <button type="button" class="button" title="Space" onClick=${flip}>
      <${Icon} name=${paused ? 'play' : 'pause'} size=${14} /> <span>${paused ? 'Go on' : 'Pause'}</span></button>`;
}
