// A pass is of one browser: a second tab is let in by the first, a stranger sees a closed door, and
// so does everybody after Vigil was started anew.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, login, newPage } from './rig/chromium.js';
import { Home } from './rig/home.js';
import { writeNight } from './rig/night.js';
import { settle } from './rig/tour.js';
import { newLink } from './rig/visitor.js';

const home = new Home();
/** @type {import('playwright-core').Browser} */
let browser;

before(async () => {
  writeNight(home.projects, { sessions: 2 });
  await home.ingest();
  await home.up();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await home.remove();
});

/** A browser that was let in. */
async function open() {
  const page = await newPage(browser);
  return login(page, { ...home.ready, login_url: await newLink(home) });
}

test('a stranger is told how to get in, and nothing else', async () => {
  const page = await newPage(browser);
  page.watched.expected.push(/401/);

  await page.goto(`${home.ready.dashboard}/findings`);

  await page.waitForSelector('text=vigil open');
  await settle(page);
  const words = await page.evaluate(() => document.documentElement.outerHTML);
  assert.ok(!words.includes('/home/dev'), 'it shows what was recorded');
});

test('the key stands neither in the address nor where other tabs find it', async () => {
  const page = await open();

  const kept = await page.evaluate(() => ({
    local: JSON.stringify({ ...localStorage }),
    key: sessionStorage.getItem('vigil-key'),
    address: location.href,
    cookie: document.cookie,
  }));

  assert.match(kept.key ?? '', /^[0-9a-f]{64}$/);
  assert.ok(!kept.local.includes(kept.key ?? ''), 'in localStorage');
  assert.ok(!kept.address.includes('once'), kept.address);
  assert.equal(kept.cookie, '');
});

test('a link that is opened in a new tab is let in by the first tab', async () => {
  const page = await open();
  const row = page.locator('main a[href^="/sessions/"]').first();
  await row.waitFor();

  const [tab] = await Promise.all([
    page.context().waitForEvent('page'),
    row.click({ modifiers: ['Control'] }),
  ]);

  await tab.waitForSelector('nav a[href="/findings"]:visible');
  await tab.waitForSelector('main h1');
  assert.equal(await tab.locator('text=vigil open').count(), 0);
  assert.match(tab.url(), /\/sessions\//);
});

test('after a new start the page says how to get in again', async () => {
  const page = await open();
  await page.waitForSelector('main a[href^="/sessions/"]');
  // The connection breaks and the key is of yesterday: both are said on the console.
  page.watched.expected.push(/ERR_|401/);
  const { port } = new URL(home.ready.dashboard);

  await home.down();
  await home.up({ port: Number(port) });

  await page.waitForSelector('text=vigil open');
});
