// A client that is there and whose conversations are not read: nothing bears witness to it, so it
// has a place and a time, and no counts.

import { html } from '../../vendor/preact.js';
import { Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';

/** @typedef {import('../../types/api.d.ts').Unread} Unread */

/** @param {{ client: Unread }} props */
export function UnreadCard({ client }) {
  return html`<article class="surface">
    <header class="surface-top"><div class="surface-head"><h2><${Words} text=${client.title} most=${60} brief /></h2>
      <span class="quiet">not read yet</span></div>
      <p class="surface-means">Installed, last active <${When} at=${client.last_active} none="never" />, in <code><${Words} text=${client.place} most=${160} brief /></code>. Its conversations are not read yet.</p></header>
  </article>`;
}
