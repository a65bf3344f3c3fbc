// A button that opens a small panel below it. Esc, a click elsewhere and the focus leaving close
// it; Esc gives the focus back.

import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { Icon } from './icon.js';

/** @typedef {import('../vendor/preact.js').ComponentChildren} Children */
/**
 * `words` stand on the button, `label` names the panel; `set` shows that it filters something.
 * `icon` stands before the words, instead of the chevron behind them. Children may be a function:
 * it gets what closes the panel and gives the focus back to the button.
 * @param {{ label: string, words: string, set?: boolean, icon?: string, class?: string,
 *   children?: Children | ((close: () => void) => Children) }} props
 */
export function Popover({ label, words, set, icon, children, ...rest }) {
  const [open, setOpen] = useState(false);
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  useEffect(() => {
    if (!open) return;
    /** @param {Event} event */
    const away = (event) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener('pointerdown', away);
    document.addEventListener('focusin', away);
    return () => {
      document.removeEventListener('pointerdown', away);
      document.removeEventListener('focusin', away);
    };
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.key !== 'Escape' || !open) return;
    event.stopPropagation();
    event.preventDefault();
    close();
  };
  return html`<div class="popover" ref=${box} onKeyDown=${onKeyDown}>
    <button ref=${button} type="button" class=${`chip${set ? ' is-set' : ''}`} aria-haspopup="dialog" aria-expanded=${open}
      onClick=${() => setOpen(!open)}>${icon ? html`<${Icon} name=${icon} size=${14} /> ` : null}${words}${icon ? null : html` <${Icon} name="chevron" size=${12} />`}</button>
    ${open ? html`<div class=${`popover-panel ${rest.class ?? ''}`} role="dialog" aria-label=${label}>${typeof children === 'function' ? children(close) : children}</div>` : null}
  </div>`;
}
