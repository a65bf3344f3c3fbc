// Chromium without a window: one browser for a test file, one context for a test. Waits are for
// selectors; `waitForFunction` needs eval, which the page's policy forbids.

import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

import { chromium } from 'playwright-core';

import { PATIENCE } from './patience.js';
import { LATE, late, slow } from './slow.js';
import { Watched } from './watch.js';

/** How long it may take to start, while others want the machine too. */
const START = 120_000;

const PLACES = [
  process.env.VIGIL_TEST_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const FLAGS = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
  '--no-sandbox',
];

/** Screens that the page is made for. */
export const SCREENS = {
  desk: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
};

export async function launch() {
  const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));
  if (executablePath === undefined) throw new Error('no Chromium; set VIGIL_TEST_CHROMIUM');
  return chromium.launch({ executablePath, args: FLAGS, timeout: START });
}

/** @typedef {import('playwright-core').Page & { watched: Watched }} WatchedPage */

/**
 * A page in a context of its own.
 * @param {import('playwright-core').Browser} browser
 * @param {{ screen?: { width: number, height: number }, scheme?: 'light' | 'dark' }} look
 * @returns {Promise<WatchedPage>}
 */
export async function newPage(browser, { screen = SCREENS.desk, scheme = 'light' } = {}) {
  const context = await browser.newContext({
    viewport: screen,
    colorScheme: scheme,
    reducedMotion: 'reduce',
    serviceWorkers: 'block',
  });
  context.setDefaultTimeout(PATIENCE);
  const watched = new Watched();
  await watch(context, watched);
  if (slow) {
    await context.route(LATE, async (route) => {
      await late();
      // Nobody may wait for it any more.
      await route.continue().catch(() => {});
    });
  }
  const page = await context.newPage();
  return Object.assign(page, { watched });
}

/** @param {import('playwright-core').BrowserContext} context @param {Watched} watched */
async function watch(context, watched) {
  await context.exposeBinding('vigilTestViolation', (_, words) => watched.violations.push(words));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const { effectiveDirective, blockedURI, sample } = event;
      // @ts-expect-error the binding above
      window.vigilTestViolation(`${effectiveDirective} ${blockedURI} ${sample}`);
    });
  });
  context.on('request', (request) => watched.asked(request));
  context.on('response', (response) => watched.began(response.request()));
  context.on('requestfinished', (request) => watched.answered(request));
  context.on('requestfailed', (request) => watched.answered(request));
  context.on('page', (page) => {
    page.on('pageerror', (error) => watched.error(`${error}`));
    page.on('console', (message) => {
      if (message.type() === 'error') watched.error(message.text());
    });
    page.on('websocket', (socket) => watched.requests.push(socket.url()));
    page.on('dialog', (dialog) => {
      watched.dialogs.push(dialog.message());
      void dialog.dismiss();
    });
  });
}

/** Comes by the link that `vigil up` printed. @param {WatchedPage} page @param {import('./home.js').Ready} ready */
export async function login(page, ready) {
  await page.goto(ready.login_url);
  await page.waitForSelector('nav a[href="/findings"]:visible');
  return page;
}

/** What is on the screen, as a file. @param {WatchedPage} page @param {string} path */
export async function screenshot(page, path) {
  mkdirSync(dirname(path), { recursive: true });
  await page.screenshot({ path, animations: 'disabled' });
}
