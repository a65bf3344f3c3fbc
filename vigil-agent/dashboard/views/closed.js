// What stands here for whoever is not signed in: the one command that opens the page. Tells
// nothing about what is recorded.

import { html, useEffect } from '../vendor/preact.js';
import { keepsNothing } from '../lib/key.js';
import { Command } from '../parts/empty.js';
import { Mark } from '../parts/icon.js';

export function View() {
  useEffect(() => {
    document.title = 'Vigil';
  }, []);
  return html`<main class="closed">
    <${Mark} />
    <h1>Open Vigil from your terminal</h1>
    <p>This page is private to whoever can run commands as you. The command gives this browser a link that works once.</p>
    <${Command} text="vigil open" />
    ${keepsNothing() ? html`<p><strong>This browser keeps no cookies or site data for this address,</strong> so it cannot stay signed in. Allow both for <code>${location.host}</code>, then run the command again.</p>` : null}
    ${location.hostname === 'localhost' ? null : html`<p>The dashboard's own address is <a href=${`http://localhost:${location.port}/`}>localhost:${location.port}</a>; a browser that is signed in there is not signed in here.</p>`}
    <p class="quiet">If Vigil was started anew, earlier links and pages no longer work. If it does not run, start it with <code>vigil up</code>.</p>
  </main>`;
}
