// What this person prefers on this browser: theme, exact times, single-key shortcuts. Kept in
// localStorage; holds nothing recorded.

import { effect, signal } from '../vendor/preact.js';

/** Null where the browser keeps nothing: then preferences last as long as the page. */
const storage = (() => {
  try {
    return localStorage;
  } catch {
    return null;
  }
})();

/**
 * A signal that remembers itself.
 * @template {string} T
 * @param {string} name
 * @param {readonly [T, ...T[]]} allowed  The first one is the default.
 */
function remembered(name, allowed) {
  const stored = storage?.getItem(name);
  const value = signal(allowed.find((one) => one === stored) ?? allowed[0]);
  effect(() => {
    if (value.value === allowed[0]) storage?.removeItem(name);
    else storage?.setItem(name, value.value);
  });
  window.addEventListener('storage', (event) => {
    if (event.key === name) value.value = allowed.find((one) => one === event.newValue) ?? allowed[0];
  });
  return value;
}

export const theme = remembered('vigil-theme', /** @type {const} */ (['system', 'light', 'dark']));
export const times = remembered('vigil-times', /** @type {const} */ (['relative', 'exact']));
export const singleKeys = remembered('vigil-keys', /** @type {const} */ (['on', 'off']));

/** The scheme that is shown now; charts redraw when it changes. */
export const scheme = signal(/** @type {'light' | 'dark'} */ ('light'));

/** Puts the theme on the page; called once by app.js before anything is drawn. */
export function startPrefs() {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    scheme.value = theme.value === 'system' ? (dark.matches ? 'dark' : 'light') : theme.value;
    document.documentElement.dataset.theme = scheme.value;
  };
  effect(apply);
  dark.addEventListener('change', apply);
}
