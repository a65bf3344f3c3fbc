// One clock for all relative times on the page: a signal that ticks every 15 s while the page is
// seen, so that a thousand times on screen need one timer.

import { signal } from '../vendor/preact.js';

/** Milliseconds since the epoch, a quarter of a minute old at most. */
export const now = signal(Date.now());

setInterval(() => {
  if (document.visibilityState === 'visible') now.value = Date.now();
}, 15_000);
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') now.value = Date.now();
});
