// A modal dialog on the browser's own <dialog>: it keeps the focus, Esc and a click outside close
// it, the focus goes back to where it was.

import { html, useEffect, useId, useRef } from '../vendor/preact.js';
import { Icon } from './icon.js';

/**
 * Shown while it is rendered: `${open && html`<${Dialog} title="…" onClose=${…}>…<//>`}`.
 * @param {{ title: string, onClose: () => void, class?: string, bare?: boolean,
 *   children?: import('../vendor/preact.js').ComponentChildren }} props  `bare`: the title is for
 *   screen readers only.
 */
export function Dialog({ title, onClose, bare, children, ...rest }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    const box = dialog.current;
    if (box && !box.open) box.showModal();
    return () => {
      box?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  /** @param {MouseEvent} event */
  const onClick = (event) => {
    if (event.target === dialog.current) onClose();
  };
  return html`<dialog ref=${dialog} class=${`dialog ${rest.class ?? ''}`} aria-labelledby=${id}
    onCancel=${(/** @type {Event} */ event) => { event.preventDefault(); onClose(); }} onClick=${onClick}>
    <div class="dialog-box">
      <div class=${bare ? 'hidden' : 'dialog-head'}>
        <h2 id=${id}>${title}</h2>
        ${bare ? null : html`<button type="button" class="button is-icon" aria-label="Close" onClick=${onClose}><${Icon} name="close" /></button>`}
      </div>
      ${children}
    </div>
  </dialog>`;
}
