// A point in time: relative or exact as this person prefers, the whole of it in the title.

import { html } from '../vendor/preact.js';
import { now } from '../lib/clock.js';
import { times } from '../lib/prefs.js';
import { ago, exact, precise, whole } from '../lib/time.js';

/**
 * `precise` shows the clock with milliseconds whatever the preference: for rows of events.
 * @param {{ at: string | null | undefined, precise?: boolean, none?: string }} props
 */
export function When({ at, precise: fine = false, none = 'never' }) {
  if (!at) return html`<span class="quiet">${none}</span>`;
  const words = fine ? precise(at) : times.value === 'exact' ? exact(at, now.value) : ago(at, now.value);
  return html`<time class="when" dateTime=${at} title=${whole(at)}>${words}</time>`;
}
