// All views of the page, and going through them as far as scrolling leads.

import { ask } from './http.js';

/** @typedef {import('./chromium.js').WatchedPage} WatchedPage */
/** @typedef {{ name: string, path: string }} View */
/**
 * What a page of either engine can do.
 * @typedef {object} AnyPage
 * @property {import('./watch.js').Watched} watched
 * @property {(url: string) => Promise<unknown>} goto
 * @property {(selector: string) => Promise<unknown>} waitForSelector
 * @property {(f: () => Promise<unknown>) => Promise<unknown>} evaluate
 */

/** Views that are there before anything was recorded. @type {View[]} */
export const PLAIN = [
  { name: 'sessions', path: '/' },
  { name: 'live', path: '/live' },
  { name: 'findings', path: '/findings' },
  { name: 'installs', path: '/installs' },
  { name: 'analytics', path: '/analytics' },
  { name: 'timeline', path: '/timeline' },
  { name: 'system', path: '/system' },
  { name: 'capture', path: '/capture' },
];

/**
 * Those and the ones that show one thing: the session in which most happened, a finding, and
 * the event that it was found in.
 * @param {import('./home.js').Home} home
 * @returns {Promise<View[]>}
 */
export async function views(home) {
  const [{ sessions }, { findings }, { installs }] = [await ask(home, 'sessions'), await ask(home, 'findings'), await ask(home, 'installs')];
  /** @param {{ findings: number, subagents: object[] }} session */
  const weight = ({ findings, subagents }) => 100 * subagents.length + findings;
  const [worst] = [...sessions].sort((a, b) => weight(b) - weight(a));
  const [found] = findings;
  const install = installs.find((/** @type {{ severity: string | null }} */ { severity }) => severity === 'high') ?? installs[0];
  if (worst === undefined || found === undefined || install === undefined) throw new Error('nothing was recorded');
  return [
    ...PLAIN,
    { name: 'session', path: `/sessions/${worst.key}` },
    { name: 'finding', path: `/findings/${found.id}` },
    { name: 'install', path: `/installs/${install.event}.${install.place}` },
    { name: 'event', path: `/sessions/${found.session_key}?event=${found.event}&finding=${found.id}` },
  ];
}

/** How often a page may ask for more before it is said to do so for ever. */
const ROUNDS = 100;

/** Opens a view and waits until nothing more comes. @param {AnyPage} page @param {string} origin @param {string} path */
export async function visit(page, origin, path) {
  await page.goto(`${origin}${path}`);
  await page.waitForSelector('main h1');
  await settle(page);
}

/**
 * Waits for answers and for what they are drawn with. Where the machine is busy the page may ask for
 * the next thing long after the last answer, so that it must have had its turn in between: two
 * frames, and then longer than it waits for the end of typing, by its own clock.
 * @param {AnyPage} page
 */
export async function settle(page) {
  const { watched } = page;
  for (let left = ROUNDS; left > 0; left -= 1) {
    await watched.quiet();
    const asked = watched.requests.length;
    await page.evaluate(() => new Promise((done) => {
      const turn = () => setTimeout(done, 260);
      requestAnimationFrame(() => requestAnimationFrame(turn));
    }));
    if (asked === watched.requests.length && watched.open.size === 0) return;
  }
  throw new Error(`it asks on and on, last for ${watched.requests.at(-1)}`);
}

/** How far one view is scrolled; a bound for one that never ends. */
const STEPS = 40;

/**
 * Scrolls through everything that scrolls and stops at each screen.
 * @param {WatchedPage} page
 * @param {() => Promise<void>} stop
 */
export async function scrollThrough(page, stop) {
  await stop();
  const count = await page.locator('[data-scroller]').count();
  for (let n = 0; n < count; n += 1) {
    const scroller = page.locator('[data-scroller]').nth(n);
    await scroller.evaluate((box) => (box.scrollTop = 0));
    for (let step = 0; step < STEPS; step += 1) {
      const moved = await scroller.evaluate((box) => {
        const before = box.scrollTop;
        box.scrollTop += Math.max(100, box.clientHeight * 0.8);
        return box.scrollTop > before;
      });
      if (!moved) break;
      await settle(page);
      await stop();
    }
  }
}
