// With the keyboard alone, from the first page on: no pointer is touched in this file.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { launch, login, newPage } from './rig/chromium.js';
import { Home } from './rig/home.js';
import { ask } from './rig/http.js';
import { writeNight } from './rig/night.js';
import { settle } from './rig/tour.js';
import { newLink } from './rig/visitor.js';

const home = new Home();
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('./rig/chromium.js').WatchedPage} */
let page;

before(async () => {
  writeNight(home.projects);
  await home.ingest();
  await home.up();
  browser = await launch();
});
beforeEach(async () => {
  await page?.context().close();
  page = await newPage(browser);
  await login(page, { ...home.ready, login_url: await newLink(home) });
  await settle(page);
});
after(async () => {
  await browser?.close();
  await home.remove();
});

/** Types keys one after the other. @param {string[]} keys */
async function press(...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

/** Where the row with the focus leads; empty when no row has it. */
const focused = () =>
  page.evaluate(() => {
    const row = document.activeElement?.closest('[data-i]');
    return row?.querySelector('a[href]')?.getAttribute('href') ?? '';
  });

/** The id of the finding with the focus; brings the focus into the list when it is elsewhere. */
async function finding() {
  if ((await focused()) === '') await press('j');
  const [, id] = /^\/findings\/([0-9a-f]+)/.exec(await focused()) ?? [];
  assert.ok(id, 'the focus is on no finding');
  return id;
}

/** @param {string} id */
const stateOf = async (id) => (await ask(home, `findings/${id}`)).finding.state;

test('ten findings are triaged', async () => {
  await press('g', 'f');
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
    await page.waitForSelector(`main [data-i] a[href^="/findings/${id}"]`, { state: 'detached' });
  }

  /** @type {Record<string, string>} */
  const found = {};
  for (const id of Object.keys(asked)) found[id] = await stateOf(id);
  assert.deepEqual(found, asked);
  page.watched.nothingWrong('triage');
});

test('a note is written, and taken back together with the state', async () => {
  await press('g', 'f');
  await page.waitForSelector('main [data-i] a[href^="/findings/"]');
  const id = await finding();

  await press('e');
  await page.waitForSelector('dialog[open] textarea');
  // As far as it is: what the tab key leads to is what a person meets.
  for (let left = 10; left > 0; left -= 1) {
    if (await page.evaluate(() => document.activeElement?.localName === 'textarea')) break;
    await press('Tab');
  }
  await page.keyboard.type('revoked by hand');
  await press('Control+Enter');
  await page.waitForSelector('dialog[open]', { state: 'detached' });
  await page.waitForSelector(`main [data-i] a[href^="/findings/${id}"]`, { state: 'detached' });

  assert.equal((await ask(home, `findings/${id}`)).finding.note, 'revoked by hand');

  await press('u');
  await page.waitForSelector(`main [data-i] a[href^="/findings/${id}"]`);
  assert.equal(await stateOf(id), 'open');
});

test('a session is opened, read and left', async () => {
  await page.waitForSelector('main [data-i] a[href^="/sessions/"]');

  await press('j', 'j');
  const place = await focused();
  await press('Enter');
  await page.waitForSelector('main [data-i]');
  assert.equal(new URL(page.url()).pathname, place.split('?')[0]);

  await settle(page);
  await press('Escape');
  await page.waitForSelector('main [data-i] a[href^="/sessions/"]');
  assert.equal(new URL(page.url()).pathname, '/');
  assert.equal(await focused(), place, 'the focus is where it was');
});

test('every view is a key away', async () => {
  const keys = { l: '/live', f: '/findings', a: '/analytics', t: '/timeline', y: '/system', c: '/capture', s: '/' };
  for (const [key, path] of Object.entries(keys)) {
    await press('g', key);
    await page.waitForURL((url) => url.pathname === path);
    await page.waitForSelector('main h1');
  }
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
  await page.keyboard.type('gf?');
  assert.equal(new URL(page.url()).pathname, '/');
  assert.equal(await page.evaluate(() => document.activeElement?.localName), 'input');
  assert.equal(await page.locator('dialog[open]').count(), 0);
});

test('single letters can be switched off, and on again', async () => {
  /** Turns the switch of the sheet that is open, and closes it. */
  const flip = async () => {
    for (let left = 10; left > 0; left -= 1) {
      if (await page.evaluate(() => document.activeElement?.matches('[type="checkbox"]'))) break;
      await press('Tab');
    }
    await press('Space', 'Escape');
    await page.waitForSelector('dialog[open]', { state: 'detached' });
  };
  await press('?');
  await page.waitForSelector('dialog[open]');
  await flip();

  await press('g', 'f', '?');
  assert.equal(new URL(page.url()).pathname, '/');
  assert.equal(await page.locator('dialog[open]').count(), 0);

  // The way back does not need a single letter.
  await press('Control+k');
  await page.waitForSelector('dialog[open] input');
  await page.keyboard.type('keyboard');
  await settle(page);
  await press('Enter');
  await page.waitForSelector('dialog[open] [type="checkbox"]');
  await flip();
  await press('g', 'f');
  await page.waitForURL((url) => url.pathname === '/findings');
});
