// What files of tests begin with that look at a night of work: a home, a running Vigil and a browser; for
// each test a page of its own that is logged in; and all of it gone in the end.

import { after, before, beforeEach } from 'node:test';

import { launch, login, newPage } from './chromium.js';
import { Home } from './home.js';
import { writeNight } from './night.js';
import { newLink } from './visitor.js';

/** Has the runner set it up. `opens` is given each test's page. @param {(page: import('./chromium.js').WatchedPage) => unknown} opens */
export function stage(opens) {
  const home = new Home();
  /** @type {import('playwright-core').Browser} */
  let browser;
  /** @type {import('./chromium.js').WatchedPage | undefined} */
  let last;
  before(async () => {
    writeNight(home.projects);
    await home.ingest();
    await home.up();
    browser = await launch();
  });
  beforeEach(async () => {
    await last?.context().close();
    const page = await newPage(browser);
    last = page;
    await login(page, { ...home.ready, login_url: await newLink(home) });
    await opens(page);
  });
  after(async () => {
    await browser?.close();
    await home.remove();
  });
  return home;
}
