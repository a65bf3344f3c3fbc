// What a page did wrong while nobody looked: errors on its console, breaches of its policy, requests
// to elsewhere, dialogs. Every page of every test is watched.

import assert from 'node:assert/strict';

export class Watched {
  /** @type {string[]} */
  errors = [];
  /** @type {string[]} */
  violations = [];
  /** @type {string[]} */
  dialogs = [];
  /** @type {string[]} */
  requests = [];
  /** Words of errors that a test brings about itself. @type {RegExp[]} */
  expected = [];

  /** @param {string} words */
  error(words) {
    if (!this.expected.some((pattern) => pattern.test(words))) this.errors.push(words.slice(0, 500));
  }

  /** Requests that did not go to `origin`. @param {string} origin */
  elsewhere(origin) {
    const own = [`${origin}/`, `blob:${origin}/`];
    const inert = ['data:', 'about:'];
    return this.requests.filter((url) => ![...own, ...inert].some((start) => url.startsWith(start)));
  }

  /** Fails with everything that went wrong. @param {string} what was done */
  nothingWrong(what) {
    const { errors, violations, dialogs } = this;
    assert.deepEqual({ errors, violations, dialogs }, { errors: [], violations: [], dialogs: [] }, what);
  }
}
