// How long a person looks at nothing: from following a link to the first row, in a browser that
// has the page's files already, and in one that does not.

import { performance } from 'node:perf_hooks';

import { login, newPage } from '../rig/chromium.js';
import { spread } from './figures.js';

const TIMES = 15;
const ROW = 'main a[href^="/sessions/"]';

/** @param {import('../rig/home.js').Home} home @param {import('playwright-core').Browser} browser */
export async function firstViews(home, browser) {
  const page = await login(await newPage(browser), home.ready);
  await page.waitForSelector(ROW);
  const again = [];
  for (let n = 0; n < TIMES; n += 1) {
    const start = performance.now();
    await page.goto(`${home.ready.dashboard}/`, { waitUntil: 'commit' });
    await page.waitForSelector(ROW);
    again.push(performance.now() - start);
  }
  await page.context().close();
  return [spread('first view, to the first session', again)];
}
