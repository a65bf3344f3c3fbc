// Words for screen readers: what changed without a focus move. The shell shows the one live
// region; this never shows anything to the eye.

import { signal } from '../vendor/preact.js';

export const announcement = signal('');

/** @param {string} words  Read when the reader is idle. */
export function announce(words) {
  // The same words twice need a change in between to be read twice.
  announcement.value = announcement.peek() === words ? `${words}\u00a0` : words;
}
