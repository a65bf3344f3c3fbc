// What breaks off on its way to the page is said in words, with a remedy, and comes when it is asked
// for again. Nothing of it is an error that nobody caught.

import { after, before, test } from 'node:test';

import { launch, login, newPage } from './rig/chromium.js';
import { cutter } from './rig/cutter.js';
import { Home } from './rig/home.js';
import { writeNight } from './rig/night.js';
import { says } from './rig/patience.js';
import { PLAIN, settle, visit } from './rig/tour.js';

const home = new Home();
/** What is cut off now. */
let cuts = (/** @type {string} */ _) => false;
/** @type {Awaited<ReturnType<typeof cutter>>} */
let door;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('./rig/chromium.js').WatchedPage} */
let page;

before(async () => {
  writeNight(home.projects);
  await home.ingest();
  browser = await launch();
  await home.up();
  door = await cutter(home, (path) => cuts(path));
  page = await newPage(browser);
  await login(page, door.ready);
  // What the browser itself writes about each of them.
  page.watched.expected.push(/^Failed to load resource/);
});
after(async () => {
  await browser?.close();
  door?.close();
  await home.remove();
});

test('an answer that breaks off is said in words', async (t) => {
  for (const { name, path } of PLAIN) {
    await t.test(name, async () => {
      cuts = () => false;
      await visit(page, door.ready.dashboard, path);
      cuts = (asked) => asked.startsWith('/api/v1/') && !asked.startsWith('/api/v1/stream');
      await visit(page, door.ready.dashboard, path);
      await says(page.locator('body'), /Vigil does not answer/);
      page.watched.nothingWrong(name);
    });
  }
});

test('a chart that cannot be loaded is said in words, and comes later', async () => {
  cuts = (path) => path === '/vendor/uplot.js';
  await visit(page, door.ready.dashboard, '/analytics');
  const lost = page.locator('main .chart .problem');
  await says(lost, /could not be loaded.*Vigil may have been stopped/s);
  page.watched.nothingWrong('the chart');

  cuts = () => false;
  await lost.first().getByText('Retry').click();
  await page.locator('main .chart .uplot').first().waitFor();
  await settle(page);
  page.watched.nothingWrong('the chart, once more');
});
