// Suppressing a finding from its page: why, and for how long. It is kept and counted, and open
// again when the time is over.

import { html, useState } from '../../vendor/preact.js';
import { announce } from '../../lib/announce.js';
import { get, post } from '../../lib/api.js';
import { Dialog } from '../../parts/dialog.js';
import { Problem, Remedy } from '../../parts/empty.js';
import { whatOf } from './words.js';

/** @typedef {import('../../types/api.d.ts').FindingRow} FindingRow */
/** @typedef {import('../../types/api.d.ts').SuppressOrder} SuppressOrder */
/** @typedef {import('../../types/api.d.ts').Suppressions} Suppressions */

const DAY = 86_400_000;
const LONGEST = 2000;

/** What is offered, in days; 0 is until it is taken back. */
const SPANS = [
  { days: 30, words: 'for 30 days' }, { days: 90, words: 'for 90 days' }, { days: 365, words: 'for a year' }, { days: 0, words: 'until it is taken back' },
];

/** How far it goes, in words. */
const SCOPE = 'This value only, wherever it is seen. Rules in files or projects: `vigil suppress add --rule`.';

/** The button, and what it opens. @param {{ row: FindingRow, again: () => void }} props  `again`: something changed. */
export function Suppress({ row, again }) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {Error | null} */ (null));

  /** @param {() => Promise<unknown>} work @param {string} done */
  const carry = async (work, done) => {
    setBusy(true);
    setError(null);
    try {
      await work();
      setOpen(false);
      announce(done);
      again();
    } catch (problem) {
      setError(/** @type {Error} */ (problem));
    }
    setBusy(false);
  };
  /** @param {string} reason @param {number} days */
  const suppress = (reason, days) => carry(() => {
    const order = /** @type {SuppressOrder} */ ({ finding: row.id, reason, ...(days > 0 && { expires: new Date(Date.now() + days * DAY).toISOString() }) });
    return post('suppress', order);
  }, 'Suppressed');
  const takeBack = () => carry(async () => {
    const all = /** @type {Suppressions} */ (await get('suppressions'));
    const own = all.suppressions.filter((one) => one.finding === row.id);
    if (own.length === 0) await post('findings/triage', { ids: [row.id], state: 'open' });
    for (const { id } of own) await post('unsuppress', { id });
  }, 'Open again');

  const problem = error && !open ? html`<${Problem} error=${error} retry=${() => setError(null)} slim />` : null;
  if (row.state === 'suppressed') {
    return html`<div class="suppressed"><p>Suppressed: it is kept and counted, and not listed among the open ones.</p>
      <button type="button" class="button" disabled=${busy} onClick=${takeBack}>Take it back</button>${problem}</div>`;
  }
  return html`<button type="button" class="button is-quiet" onClick=${() => setOpen(true)}>Suppress…</button>${problem}
    ${open ? html`<${SuppressDialog} row=${row} busy=${busy} error=${error} onDone=${suppress} onClose=${() => { setOpen(false); setError(null); }} />` : null}`;
}

/**
 * @param {{ row: FindingRow, busy: boolean, error: Error | null, onDone: (reason: string, days: number) => void, onClose: () => void }} props
 */
function SuppressDialog({ row, busy, error, onDone, onClose }) {
  const [reason, setReason] = useState('');
  const [days, setDays] = useState(30);
  const characters = [...reason.trim()].length;
  const ready = characters > 0 && characters <= LONGEST && !busy;
  const save = () => {
    if (ready) onDone(reason.trim(), days);
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save();
  };
  return html`<${Dialog} title=${`Suppress: ${whatOf(row)}`} class="triage-dialog" onClose=${onClose}><div onKeyDown=${onKeyDown}>
    <label class="triage-note"><span>Why</span>
      <textarea rows="3" autofocus value=${reason} placeholder="Made up for tests, expired long ago, …" onInput=${(/** @type {Event} */ event) => setReason(/** @type {HTMLTextAreaElement} */ (event.currentTarget).value)}></textarea></label>
    <label class="triage-note"><span>How long</span>
      <select value=${String(days)} onChange=${(/** @type {Event} */ event) => setDays(Number(/** @type {HTMLSelectElement} */ (event.currentTarget).value))}>
        ${SPANS.map((span) => html`<option key=${span.days} value=${String(span.days)}>${span.words}</option>`)}</select></label>
    <p class="quiet triage-hint">${characters > LONGEST ? html`<strong>${characters} characters; at most ${LONGEST} are kept.</strong>` : html`<${Remedy} text=${SCOPE} />`}</p>
    ${error ? html`<${Problem} error=${error} retry=${() => onDone(reason.trim(), days)} slim />` : null}
    <div class="dialog-foot"><button type="button" class="button" onClick=${onClose}>Cancel</button>
      <button type="button" class="button is-main" disabled=${!ready} onClick=${save}>Suppress</button></div>
  </div><//>`;
}
