// What a page did wrong while nobody looked: errors on its console, breaches of its policy, requests
// to elsewhere, dialogs. Every page of every test is watched.

import { nothing } from './nothing.js';
import { PATIENCE, pause } from './patience.js';

/** Milliseconds between two looks at what is open, and how many looks in a row make a calm. */
const LOOK = 50;
const CALM = 3;

export class Watched {
  /** @type {string[]} */
  errors = [];
  /** @type {string[]} */
  violations = [];
  /** @type {string[]} */
  dialogs = [];
  /** @type {string[]} */
  requests = [];
  /** Requests that are not answered yet. @type {Set<{ url(): string }>} */
  open = new Set();
  /** Words of errors that a test brings about itself. @type {RegExp[]} */
  expected = [];

  /** @param {string} words */
  error(words) {
    if (!this.expected.some((pattern) => pattern.test(words))) this.errors.push(words.slice(0, 500));
  }

  /** @param {{ url(): string }} request */
  asked(request) {
    this.requests.push(request.url());
    this.open.add(request);
  }

  /** An answer began. That is all of the stream that can be waited for; views wait for it too. @param {{ url(): string }} request */
  began(request) {
    if (request.url().includes('/api/v1/stream')) this.open.delete(request);
  }

  /** Or given up. @param {{ url(): string }} request */
  answered(request) {
    this.open.delete(request);
  }

  /** Waits until everything that was asked for was answered, and nothing more is asked. */
  async quiet() {
    for (let calm = 0, left = PATIENCE / LOOK; calm < CALM; left -= 1) {
      if (left <= 0) throw new Error(`never answered: ${this.pending()}`);
      calm = this.open.size === 0 ? calm + 1 : 0;
      await pause(LOOK);
    }
  }

  /** What is not answered, in words. */
  pending() {
    return [...this.open].map((request) => request.url()).join(', ') || 'nothing, but it asks on and on';
  }

  /** Requests that did not go to `origin`. @param {string} origin */
  elsewhere(origin) {
    const own = [`${origin}/`, `blob:${origin}/`];
    const inert = ['data:', 'about:'];
    return this.requests.filter((url) => ![...own, ...inert].some((start) => url.startsWith(start)));
  }

  /** Fails with everything that went wrong since it was asked last. @param {string} what was done */
  nothingWrong(what) {
    const { errors, violations, dialogs } = this;
    const wrong = [
      ...errors.splice(0).map((words) => `error: ${words}`),
      ...violations.splice(0).map((words) => `violation: ${words}`),
      ...dialogs.splice(0).map((words) => `dialog: ${words}`),
    ];
    nothing(wrong, what);
  }
}
