// That the vault holds a finding's value, until when, and how its owner sees it. The value itself
// never comes to a page: it is opened in a terminal, with a key of the keystore.

import { html } from '../../vendor/preact.js';
import { dayWords, timeUntil } from '../../lib/time.js';
import { now } from '../../lib/clock.js';
import { Command } from '../../parts/empty.js';

/** @typedef {import('../../types/api.d.ts').SealedUntil} SealedUntil */

/** @param {{ id: string, until: SealedUntil }} props */
export function Sealed({ id, until }) {
  return html`<section class="detail-part" data-part="sealed"><h3>In the vault</h3>
    <p>Its value is sealed, as it was seen on ${dayWords(until.day)}. It can be opened for ${timeUntil(until.until, now.value)} more; then its key is destroyed. Only you can open it, in a terminal, and that is recorded:</p>
    <${Command} text=${`vigil reveal ${id.slice(0, 12)}`} />
    <p class="quiet">To destroy it now:</p>
    <${Command} text=${`vigil purge ${id.slice(0, 12)}`} /></section>`;
}
