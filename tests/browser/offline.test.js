// Nothing leaves the machine: whatever is looked at, every request stays on the page's own origin.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, login, newPage } from './rig/chromium.js';
import { Home } from './rig/home.js';
import { writeNight } from './rig/night.js';
import { becomes } from './rig/patience.js';
import { scrollThrough, settle, views, visit } from './rig/tour.js';

const home = new Home();
/** @type {import('playwright-core').Browser} */
let browser;

before(async () => {
  writeNight(home.projects);
  await home.ingest();
  browser = await launch();
  await home.up();
});
after(async () => {
  await browser?.close();
  await home.remove();
});

test('a tour through every view asks nobody else, and nothing goes wrong', async () => {
  const { dashboard } = home.ready;
  const page = await newPage(browser);
  await login(page, home.ready);

  for (const { path } of await views(home)) {
    await visit(page, dashboard, path);
    await scrollThrough(page, async () => {});
    page.watched.nothingWrong(path);
  }

  assert.deepEqual(page.watched.elsewhere(dashboard), []);
  // The watch has seen something at all.
  assert.ok(page.watched.requests.some((url) => url.startsWith(`${dashboard}/api/v1/sessions`)));
});

test('a request to elsewhere would be seen, and does not get out', async () => {
  const page = await newPage(browser);
  await page.goto(`${home.ready.dashboard}/`);
  await page.waitForSelector('main h1');
  await settle(page);

  page.watched.expected.push(/Content Security Policy|ERR_|violates/);
  const refused = await page.evaluate(async () => {
    const violation = new Promise((done) =>
      document.addEventListener('securitypolicyviolation', (event) => done(event.blockedURI)),
    );
    await fetch('http://192.0.2.1/').catch(() => {});
    return violation;
  });

  assert.match(String(refused), /^http:\/\/192\.0\.2\.1/);
  await becomes(async () => page.watched.violations.length, (told) => told > 0, 'the watch was not told');
  await settle(page);
  assert.equal(page.watched.violations.length, 1);
});
