// With the keyboard alone, from the first page on: no pointer is touched in this file.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ask } from './rig/http.js';
import { becomes } from './rig/patience.js';
import { stage } from './rig/stage.js';
import { settle } from './rig/tour.js';

/** @type {import('./rig/chromium.js').WatchedPage} */
let page;
const home = stage(async (fresh) => {
  page = fresh;
  await settle(page);
});

/** Types keys one after the other. @param {string[]} keys */
async function press(...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

/** Where the page is, by its own word: the browser tells it to others a little later. */
const path = () => page.evaluate(() => location.pathname);

/** Goes to a view by two keys. They count as one order only when they come soon after each other. @param {string} key @param {string} to */
async function go(key, to) {
  await becomes(async () => {
    await press('g', key);
    return path();
  }, (now) => now === to, `not at ${to}`);
  await page.waitForSelector('main h1');
  await settle(page);
}

/** Waits until the focus is on an element that `selector` is for. @param {string} selector */
const on = (selector) =>
  becomes(() => page.evaluate((is) => document.activeElement?.matches(is), selector), Boolean, `the focus is not on ${selector}`);

/** Brings the focus there with the tab key, as far as it is: what that leads to is what a person meets. @param {string} selector */
async function tabTo(selector) {
  for (let left = 30; left > 0; left -= 1) {
    if (await page.evaluate((is) => document.activeElement?.matches(is), selector)) return;
    await press('Tab');
  }
  await on(selector);
}

/** Where the row with the focus leads; empty when no row has it. */
const focused = () =>
  page.evaluate(() => {
    const row = document.activeElement?.closest('[data-i]');
    return row?.querySelector('a[href]')?.getAttribute('href') ?? '';
  });

/** The id of the finding with the focus; brings the focus into the list when it is elsewhere. */
async function finding() {
  const read = async () => {
    if ((await focused()) === '') await press('j');
    return /^\/findings\/([0-9a-f]+)/.exec(await focused())?.[1] ?? '';
  };
  return becomes(read, Boolean, 'the focus is on no finding');
}

/** @param {string} id */
const stateOf = async (id) => (await ask(home, `findings/${id}`)).finding.state;

/** The row of a finding. @param {string} id @param {'attached' | 'detached'} state */
const row = (id, state) => page.waitForSelector(`main [data-i] a[href^="/findings/${id}"]`, { state });

test('ten findings are triaged', async () => {
  await go('f', '/findings');
  await page.waitForSelector('main [data-i] a[href^="/findings/"]');

  const states = { a: 'acknowledged', r: 'resolved', f: 'false_positive' };
  const keys = /** @type {(keyof typeof states)[]} */ (['a', 'r', 'f', 'a', 'r', 'f', 'a', 'r', 'f', 'a']);
  /** @type {Record<string, string>} */
  const asked = {};
  for (const key of keys) {
    const id = await finding();
    assert.equal(asked[id], undefined, 'the same finding again');
    asked[id] = states[key];
    await press(key);
    await row(id, 'detached');
  }

  for (const [id, state] of Object.entries(asked)) {
    await becomes(() => stateOf(id), (now) => now === state, `${id} is not ${state}`);
  }
  page.watched.nothingWrong('triage');
});

test('a note is written, and taken back together with the state', async () => {
  await go('f', '/findings');
  await page.waitForSelector('main [data-i] a[href^="/findings/"]');
  const id = await finding();

  await press('e');
  await page.waitForSelector('dialog[open] textarea');
  await tabTo('textarea');
  await page.keyboard.type('revoked by hand');
  await press('Control+Enter');
  await page.waitForSelector('dialog[open]', { state: 'detached' });
  await row(id, 'detached');

  const note = async () => (await ask(home, `findings/${id}`)).finding.note;
  await becomes(note, (now) => now === 'revoked by hand', 'the note was not kept');

  await press('u');
  await row(id, 'attached');
  await becomes(() => stateOf(id), (state) => state === 'open', 'the state was not taken back');
});

test('several are triaged at once, with a note, and taken back at once', async () => {
  await go('f', '/findings');
  await page.waitForSelector('main [data-i] a[href^="/findings/"]');
  const ids = [await finding()];
  await press('x');
  await page.waitForSelector('main [data-i] input:checked');
  for (let left = 2; left > 0; left -= 1) {
    const before = await focused();
    await press('j');
    await becomes(focused, (now) => now !== '' && now !== before, 'it went no further');
    ids.push(await finding());
  }
  await press('Shift+X');
  await becomes(() => page.locator('main [data-i] input:checked').count(), (n) => n === 3, 'not three are selected');

  await press('e');
  await page.waitForSelector('dialog[open] textarea');
  await tabTo('textarea');
  await page.keyboard.type('all of one leak');
  await press('Control+Enter');
  await page.waitForSelector('dialog[open]', { state: 'detached' });

  for (const id of ids) {
    await row(id, 'detached');
    const kept = async () => (await ask(home, `findings/${id}`)).finding;
    await becomes(kept, ({ state, note }) => state === 'acknowledged' && note === 'all of one leak', `${id} was not triaged`);
  }
  await press('u');
  for (const id of ids) await becomes(() => stateOf(id), (state) => state === 'open', `${id} was not taken back`);
  page.watched.nothingWrong('triage of several');
});

test('a session is opened, read and left', async () => {
  await page.waitForSelector('main [data-i] a[href^="/sessions/"]');

  await press('j', 'j');
  const place = await becomes(focused, Boolean, 'the focus is on no session');
  await press('Enter');
  await becomes(path, (now) => now === place.split('?')[0], `not at ${place}`);
  await settle(page);
  await page.waitForSelector('main [data-i]');

  await press('Escape');
  await becomes(path, (now) => now === '/', 'not back');
  await page.waitForSelector('main [data-i] a[href^="/sessions/"]');
  await becomes(focused, (there) => there === place, 'the focus is not where it was');
});

test('every view is a key away', async () => {
  const keys = { l: '/live', f: '/findings', i: '/installs', a: '/analytics', t: '/timeline', y: '/system', c: '/capture', s: '/' };
  for (const [key, to] of Object.entries(keys)) {
    await go(key, to);
  }
});

test('the sheet of shortcuts leads there too', async () => {
  await press('?');
  await page.waitForSelector('dialog[open]');
  const entry = page.locator('dialog[open]').getByRole('button', { name: 'Capture', exact: true });
  await entry.focus();
  await press('Enter');

  await becomes(path, (now) => now === '/capture', 'not at /capture');
  await page.waitForSelector('dialog[open]', { state: 'detached' });
  await on('[data-heading]');
});

test('the palette finds a session', async () => {
  await press('Control+k');
  await page.waitForSelector('dialog[open] input');
  await page.keyboard.type('deploy');
  await page.waitForSelector('dialog[open] >> text=/deploy/i');
  await settle(page);
  await press('Enter');

  await page.waitForURL((url) => url.pathname.startsWith('/sessions/'));
});

test('letters are letters where one writes', async () => {
  await press('/');
  await on('input');
  await page.keyboard.type('gf?');
  await on('input');
  await settle(page);
  assert.equal(await path(), '/');
  assert.equal(await page.locator('dialog[open]').count(), 0);
});

test('single letters can be switched off, and on again', async () => {
  /** Turns the switch of the sheet that is open, and closes it. */
  const flip = async () => {
    await tabTo('[type="checkbox"]');
    await press('Space', 'Escape');
    await page.waitForSelector('dialog[open]', { state: 'detached' });
  };
  await press('?');
  await page.waitForSelector('dialog[open]');
  await flip();

  await press('g', 'f', '?');
  await settle(page);
  assert.equal(await path(), '/');
  assert.equal(await page.locator('dialog[open]').count(), 0);

  // The way back does not need a single letter.
  await press('Control+k');
  await page.waitForSelector('dialog[open] input');
  await page.keyboard.type('keyboard');
  await settle(page);
  await press('Enter');
  await page.waitForSelector('dialog[open] [type="checkbox"]');
  await flip();
  await go('f', '/findings');
});
