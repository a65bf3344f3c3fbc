// A smoke run in the other engine: the page comes in by the link, shows the sessions, and goes
// through its views without an error.

import { after, before, test } from 'node:test';

import { launch, login, newPage } from './rig/firefox.js';
import { Home } from './rig/home.js';
import { writeNight } from './rig/night.js';
import { becomes } from './rig/patience.js';
import { PLAIN, settle, visit } from './rig/tour.js';

const home = new Home();
/** @type {import('puppeteer-core').Browser} */
let browser;

before(async () => {
  writeNight(home.projects);
  await home.ingest();
  browser = await launch(home.user);
  await home.up();
});
after(async () => {
  await browser?.close();
  await home.remove();
});

test('logs in, shows the sessions, and goes through the views', async () => {
  const page = await newPage(browser);

  await login(page, home.ready);
  await page.waitForSelector('main a[href^="/sessions/"]');
  await settle(page);
  page.watched.nothingWrong('login');
  await becomes(async () => page.url(), (url) => url === `${home.ready.dashboard}/`, 'the link did not lead on');

  for (const { name, path } of PLAIN) {
    await visit(page, home.ready.dashboard, path);
    page.watched.nothingWrong(name);
  }
});
