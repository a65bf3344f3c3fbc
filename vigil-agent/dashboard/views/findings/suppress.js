// Suppressing a finding from its page: why, how far, and for how long. It is kept and counted, and
// open again when the time is over.

import { html, useEffect, useState } from '../../vendor/preact.js';
import { announce } from '../../lib/announce.js';
import { get, post } from '../../lib/api.js';
import { counted, folderName } from '../../lib/format.js';
import { flat } from '../../lib/masks.js';
import { Dialog } from '../../parts/dialog.js';
import { Problem, Remedy } from '../../parts/empty.js';
import { Path, Words } from '../../parts/text.js';
import { When } from '../../parts/when.js';
import { whatOf } from './words.js';

/** @typedef {import('../../types/api.d.ts').FindingRow} FindingRow */
/** @typedef {import('../../types/api.d.ts').SuppressOrder} SuppressOrder */
/** @typedef {import('../../types/api.d.ts').SuppressionRow} SuppressionRow */
/** @typedef {import('../../types/api.d.ts').Suppressions} Suppressions */

const DAY = 86_400_000;
const LONGEST = 2000;

/** What is offered, in days; 0 is until it is taken back. */
const SPANS = [
  { days: 30, words: 'for 30 days' }, { days: 90, words: 'for 90 days' }, { days: 365, words: 'for a year' }, { days: 0, words: 'until it is taken back' },
];

/** How far it goes, in words. @type {Record<Far, string>} */
const SCOPE = {
  value: 'This one only, wherever it is seen. Rules in files: `vigil suppress add --rule`.',
  project: 'All that this rule finds in this project, now and from now on.',
};
/** @typedef {'value' | 'project'} Far */

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
  /** @param {string} reason @param {number} days @param {Far} far */
  const suppress = (reason, days, far) => carry(() => {
    const what = far === 'project' && row.project ? { rule: row.rule, project: row.project } : { finding: row.id };
    const order = /** @type {SuppressOrder} */ ({ ...what, reason, ...(days > 0 && { expires: new Date(Date.now() + days * DAY).toISOString() }) });
    return post('suppress', order);
  }, 'Suppressed');
  /** @param {SuppressionRow[]} some */
  const takeBack = (some) => carry(async () => {
    if (some.length === 0) await post('findings/triage', { ids: [row.id], state: 'open' });
    for (const { id } of some) await post('unsuppress', { id });
  }, 'Open again');

  const problem = error && !open ? html`<${Problem} error=${error} retry=${() => setError(null)} slim />` : null;
  if (row.state === 'suppressed') return html`<${Now} row=${row} busy=${busy} onBack=${takeBack} />${problem}`;
  return html`<button type="button" class="button is-quiet" onClick=${() => setOpen(true)}>Suppress…</button>${problem}
    ${open ? html`<${SuppressDialog} row=${row} busy=${busy} error=${error} onDone=${suppress} onClose=${() => { setOpen(false); setError(null); }} />` : null}`;
}

/** True when it covers this finding, as far as can be told here. @param {SuppressionRow} one @param {FindingRow} row */
function covers(one, row) {
  if (one.finding) return one.finding === row.id;
  const { rule, project } = one;
  return rule === row.rule && !!project && !!row.project && (row.project === project || row.project.startsWith(`${project}/`));
}

/** By what it is suppressed, why and until when. @param {{ row: FindingRow, busy: boolean, onBack: (some: SuppressionRow[]) => void }} props */
function Now({ row, busy, onBack }) {
  const [all, setAll] = useState(/** @type {SuppressionRow[] | null} */ (null));
  useEffect(() => {
    const abort = new AbortController();
    get('suppressions', abort.signal).then((/** @type {Suppressions} */ said) => setAll(said.suppressions), () => {});
    return () => abort.abort();
  }, [row.id]);
  const some = (all ?? []).filter((one) => covers(one, row));
  const more = some.reduce((sum, one) => sum + (one.finding ? 0 : one.findings), 0);
  return html`<div class="suppressed"><p>Suppressed: it is kept and counted, and not listed among the open ones.</p>
    ${some.map((one) => html`<p key=${one.id} class="suppressed-why">${one.finding ? 'This one' : html`The whole rule in <${Path} path=${one.project} />`}: <${Words} text=${one.reason} most=${300} />${one.expires ? html` <span class="quiet">(until <${When} at=${one.expires} />)</span>` : null}</p>`)}
    <button type="button" class="button" disabled=${busy || all === null} onClick=${() => onBack(some)}>Take it back${more > 1 ? `, and ${counted(more - 1, 'other')}` : ''}</button></div>`;
}

/**
 * @param {{ row: FindingRow, busy: boolean, error: Error | null, onDone: (reason: string, days: number, far: Far) => void, onClose: () => void }} props
 */
function SuppressDialog({ row, busy, error, onDone, onClose }) {
  const [reason, setReason] = useState('');
  const [days, setDays] = useState(30);
  const [far, setFar] = useState(/** @type {Far} */ ('value'));
  const characters = [...reason.trim()].length;
  const ready = characters > 0 && characters <= LONGEST && !busy;
  const save = () => {
    if (ready) onDone(reason.trim(), days, far);
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save();
  };
  return html`<${Dialog} title=${`Suppress: ${whatOf(row)}`} class="triage-dialog" onClose=${onClose}><div onKeyDown=${onKeyDown}>
    <label class="triage-note"><span>Why</span>
      <textarea rows="3" autofocus value=${reason} placeholder="Made up for tests, expired long ago, …" onInput=${(/** @type {Event} */ event) => setReason(/** @type {HTMLTextAreaElement} */ (event.currentTarget).value)}></textarea></label>
    ${row.project && !row.project.includes('[[vigil:') ? html`<label class="triage-note"><span>How far</span>
      <select value=${far} onChange=${(/** @type {Event} */ event) => setFar(/** @type {Far} */ (/** @type {HTMLSelectElement} */ (event.currentTarget).value))}>
        <option value="value">this one only</option><option value="project">the whole rule in ${flat(folderName(row.project), 60)}</option></select></label>` : null}
    <label class="triage-note"><span>How long</span>
      <select value=${String(days)} onChange=${(/** @type {Event} */ event) => setDays(Number(/** @type {HTMLSelectElement} */ (event.currentTarget).value))}>
        ${SPANS.map((span) => html`<option key=${span.days} value=${String(span.days)}>${span.words}</option>`)}</select></label>
    <p class="quiet triage-hint">${characters > LONGEST ? html`<strong>${characters} characters; at most ${LONGEST} are kept.</strong>` : html`<${Remedy} text=${SCOPE[far]} />`}</p>
    ${error ? html`<${Problem} error=${error} retry=${() => onDone(reason.trim(), days, far)} slim />` : null}
    <div class="dialog-foot"><button type="button" class="button" onClick=${onClose}>Cancel</button>
      <button type="button" class="button is-main" disabled=${!ready} onClick=${save}>Suppress</button></div>
  </div><//>`;
}
