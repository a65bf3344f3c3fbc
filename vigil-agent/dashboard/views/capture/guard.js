// How Vigil stands before a client's commands: the mode, whether its hook is where it belongs, when
// it last asked. Says nothing of clients that Vigil has put no hook into.

import { html } from '../../vendor/preact.js';
import { counted } from '../../lib/format.js';
import { own } from '../../lib/own.js';
import { Command } from '../../parts/empty.js';
import { When } from '../../parts/when.js';

/** @typedef {import('../../types/api.d.ts').Guarded} Guarded */
/** @typedef {import('../../types/api.d.ts').Surface} Surface */

/** @type {Record<Guarded['mode'], { word: string, means: string }>} */
const MODES = {
  observe: { word: 'observed', means: 'Vigil judges its commands before they run, and never interferes.' },
  ask: { word: 'asks', means: 'Where something speaks against a command, the client asks you before it runs.' },
  deny: { word: 'denies', means: 'What is known to be malicious, and what you added, does not run.' },
};

/** Why it does not do what its mode says. @type {Partial<Record<Guarded['hook'], { word: string, means: string }>>} */
const FAULTS = {
  gone: { word: 'hook gone', means: 'Its hook was taken out of the client’s file: its commands run unasked.' },
  silent: { word: 'hook silent', means: 'Its hook stands in the client’s file, but commands ran that it did not ask about: the client does not trust it yet, or has hooks off.' },
};

/** True when it does not do what it was switched on for. @param {Surface} surface */
export function isUnguarded(surface) {
  return !!surface.guard && own(FAULTS, surface.guard.hook) !== undefined;
}

/** True for a command that mends the guard, and leads nothing to the proxy. @param {string} command */
export function isOfGuard(command) {
  return command.startsWith('vigil guard ');
}

/** Beside the client's name. @param {{ guard: Guarded | null | undefined }} props */
export function GuardBadge({ guard }) {
  if (!guard) return null;
  const fault = own(FAULTS, guard.hook);
  const said = fault ?? MODES[guard.mode];
  return html`<span class=${`badge guard${fault ? ' is-fault' : ''}`} title=${said.means}>guard: ${said.word}</span>`;
}

/** @param {{ surface: Surface }} props */
export function GuardFacts({ surface: { guard, next } }) {
  if (!guard) return null;
  const fault = own(FAULTS, guard.hook);
  const mode = MODES[guard.mode];
  return html`<section class="surface-guard" data-part="guard"><h3>Before its commands run <${GuardBadge} guard=${guard} /></h3>
    ${fault ? html`<p class="is-fault">${fault.means}</p>` : html`<p>${mode.means}</p>`}
    <p class="quiet">Last asked <${When} at=${guard.last} none="never" />${guard.silent > 0 ? html`; ${counted(guard.silent, 'command')} of the last day ran without being asked about` : ''}. Mode: ${guard.mode}.</p>
    ${fault ? next.filter(isOfGuard).map((command) => html`<${Command} key=${command} text=${command} />`) : null}</section>`;
}
