// What to do about a finding, by its group: a few careful steps in the order one would take them.
// General knowledge about kinds of secrets; nothing here looks at anything.

import { html } from '../../vendor/preact.js';
import { own } from '../../lib/own.js';
import { href } from '../../lib/router.js';
import { Command, Remedy } from '../../parts/empty.js';

/** @typedef {import('../../types/api.d.ts').FindingRow} FindingRow */

/** How to make the old secret worthless, and where to look for its use. @type {Record<string, string>} */
const REPLACE = {
  ai: "Revoke the key in the provider's console and make a new one. Look at its usage there: calls that are not yours mean somebody else had it.",
  cloud: 'Deactivate the key at the cloud provider and make a new one. Read the audit log for what the old one did since it was first seen here.',
  comm: 'Regenerate the token or webhook where the app was set up. Until then others can post as that app.',
  db: 'Change the password at the database, then in whatever connects with it. Look who connected since it was first seen here.',
  keys: 'Make a new key pair and remove the old public key wherever it is trusted: authorised keys, recipients, certificates.',
  payment: "Roll the key in the provider's dashboard. Go through charges, refunds and payouts since it was first seen here.",
  registry: 'Revoke the token at the registry and make a new one with the least rights. See whether anything was published since.',
  saas: "Revoke it in the service's settings and make a new one. If the service keeps an audit log, read it.",
  token: 'Such tokens often expire by themselves. If this one has not, end the session it belongs to, or change the secret it was signed with.',
  vcs: 'Revoke it at the host and make a new one with the least rights. Look at the security log for clones and pushes that are not yours.',
};

const TRACE = 'Find out how it got here: open the first place below. If an agent read it from a file, keep that file away from agents, or the new secret ends up here too.';
const CLOSE = 'Then mark it resolved. If the same value is seen again after that, this list says so.';

/** @type {Record<string, string[]>} */
const STEPS = {
  integrity: [
    'Compare the two records above: what differs, and which file each stands in.',
    'Where one witness is independent (proxy, kernel), trust it over what the client wrote about itself.',
    "If you, or a tool you know, edited the transcript, say so in a note and resolve it. If nobody did, do not rely on that client's own record of this session.",
  ],
  package: [
    'Open the place below: did the command run, and was this name meant?',
    'Look the package up where it is kept: who publishes it, since when, and what its source is.',
    'If it should not be there, remove it, and out of the manifest and the lock file too. What runs while a package is installed has run by then: where the package is malicious, replace every secret that the agent could read.',
  ],
  supply: [
    'See which program connected there, and for which command: the place below is the exact one.',
    'Look the host up in the list that names it. What is shared by many may be named for one of its users.',
    'If it is what the list says, take the machine off the network, and treat the secrets that the agent could read as known to somebody else.',
  ],
  guard: [
    'If you or an update of the client took it away, put it back: `vigil guard on` writes it again, `vigil guard off` ends it.',
    'If not, see what the agent did just before: it can write its own settings.',
  ],
  vault: [
    'If that was you, resolve it: nothing has to be done.',
    "If not, find out which program asked: it runs with your rights, and had the running agent's token.",
    'Then take back the secret that was shown. Its own finding says how.',
  ],
};

/** @param {FindingRow} row @returns {string[]} */
function stepsOf(row) {
  const known = own(STEPS, row.group);
  if (known) return known;
  const replace = REPLACE[row.group];
  if (replace) return [replace, TRACE, CLOSE];
  return ['Open the places below and see what happened around them.', 'Decide whether it did harm, and undo that first.', CLOSE];
}

/** @param {{ row: FindingRow, revocation: import('../../types/api.d.ts').Revocation | null }} props */
export function NextSteps({ row, revocation }) {
  const secret = !!REPLACE[row.group];
  const steps = revocation ? [...revocation.steps, CLOSE] : stepsOf(row);
  return html`<section class="detail-part"><h3>${revocation ? 'To take it back' : 'What to do next'}</h3>
    ${revocation ? html`<p>${revocation.service ? html`<strong>${revocation.service}</strong>: ` : 'At '}${revocation.place}.</p>` : null}
    <ol class="detail-steps">${steps.map((step, i) => html`<li key=${i}><${Remedy} text=${step} /></li>`)}</ol>
    ${secret ? html`<p class="quiet">Whoever could read this session has it: the model's provider, and every tool that was given the text. Vigil keeps only the masked form.</p>` : null}
    ${row.group === 'package' ? html`<p><a href=${href('/installs', { q: row.masked })}>Every install of it</a></p>` : null}
    <p class="quiet">${secret ? 'An example or a test value? Mark it a false positive: then it stays out of the open ones, seen again or not. ' : ''}The same case in a terminal:</p>
    <${Command} text=${`vigil why ${row.id.slice(0, 12)}`} />
  </section>`;
}
