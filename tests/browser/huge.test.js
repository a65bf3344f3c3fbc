// With very much recorded: wherever one scrolls there are rows, and the page holds few of them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, login, newPage } from './rig/chromium.js';
import { Home } from './rig/home.js';
import { ask } from './rig/http.js';
import { writeHuge } from './rig/night.js';
import { becomes } from './rig/patience.js';
import { settle, visit } from './rig/tour.js';

const SESSIONS = 1500;
const EVENTS = 6000;
/** Elements that a page may consist of, however much was recorded. */
const ELEMENTS = 4000;

const home = new Home();
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('./rig/chromium.js').WatchedPage} */
let page;

before(async () => {
  writeHuge(home.projects, { sessions: SESSIONS, events: EVENTS });
  await home.ingest();
  browser = await launch();
  const ready = await home.up();
  page = await newPage(browser);
  await login(page, ready);
});
after(async () => {
  await browser?.close();
  await home.remove();
});

/** Remembers the longest list, for a view may have others beside it. */
const choose = () =>
  page.evaluate(() => {
    const height = (/** @type {Element} */ list) => list.closest('[data-scroller]')?.scrollHeight ?? 0;
    const lists = [...document.querySelectorAll('main [data-list]')].sort((a, b) => height(b) - height(a));
    lists[0]?.setAttribute('data-test-longest', '');
  });

/** What stands in the middle of that list's window: the number of a row, and its words. */
const middle = () =>
  page.evaluate(() => {
    const list = document.querySelector('[data-test-longest]');
    const box = list?.closest('[data-scroller]')?.getBoundingClientRect();
    const left = list?.getBoundingClientRect();
    if (!box || !left) return null;
    const y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
    const row = document.elementFromPoint(left.left + left.width / 2, y)?.closest('[data-i]');
    return row ? { i: Number(row.getAttribute('data-i')), words: row.textContent?.trim() ?? '' } : null;
  });

/** @typedef {Awaited<ReturnType<typeof middle>>} Row */

/** Scrolls that list to a part of its height. @param {number} part */
async function scrollTo(part) {
  await page.evaluate((part) => {
    const box = document.querySelector('[data-test-longest]')?.closest('[data-scroller]');
    if (box) box.scrollTop = part * (box.scrollHeight - box.clientHeight);
  }, part);
  await settle(page);
}

/** Goes up and down the list of the page that is shown. @param {number} rows as many at least */
async function wander(rows) {
  await choose();
  let last = -1;
  for (const part of [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1]) {
    await scrollTo(part);
    const before = last;
    const fits = (/** @type {Row} */ row) => row !== null && row.words !== '' && row.i > before;
    last = (await becomes(middle, fits, `no row after ${before} at ${part}`))?.i ?? NaN;
    const elements = await page.evaluate(() => document.querySelectorAll('*').length);
    assert.ok(elements < ELEMENTS, `${elements} elements at ${part}`);
  }
  assert.ok(last > rows * 0.9, `the end is row ${last}`);
  // Far jumps back, without the ones between.
  await scrollTo(0.3);
  await scrollTo(0);
  await becomes(middle, (row) => row !== null && row.i < 40, 'not the beginning');
  page.watched.nothingWrong('wandering');
}

test('through all sessions', async () => {
  await visit(page, home.ready.dashboard, '/');
  await wander(SESSIONS);
});

test('through all installs', async () => {
  await visit(page, home.ready.dashboard, '/installs');
  await page.waitForSelector('main [data-install]');
  await wander(SESSIONS);
});

test('through a long session', async () => {
  const { sessions } = await ask(home, 'sessions?q=never+ends');
  await visit(page, home.ready.dashboard, `/sessions/${sessions[0].key}`);
  await page.waitForSelector('main [data-i]');
  await wander(EVENTS / 2);
});

test('through the timeline of everything', async () => {
  await visit(page, home.ready.dashboard, '/timeline?range=all');
  await page.waitForSelector('main [data-i]');
  await wander(200);
});

test('a session far down is found by what was said', async () => {
  await visit(page, home.ready.dashboard, '/?q=part+1234');
  const row = page.locator('main [data-i]').filter({ hasText: 'part 1234' });
  await row.first().waitFor();
  await becomes(() => page.locator('main [data-i]').count(), (rows) => rows < 20, 'the others are still there');
});
