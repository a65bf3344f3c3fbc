// What would make the record more complete: the list that the agent makes for the command line and for
// this page alike. What the page itself shows, such as findings and gaps, is left to its places.

import { html } from '../../vendor/preact.js';
import { Command, Remedy } from '../../parts/empty.js';

/** @typedef {import('../../types/api.d.ts').Next} NextStep */
/** @typedef {import('../../types/api.d.ts').Status} Status */

/** The page has a place for these of its own. */
const SHOWN = ['vigil findings', 'vigil events '];

/** So many are shown at once, the most urgent ones. */
const FIRST = 4;

/** @param {Status} status @returns {NextStep[]} */
export function stepsOf(status) {
  return (status.next ?? []).filter(({ command }) => !SHOWN.some((shown) => command?.startsWith(shown)));
}

/** @param {Status} status @param {string} client */
export function stepsFor(status, client) {
  return stepsOf(status).filter((step) => step.client === client);
}

/** At the beginning, the summary tells how to have clients seen. @param {{ status: Status, beginning: boolean }} props */
export function Todo({ status, beginning }) {
  const steps = stepsOf(status).filter(({ client }) => !(beginning && client));
  if (steps.length === 0) return null;
  // One alone is not worth folding.
  const cut = steps.length > FIRST + 1 ? FIRST : steps.length;
  return html`<section class="capture-panel capture-todo" aria-labelledby="todo"><h2 id="todo">What to do next</h2><${Steps} steps=${steps.slice(0, cut)} />
    ${cut < steps.length ? html`<details class="todo-more"><summary>${steps.length - cut} more</summary><${Steps} steps=${steps.slice(cut)} /></details>` : null}</section>`;
}

/** @param {{ steps: NextStep[] }} props */
export function Steps({ steps }) {
  return html`<ol class="steps">${steps.map((step) => html`<li key=${step.command ?? step.words}>
    <span class="step-words"><${Remedy} text=${sentence(step.words)} /></span>${step.command ? html`<${Command} text=${step.command} />` : null}</li>`)}</ol>`;
}

/** With a capital and a full stop. @param {string} words */
function sentence(words) {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
