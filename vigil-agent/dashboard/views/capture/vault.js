// The vault: whether values are kept, and until when by day. Shows numbers and dates; a value is
// opened in a terminal alone.

import { html, useEffect, useState } from '../../vendor/preact.js';
import { get, isAbort } from '../../lib/api.js';
import { now } from '../../lib/clock.js';
import { counted } from '../../lib/format.js';
import { dayWords, timeUntil } from '../../lib/time.js';
import { Command, Problem, Remedy } from '../../parts/empty.js';
import { Words } from '../../parts/text.js';

/** @typedef {import('../../types/api.d.ts').Status} Status */
/** @typedef {import('../../types/api.d.ts').VaultKey} VaultKey */
/** @typedef {import('../../types/api.d.ts').VaultStatus} VaultStatus */

/** Days beyond these are told together. */
const MOST = 7;

/** Asked again whenever the status was. @param {Status} status */
function useVault(status) {
  const [vault, setVault] = useState(/** @type {VaultStatus | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    get('vault', abort.signal).then((answer) => {
      setVault(answer);
      setError(null);
    }, (/** @type {Error} */ problem) => {
      if (!isAbort(problem)) setError(problem);
    });
    return () => abort.abort();
  }, [status, asked]);
  return { vault, error, again: () => setAsked((n) => n + 1) };
}

/** @param {{ status: Status }} props */
export function Vault({ status }) {
  const { vault, error, again } = useVault(status);
  return html`<section class="capture-panel" aria-labelledby="vault"><h2 id="vault">Vault ${vault ? html`<span class="badge">${vault.on ? 'on' : 'off'}</span>` : null}</h2>
    ${error ? html`<${Problem} error=${error} retry=${again} slim />` : null}
    ${vault?.trouble ? html`<p class="is-alarm"><strong>It did not work:</strong> <${Words} text=${vault.trouble} most=${300} /></p>` : null}
    ${!vault ? null : vault.on ? html`<${On} vault=${vault} />` : html`<${Off} />`}
  </section>`;
}

/** @param {{ vault: VaultStatus }} props */
function On({ vault: { values, days, keys } }) {
  const rest = keys.slice(MOST);
  return html`<p>${values === 0 ? 'No value is sealed yet.' : `${counted(values, 'value')} of findings ${values === 1 ? 'is' : 'are'} sealed.`} Each can be opened for ${counted(days, 'day')} after it was last seen, by you alone and in a terminal: <code>vigil reveal ID</code>. A finding’s page has its command.</p>
    ${keys.length === 0 ? null : html`<table class="vault-keys"><thead><tr><th scope="col">Day (UTC)</th><th scope="col" class="n">Values</th><th scope="col">Destroyed</th></tr></thead>
      <tbody>${keys.slice(0, MOST).map((key) => html`<${Day} key=${key.day} of=${key} />`)}</tbody></table>`}
    ${rest.length === 0 ? null : html`<p class="quiet">and ${counted(rest.reduce((sum, key) => sum + key.values, 0), 'value')} of ${counted(rest.length, 'earlier day')}</p>`}`;
}

/** @param {{ of: VaultKey }} props */
function Day({ of: { day, values, until } }) {
  return html`<tr><th scope="row">${dayWords(day)}</th><td class="n">${values}</td><td>in ${timeUntil(until, now.value)}</td></tr>`;
}

function Off() {
  return html`<p><${Remedy} text="Of what is found, the clear value is kept nowhere. With the vault, values are sealed to a key in your keystore, for a time." /></p><${Command} text="vigil vault on" />`;
}
