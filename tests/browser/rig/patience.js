// The one limit of every wait, and waits for what a test says. What a page shows comes when it comes:
// whatever follows a click, a key or a request is waited for with these, never read once.

import assert from 'node:assert/strict';
import { inspect } from 'node:util';

/** How long something may take before a test gives up. It bounds hanging, it measures nothing. */
export const PATIENCE = 60_000;

/** Milliseconds between two looks. */
const LOOK = 50;

/** @param {number} ms */
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Reads until what is read fits, and gives that. Fails with what was read last.
 * @template T
 * @param {() => Promise<T>} read
 * @param {(seen: T) => unknown} fits
 * @param {string} what is waited for, in words
 * @returns {Promise<T>}
 */
export async function becomes(read, fits, what) {
  const until = Date.now() + PATIENCE;
  for (;;) {
    /** @type {unknown} */
    let last;
    try {
      const seen = await read();
      if (fits(seen)) return seen;
      last = seen;
    } catch (error) {
      // A page that goes on to another address answers nothing meanwhile.
      last = error;
    }
    if (Date.now() > until) assert.fail(`${what}; there is ${inspect(last).slice(0, 2000)}`);
    await pause(LOOK);
  }
}

/** @typedef {import('playwright-core').Locator} Locator */

/**
 * Waits until the first of `locator` says `words`, and gives all that it says.
 * @param {Locator} locator
 * @param {RegExp} words
 */
export function says(locator, words) {
  const read = async () => (await locator.allTextContents())[0] ?? null;
  return becomes(read, (said) => said !== null && words.test(said), `${locator} never said ${words}`);
}

/** Waits until there are `n`. @param {Locator} locator @param {number} n @param {string} [why] */
export async function counts(locator, n, why = '') {
  await becomes(() => locator.count(), (there) => there === n, `not ${n} of ${locator} ${why}`);
}

/**
 * Waits until `f` gives something.
 * @template T
 * @param {() => T | Promise<T>} f
 * @param {string} what it is, in words
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(f, what) {
  const value = await becomes(async () => f(), Boolean, `never: ${what}`);
  return /** @type {NonNullable<T>} */ (value);
}
