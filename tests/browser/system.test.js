// The machine: trees of processes that open line by line, with thousands of them, by keyboard and to
// a screen reader; and what a tool call started.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { axe } from './rig/axe.js';
import { SCREENS, launch, login, newPage } from './rig/chromium.js';
import { Home } from './rig/home.js';
import { ask } from './rig/http.js';
import { writeNight } from './rig/night.js';
import { becomes, counts, says } from './rig/patience.js';
import { settle, visit } from './rig/tour.js';
import { newLink } from './rig/visitor.js';

const PROCESSES = 5000;
/** Elements that the page may consist of. */
const ELEMENTS = 4000;

const home = new Home();
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('./rig/chromium.js').WatchedPage} */
let page;

before(async () => {
  writeNight(home.projects);
  await home.ingest();
  await home.machine(PROCESSES);
  browser = await launch();
  const ready = await home.up();
  page = await newPage(browser);
  await login(page, ready);
});
after(async () => {
  await browser?.close();
  await home.remove();
});

// Agents that run on this machine meanwhile are seen as well, and have other command lines.
const MADE_UP = 'claude --resume';
/** Lines of made-up agents, the latest first. @param {import('playwright-core').Page} [of] */
const agents = (of = page) => of.locator('.list-row', { has: of.locator('.process.is-agent') }).filter({ hasText: MADE_UP });
const agent = () => agents().first().locator('.process-argv');
/** @param {import('playwright-core').Page} [of] */
const opener = (of = page) => agents(of).first().locator('.process-open');
/** @param {import('playwright-core').Page} [of] */
const childrenOf = (of = page) => of.locator('.process:not(.is-agent):not(.is-coming)').first().waitFor();

/** Waits until the latest agent is open, or is not. @param {'true' | 'false'} is */
const opened = (is) => becomes(() => opener().getAttribute('aria-expanded'), (now) => now === is, `open is not ${is}`);

test('an agent is one line and opens to what it started', async () => {
  await visit(page, home.ready.dashboard, '/system');
  await counts(agents(), 3);
  await says(page.locator('.said-by'), /told by the kernel: \w/);

  await opener().click();
  await childrenOf();

  await opened('true');
  const all = async () => Number(await agents().first().getAttribute('aria-setsize'));
  await becomes(all, (lines) => lines >= 3 + PROCESSES / 4, 'too few lines');
  page.watched.nothingWrong('the open tree');
});

test('thousands of lines are few elements, and there wherever one scrolls', async () => {
  for (const part of [0.5, 1, 0.2]) {
    await page.evaluate((part) => {
      const box = document.querySelector('.process-lines')?.closest('[data-scroller]');
      const list = document.querySelector('.process-lines');
      if (box && list) box.scrollTop = part * (list.scrollHeight - box.clientHeight);
    }, part);
    await settle(page);
    await childrenOf();
    const elements = await page.evaluate(() => document.querySelectorAll('*').length);
    assert.ok(elements < ELEMENTS, `${elements} elements`);
  }
});

test('arrow keys open and close', async () => {
  await visit(page, home.ready.dashboard, '/system');
  await agent().focus();

  await page.keyboard.press('ArrowRight');
  await childrenOf();
  await page.keyboard.press('ArrowDown');
  const read = () => page.evaluate(() => document.activeElement?.textContent ?? '');
  const focused = (/** @type {string} */ words) => becomes(read, (now) => now.startsWith(words), `the focus is not on ${words}`);
  await focused('level 2: ');
  await page.keyboard.press('ArrowRight');
  await page.locator('.process-argv', { hasText: 'level 3: ' }).first().waitFor();
  await page.keyboard.press('ArrowDown');
  await focused('level 3: ');
  await page.keyboard.press('ArrowUp');
  await focused('level 2: ');
  await page.keyboard.press('ArrowUp');
  await focused(`level 1: ${MADE_UP}`);
  await page.keyboard.press('ArrowLeft');
  await page.locator('.process-argv', { hasText: 'level 2: ' }).first().waitFor({ state: 'detached' });

  await opened('false');
});

test('a filter looks through the whole tree, and is in the address', async () => {
  await visit(page, home.ready.dashboard, '/system?process=PYTEST');
  await childrenOf();

  const found = () => page.locator('.process:not(.is-agent):not(.is-coming) .process-argv').allTextContents();
  const fits = (/** @type {string[]} */ all) => all.length > 0 && all.every((words) => words.includes('pytest'));
  await becomes(found, fits, 'something else than what was looked for');
  await visit(page, home.ready.dashboard, '/system?running');
  await counts(agents(), 1, 'the other two ended');
});

test('a process opens beside the list with all that is known of it', async () => {
  await visit(page, home.ready.dashboard, '/system');
  await agent().click();
  const dialog = page.locator('.event-dialog');

  await says(dialog, /claude --resume/);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

test('connections say which way they went and whose they are', async () => {
  await visit(page, home.ready.dashboard, '/system');
  const rows = () => page.locator('.flow').allTextContents();
  const is = (/** @type {string} */ row) => /past the proxy/.test(row) && /Claude Code/.test(row);
  await becomes(rows, (all) => all.some(is), 'no row says so');
});

test('a tool call has the processes that it started, folded', async () => {
  const { events } = await ask(home, 'timeline?kinds=tool_call');
  const call = events.find((/** @type {{ processes: number }} */ row) => row.processes > 0);
  assert.ok(call, 'no tool call started anything');
  await visit(page, home.ready.dashboard, `/sessions/${call.session_key}?event=${call.seq}`);
  const started = page.locator('.look-started');
  await started.waitFor();

  assert.equal(await started.getAttribute('open'), null);
  await started.locator('summary').click();
  await started.locator('li').first().waitFor();
  page.watched.nothingWrong('the tool call');
});

test('neither the timeline nor the live view is flooded', async () => {
  const { processes } = await ask(home, 'system');
  for (const path of ['/timeline', '/live']) {
    await visit(page, home.ready.dashboard, path);
    await page.locator('.feed-row').first().waitFor();
    const minutes = await page.locator('.feed-row.is-process .feed-time').allTextContents();
    const each = new Set(minutes.map((time) => time.trim().slice(0, 5)));
    assert.ok(minutes.length <= each.size * processes.rows.length, `${path}: ${minutes.length} rows in ${each.size} minutes`);
  }
});

for (const screen of /** @type {const} */ (['desk', 'phone'])) {
  for (const scheme of /** @type {const} */ (['light', 'dark'])) {
    test(`nothing serious for those who cannot see well, ${screen}, ${scheme}`, async () => {
      const other = await newPage(browser, { screen: SCREENS[screen], scheme });
      await login(other, { ...home.ready, login_url: await newLink(home) });
      await visit(other, home.ready.dashboard, '/system');
      await opener(other).click();
      await childrenOf(other);
      await settle(other);

      assert.deepEqual(await axe(other), []);
      const wide = await other.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} pixels too wide`);
      other.watched.nothingWrong('the system view');
      await other.context().close();
    });
  }
}
