// A button that copies text and says that it did. What is copied is masked like everything else.

import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { announce } from '../lib/announce.js';
import { Icon } from './icon.js';

/**
 * `text` may be a function, for what is made only when asked for. With `children` the button has
 * words, else only the icon (then give a `label`).
 * @param {{ text: string | (() => string | Promise<string>), label?: string,
 *   children?: import('../vendor/preact.js').ComponentChildren }} props
 */
export function CopyButton({ text, label = 'Copy', children }) {
  const [state, setState] = useState(/** @type {'idle' | 'done' | 'failed'} */ ('idle'));
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'function' ? await text() : text);
      setState('done');
      announce('Copied');
    } catch {
      setState('failed');
      announce('The browser did not allow copying');
    }
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setState('idle'), 1600);
  };
  const title = state === 'failed' ? 'The browser did not allow copying' : label;
  return html`<button type="button" class=${`button ${children ? 'is-quiet' : 'is-icon'} copy is-${state}`} title=${title}
    aria-label=${children ? undefined : label} onClick=${copy}><${Icon} name=${state === 'done' ? 'check' : 'copy'} />${children
      ? html`<span>${state === 'done' ? 'Copied' : children}</span>` : null}</button>`;
}
