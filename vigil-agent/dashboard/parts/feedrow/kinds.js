// Which kinds of events a feed shows: groups of kinds, what the URL says of them, and the filter
// that sets it. Nothing chosen means every kind but `system`.

import { html } from '../../vendor/preact.js';
import { query, setQuery } from '../../lib/router.js';
import { kindName } from '../badge.js';
import { Popover } from '../popover.js';

/** @typedef {import('../../types/api.d.ts').KindName} KindName */
/** @typedef {{ name: string, words: string, kinds: KindName[] }} Group */

/** In the order of the strip, from the bottom up. @type {Group[]} */
export const GROUPS = [
  { name: 'talk', words: 'Conversation', kinds: ['prompt', 'response', 'thinking'] },
  { name: 'tools', words: 'Tools', kinds: ['tool_call', 'tool_result'] },
  { name: 'calls', words: 'Model calls', kinds: ['model_call'] },
  { name: 'machine', words: 'Machine', kinds: ['process', 'connection', 'file', 'install', 'browser_message'] },
  { name: 'vigil', words: 'Vigil and gaps', kinds: ['gap', 'config_change'] },
  { name: 'system', words: 'Client’s notes', kinds: ['system'] },
];

/** Every kind that is shown when none is asked for. */
const USUAL = GROUPS.flatMap((group) => (group.name === 'system' ? [] : group.kinds));

/** @param {string | null} said  The parameter `kinds`. @returns {Set<KindName>} What it lets through. */
export function kindsOf(said) {
  const chosen = chosenOf(said);
  return new Set(chosen.length > 0 ? chosen : USUAL);
}

/** @param {string | null} said  Only kinds that there are: the API refuses others. */
export function chosenOf(said) {
  const words = new Set((said ?? '').split(','));
  return GROUPS.flatMap((group) => group.kinds).filter((kind) => words.has(kind));
}

/**
 * The parameter with `kinds` put in, or taken out when all of them were chosen.
 * @param {string | null} said
 * @param {KindName[]} kinds
 */
export function flipped(said, kinds) {
  const chosen = new Set(chosenOf(said));
  const out = kinds.every((kind) => chosen.has(kind));
  for (const kind of kinds) {
    if (out) chosen.delete(kind);
    else chosen.add(kind);
  }
  return GROUPS.flatMap((group) => group.kinds).filter((kind) => chosen.has(kind)).join(',');
}

/** @param {KindName[]} chosen */
function wordsOf(chosen) {
  if (chosen.length === 0) return 'All kinds';
  const group = GROUPS.find((one) => one.kinds.length === chosen.length && one.kinds.every((kind) => chosen.includes(kind)));
  if (group) return group.words;
  return chosen.length === 1 && chosen[0] ? `Only ${kindName(chosen[0])}` : `${chosen.length} kinds`;
}

/** Sets the parameter `kinds`. */
export function KindPicker() {
  const said = query.value.get('kinds');
  const chosen = chosenOf(said);
  const set = new Set(chosen);
  /** @param {KindName[]} kinds */
  const flip = (kinds) => setQuery({ kinds: flipped(said, kinds) }, { push: true });
  return html`<${Popover} label="Kinds of events" words=${wordsOf(chosen)} set=${chosen.length > 0} class="kinds">
    ${GROUPS.map((group) => html`<div key=${group.name} class="kinds-group" role="group" aria-label=${group.words}>
      <${Press} on=${group.kinds.every((kind) => set.has(kind))} run=${() => flip(group.kinds)}><b>${group.words}</b><//>
      ${group.kinds.length > 1 ? group.kinds.map((kind) => html`<${Press} key=${kind} on=${set.has(kind)} run=${() => flip([kind])}>${kindName(kind)}<//>`) : null}
    </div>`)}
    <div class="kinds-foot"><span class="quiet">Nothing chosen shows all but the client’s notes.</span>
      <button type="button" class="button is-quiet" disabled=${chosen.length === 0} onClick=${() => setQuery({ kinds: null }, { push: true })}>All kinds</button></div>
  <//>`;
}

/** @param {{ on: boolean, run: () => void, children?: import('../../vendor/preact.js').ComponentChildren }} props */
function Press({ on, run, children }) {
  return html`<button type="button" class="chip" aria-pressed=${on} onClick=${run}>${children}</button>`;
}
