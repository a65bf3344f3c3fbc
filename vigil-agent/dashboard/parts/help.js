// The `?` sheet: every shortcut that works where one is, and the switch for single keys. What needs
// no row can be pressed here as well.

import { html, signal } from '../vendor/preact.js';
import { shortcuts } from '../lib/keyboard.js';
import { singleKeys } from '../lib/prefs.js';
import { Dialog } from './dialog.js';

export const helpOpen = signal(false);

/** @type {(Omit<import('../lib/keyboard.js').Shortcut, 'run'> & { run?: undefined })[]} */
const LIST = [
  { keys: 'j', does: 'Next row (also arrow down)', group: 'Lists' },
  { keys: 'k', does: 'Previous row (also arrow up)', group: 'Lists' },
  { keys: 'Enter', does: 'Open the row', group: 'Lists' },
  { keys: 'PageDown', does: 'A page on; Home and End go to the ends', group: 'Lists' },
];

export function Help() {
  if (!helpOpen.value) return null;
  // What a view registers with a key that has a meaning everywhere hides that meaning.
  const works = shortcuts.value.filter((one) => shortcuts.value.findLast((other) => other.keys === one.keys) === one);
  const all = [...LIST, ...works.filter((one) => !one.hidden)];
  const groups = [...new Set(all.map((one) => one.group))];
  const off = singleKeys.value === 'off';
  return html`<${Dialog} title="Keyboard" class="help" onClose=${() => { helpOpen.value = false; }}>
    <div class="help-groups">${groups.map((group) => html`<section key=${group}><h3>${group}</h3><dl>
      ${all.filter((one) => one.group === group).map((one) => html`<div key=${one.keys}><dt>${one.keys.split(' ').map((key) =>
        html`<kbd key=${key}>${keyWords(key)}</kbd>`)}</dt><dd>${one.run && one.opens ? html`<button type="button" class="link-button" onClick=${() => press(one)}>${one.does}</button>` : one.does}</dd></div>`)}
    </dl></section>`)}</div>
    <label class="help-switch"><input type="checkbox" checked=${!off} onChange=${() => { singleKeys.value = off ? 'on' : 'off'; }} />
      <span>Shortcuts of a single key. Off, they do nothing, for speech input and slips of the hand.</span></label>
  <//>`;
}

/** Does what the key does, once the sheet is gone and the focus is where it was. @param {import('../lib/keyboard.js').Shortcut} shortcut */
function press(shortcut) {
  helpOpen.value = false;
  setTimeout(() => shortcut.run(new KeyboardEvent('keydown')));
}

/** @param {string} key */
function keyWords(key) {
  if (key.startsWith('Mod+')) return `${/Mac|iP/.test(navigator.platform) ? '⌘' : 'Ctrl'} ${key.slice(4).toUpperCase()}`;
  return key === 'Escape' ? 'Esc' : key.length === 1 ? key.toUpperCase() : key;
}
