// How long a person looks at nothing: from following a link to the first thing that the view is
// for, in a browser that has the page's files already.

import { performance } from 'node:perf_hooks';

import { login, newPage } from '../rig/chromium.js';
import { ask } from '../rig/http.js';
import { spread } from './figures.js';
import { longest } from './sessions.js';

const TIMES = 15;
/** What may go by until then, in milliseconds. */
const MOST = 300;

/** @param {import('../rig/home.js').Home} home @param {import('playwright-core').Browser} browser */
export async function firstViews(home, browser) {
  const { key } = await longest(home);
  const { findings } = await ask(home, 'findings?limit=1');
  const { installs } = await ask(home, 'installs?limit=1');
  const page = await login(await newPage(browser), home.ready);
  const lines = [];
  for (const [name, path, selector] of [
    ['first view, to the first session', '/', 'main a[href^="/sessions/"]'],
    ['the longest session, to its first row', `/sessions/${key}`, 'main [data-list] [data-row]'],
    ['timeline, to its first row', '/timeline', 'main [data-list] [data-i]'],
    ...(findings.length > 0 ? [['findings, to the first one', '/findings', 'main [data-finding]']] : []),
    ...(installs.length > 0 ? [['installs, to the first one', '/installs', 'main [data-install]']] : []),
    ['live, to its first row', '/live', 'main [data-list] [data-i]'],
    ['analytics, to its chart', '/analytics', 'main canvas'],
    ['system, to its first row', '/system', 'main [data-list] [data-i], main h2'],
    ['capture, to its first client', '/capture', 'main h2'],
  ]) {
    lines.push(spread(String(name), await opened(page, `${home.ready.dashboard}${path}`, String(selector)), MOST));
  }
  await page.context().close();
  return lines;
}

/** @param {import('playwright-core').Page} page @param {string} url @param {string} selector */
async function opened(page, url, selector) {
  await page.goto(url);
  await page.waitForSelector(selector);
  const times = [];
  for (let n = 0; n < TIMES; n += 1) {
    const start = performance.now();
    await page.goto(url, { waitUntil: 'commit' });
    await page.waitForSelector(selector);
    times.push(performance.now() - start);
  }
  return times;
}
