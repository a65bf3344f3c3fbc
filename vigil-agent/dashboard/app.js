// Starts the page: preferences, key, router, stream, status, then the shell with the view that
// the path names. Knows every part; nothing imports it.

import { effect, html, render } from './vendor/preact.js';
import { closed } from './lib/api.js';
import { askForKey, currentKey, offerKey, onKey } from './lib/key.js';
import { startKeyboard } from './lib/keyboard.js';
import { startPrefs } from './lib/prefs.js';
import { startRouter } from './lib/router.js';
import { startStatus } from './lib/status.js';
import { startStream } from './lib/stream.js';
import { Shell } from './parts/shell.js';

startPrefs();
startRouter();
startKeyboard();

if (currentKey() === null && !(await askForKey())) closed.value = true;

// A tab that stands before the closed view opens as soon as another one is signed in.
effect(() => (closed.value ? onKey(() => location.reload()) : undefined));

const root = document.getElementById('app');
if (root) render(html`<${Shell} />`, root);

if (!closed.value) {
  offerKey();
  startStatus();
  startStream();
}
