// Scrolling through the largest session as fast as a hand can: frames in which a part of the list
// had no row, and what the page holds in memory before and afterwards.

import { newPage } from '../rig/chromium.js';
import { newLink } from '../rig/visitor.js';
import { longest } from './sessions.js';

const FRAMES = 400;
/** What the page may hold after all that, in MiB, and in elements. */
const MEMORY = 64;
const ELEMENTS = 4_000;

/** @param {import('../rig/home.js').Home} home @param {import('playwright-core').Browser} browser */
export async function scrolling(home, browser) {
  const { key } = await longest(home);
  const page = await newPage(browser);
  await page.goto(await newLink(home));
  await page.waitForSelector('nav a[href="/findings"]');
  await page.goto(`${home.ready.dashboard}/sessions/${key}`);
  await page.waitForSelector('[data-list] [data-row]');
  const first = await memory(page);
  const { blank, frames, slow, height } = await page.evaluate(scroll, FRAMES);
  const [after, nodes] = [await memory(page), await page.evaluate(() => document.querySelectorAll('*').length)];
  await page.evaluate(scroll, FRAMES);
  const twice = await memory(page);
  await page.context().close();
  return [
    { name: 'frames with a blank part', said: `${blank} of ${frames}, over ${height} pixels`, target: 'none', met: blank === 0 },
    { name: 'frames longer than 50 ms', said: `${slow} of ${frames}` },
    {
      name: 'memory of the page',
      said: `${first.toFixed(1)} MiB at first, ${after.toFixed(1)} MiB after scrolling, ${twice.toFixed(1)} MiB after twice`,
      target: `< ${MEMORY} MiB`,
      met: Math.max(after, twice) < MEMORY,
    },
    { name: 'elements of the page', said: `${nodes}`, target: `< ${ELEMENTS}`, met: nodes < ELEMENTS },
  ];
}

/** What is in use once what is not was collected, in MiB. @param {import('playwright-core').Page} page */
async function memory(page) {
  const client = await page.context().newCDPSession(page);
  await client.send('HeapProfiler.collectGarbage');
  const { usedSize } = await client.send('Runtime.getHeapUsage');
  await client.detach();
  return usedSize / 1024 / 1024;
}

/**
 * Runs in the page: down in large steps, then jumps. A frame is blank when a point of the list
 * has nothing but the list itself under it.
 * @param {number} count
 */
async function scroll(count) {
  const lists = [...document.querySelectorAll('main [data-list]')];
  const longest = lists.sort((a, b) => b.scrollHeight - a.scrollHeight)[0];
  const list = longest?.closest('[data-scroller]');
  if (list === null || list === undefined) throw new Error('no list');
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  let [blank, slow, last] = [0, 0, performance.now()];
  for (let n = 0; n < count; n += 1) {
    const end = list.scrollHeight - list.clientHeight;
    list.scrollTop = n % 40 === 39 ? ((n * 7919) % 100) * (end / 100) : Math.min(end, list.scrollTop + 600);
    await frame();
    // One more turn: the rows of this frame are drawn before the next one begins.
    await frame();
    const now = performance.now();
    if (now - last > 50) slow += 1;
    last = now;
    const box = list.getBoundingClientRect();
    const points = [0.1, 0.3, 0.5, 0.7, 0.9].map((share) => box.top + box.height * share);
    const bare = points.some((y) => {
      const found = document.elementFromPoint(box.left + box.width / 2, y);
      return found === null || found.closest('[data-row]') === null;
    });
    if (bare && list.scrollTop < end) blank += 1;
  }
  return { blank, frames: count, slow, height: list.scrollHeight };
}
