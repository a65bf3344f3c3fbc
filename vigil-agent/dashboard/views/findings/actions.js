// The buttons that put findings into a state, and the dialog that also takes a note. Say what is
// asked for; the view carries it out.

import { html, useId, useRef, useState } from '../../vendor/preact.js';
import { counted } from '../../lib/format.js';
import { Dialog } from '../../parts/dialog.js';
import { MEANING, STATES, whatOf } from './words.js';

/** @typedef {import('../../types/api.d.ts').FindingRow} FindingRow */
/** @typedef {import('../../types/api.d.ts').Triage} Triage */

/**
 * `state`: the state of all of them, when it is one; that button is shown pressed.
 * @param {{ state: Triage | null, onState: (state: Triage) => void, onNote: () => void,
 *   children?: import('../../vendor/preact.js').ComponentChildren }} props
 */
export function Actions({ state, onState, onNote, children }) {
  const offered = STATES.filter((one) => one.state !== 'open' || state !== 'open');
  const order = [...offered.filter((one) => one.state !== 'open'), ...offered.filter((one) => one.state === 'open')];
  return html`<div class="triage-actions" role="group" aria-label="Triage">
    ${order.map((one) => html`<button key=${one.state} type="button" class="button" aria-pressed=${one.state === state} title=${MEANING[one.state]}
      aria-keyshortcuts=${one.key} onClick=${() => onState(one.state)}>${one.does} <kbd aria-hidden="true">${one.key.toUpperCase()}</kbd></button>`)}
    <button type="button" class="button is-quiet" aria-keyshortcuts="e" onClick=${onNote}>Note… <kbd aria-hidden="true">E</kbd></button>
    ${children}
  </div>`;
}

const LONGEST = 2000;

/**
 * @param {{ rows: FindingRow[], onDone: (state: Triage, note: string) => void, onClose: () => void }} props
 */
export function NoteDialog({ rows, onDone, onClose }) {
  const [first] = rows;
  const [state, setState] = useState(/** @type {Triage} */ (first && first.state !== 'open' ? first.state : 'acknowledged'));
  const [note, setNote] = useState('');
  const text = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const id = useId();
  const characters = [...note].length;
  const save = () => {
    if (characters <= LONGEST) onDone(state, note.trim());
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save();
  };
  const title = rows.length === 1 && first ? whatOf(first) : counted(rows.length, 'finding');
  return html`<${Dialog} title=${title} class="triage-dialog" onClose=${onClose}><div onKeyDown=${onKeyDown}>
    <fieldset class="triage-states"><legend class="hidden">State</legend>${STATES.map((one) => html`<label key=${one.state} class=${one.state === state ? 'is-set' : ''}>
      <input type="radio" name=${id} checked=${one.state === state} autofocus=${one.state === state} onChange=${() => setState(one.state)} />
      <span><strong>${one.tab.replace(/s$/, '')}</strong><span class="quiet">${MEANING[one.state]}</span></span></label>`)}</fieldset>
    <label class="triage-note"><span>Note</span>
      <textarea ref=${text} rows="4" value=${note} placeholder="What you found out, what you did" onInput=${(/** @type {Event} */ event) => setNote(/** @type {HTMLTextAreaElement} */ (event.currentTarget).value)}></textarea></label>
    <p class="quiet triage-hint">${characters > LONGEST ? html`<strong>${characters} characters; at most ${LONGEST} are kept.</strong>` : 'Kept on this machine. Secrets in it are masked first.'}</p>
    <div class="dialog-foot"><button type="button" class="button" onClick=${onClose}>Cancel</button>
      <button type="button" class="button is-main" disabled=${characters > LONGEST} onClick=${save}>Save <kbd aria-hidden="true">${/Mac|iP/.test(navigator.platform) ? '⌘' : 'Ctrl'} ⏎</kbd></button></div>
  </div><//>`;
}
