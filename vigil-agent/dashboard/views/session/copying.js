// The dialog that makes a session into Markdown: what, how far it is, a way to stop it, and where
// the result goes. Nothing leaves the page but into the clipboard or a file of the person's own.

import { html, useEffect, useRef, useState } from '../../vendor/preact.js';
import { announce } from '../../lib/announce.js';
import { isAbort } from '../../lib/api.js';
import { bytes, count } from '../../lib/format.js';
import { CopyButton } from '../../parts/copy.js';
import { Dialog } from '../../parts/dialog.js';
import { Problem } from '../../parts/empty.js';
import { Icon } from '../../parts/icon.js';
import { toMarkdown } from './markdown.js';

/** @typedef {import('../../types/api.d.ts').SessionView} SessionView */
/** @typedef {{ state: 'idle' } | { state: 'working', done: number, of: number } | { state: 'done', text: string, cut: boolean, copied: boolean }
 *   | { state: 'failed', error: Error }} Work */

/** @param {{ doc: SessionView, turn: number | null, onClose: () => void }} props  `turn`: the one that is looked at. */
export function Copying({ doc, turn, onClose }) {
  const [work, setWork] = useState(/** @type {Work} */ ({ state: 'idle' }));
  const [scope, setScope] = useState(/** @type {number | null} */ (null));
  const abort = useRef(/** @type {AbortController | null} */ (null));
  useEffect(() => () => abort.current?.abort(), []);

  /** @param {number | null} of */
  const start = async (of) => {
    const own = new AbortController();
    abort.current = own;
    setScope(of);
    setWork({ state: 'working', done: 0, of: 1 });
    try {
      let drawn = 0;
      const { text, cut } = await toMarkdown(doc, of, { abort: own.signal, progress: (done, all) => {
        if (done - drawn < all / 100 && done < all) return;
        drawn = done;
        setWork({ state: 'working', done, of: all });
      } });
      // Some browsers allow this only right after a press; then the button below does it.
      const copied = await navigator.clipboard.writeText(text).then(() => true, () => false);
      setWork({ state: 'done', text, cut, copied });
      announce(copied ? 'Copied' : 'Ready to copy');
    } catch (error) {
      if (isAbort(error) || own.signal.aborted) setWork({ state: 'idle' });
      else setWork({ state: 'failed', error: error instanceof Error ? error : new Error(String(error)) });
    }
  };

  return html`<${Dialog} title="Copy as Markdown" onClose=${onClose} class="copying">
    <p class="quiet">Secrets stay masked. What was said and done stands in fenced blocks, long texts up to 64 KiB each.</p>
    ${work.state === 'working' ? html`<div class="copying-work"><progress max=${work.of} value=${work.done} aria-label="Texts fetched"></progress>
        <span class="quiet">${count(work.done)} of ${count(work.of)}</span></div>
        <div class="dialog-foot"><button type="button" class="button" onClick=${() => abort.current?.abort()}>Stop</button></div>`
      : work.state === 'done' ? html`<p>${work.copied ? 'In the clipboard' : 'Ready'}: ${scope === null ? 'the session' : `turn ${scope}`}, ${bytes(work.text.length)}.
          ${work.cut ? ' It is longer than what is copied; the end says so.' : ''}</p>
        <div class="dialog-foot"><${CopyButton} text=${work.text} label="Copy">${work.copied ? 'Copy again' : 'Copy'}<//>
          <button type="button" class="button" onClick=${() => save(work.text, doc)}><${Icon} name="download" /> Save as file</button>
          <button type="button" class="button is-main" onClick=${onClose}>Done</button></div>`
        : html`${work.state === 'failed' ? html`<${Problem} error=${work.error} />` : null}<div class="dialog-foot">
          ${turn === null ? null : html`<button type="button" class="button" onClick=${() => start(turn)}>Turn ${turn}</button>`}
          <button type="button" class="button is-main" onClick=${() => start(null)}>Whole session</button></div>`}
  <//>`;
}

/** @param {string} text @param {SessionView} doc */
function save(text, doc) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/markdown' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `session-${doc.session.key.slice(0, 8)}.md`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
