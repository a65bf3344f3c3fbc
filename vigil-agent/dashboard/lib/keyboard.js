// The registry of keyboard shortcuts: views register what they offer while they are shown, the
// `?` sheet lists what is registered. Single keys never fire in inputs and can be switched off.

import { signal } from '../vendor/preact.js';
import { singleKeys } from './prefs.js';

/**
 * `keys`: `/`, `?`, `j`, `Escape`, `Space`, `g s` (one after the other), `Mod+k` (Ctrl or Cmd).
 * `run` returns false to leave the key to the browser. `opens`: it needs no row, so that the `?`
 * sheet offers it as a button.
 * @typedef {{ keys: string, does: string, group: string, run: (event: KeyboardEvent) => void | boolean,
 *   hidden?: boolean, opens?: boolean }} Shortcut
 */

/** All that are registered, the latest last. The latest with a key wins. */
export const shortcuts = signal(/** @type {Shortcut[]} */ ([]));

const SEQUENCE = 1200;
let pending = '';
let pendingAt = 0;

/**
 * Offers shortcuts until the returned function is called; for use in an effect.
 * @param {Shortcut[]} list
 */
export function register(list) {
  shortcuts.value = [...shortcuts.peek(), ...list];
  return () => {
    shortcuts.value = shortcuts.peek().filter((one) => !list.includes(one));
  };
}

/** @param {EventTarget | null} target  True where keys are text. */
export function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(target.type);
}

/** @param {KeyboardEvent} event */
function nameOf(event) {
  const key = event.key === ' ' ? 'Space' : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return event.ctrlKey || event.metaKey ? `Mod+${key}` : key;
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const name = nameOf(event);
  const single = name.length === 1 || name === 'Space';
  if (single && (singleKeys.value === 'off' || isTyping(event.target))) return;
  // An open dialog is a world of its own; its keys are its own.
  const dialog = document.querySelector('dialog[open]');
  if (dialog && (single || name === 'Escape')) return;
  if (event.shiftKey && single && /[a-z]/.test(name)) return;

  const now = performance.now();
  const sequence = pending && now - pendingAt < SEQUENCE ? `${pending} ${name}` : '';
  pending = '';
  const all = shortcuts.peek();
  const found = all.findLast((one) => one.keys === sequence) ?? all.findLast((one) => one.keys === name);
  if (found) {
    if (found.run(event) !== false) event.preventDefault();
  } else if (single && all.some((one) => one.keys.startsWith(`${name} `))) {
    pending = name;
    pendingAt = now;
  }
}

/** Listens; called once by app.js. */
export function startKeyboard() {
  document.addEventListener('keydown', onKey);
}
