// Firefox without a window, one for a test file. What a page does wrong is watched as in Chromium.

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';

import puppeteer from 'puppeteer-core';

import { PATIENCE } from './patience.js';
import { LATE, late, slow } from './slow.js';
import { Watched } from './watch.js';

export const PLACES = [
  process.env.VIGIL_TEST_FIREFOX,
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
];

/** How long it may take to start: the first time it makes a profile, and others want the machine too. */
export const START = 120_000;

/** @typedef {import('puppeteer-core').Page & { watched: Watched }} WatchedPage */

/**
 * Starts it, and once more if it did not come up: whether it starts is not what is tested.
 * @param {string} home where it may write, instead of the home of whoever runs this
 */
export async function launch(home) {
  const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));
  if (executablePath === undefined) throw new Error('no Firefox; set VIGIL_TEST_FIREFOX');
  const start = () =>
    puppeteer.launch({
      browser: 'firefox',
      executablePath,
      headless: true,
      timeout: START,
      protocolTimeout: START,
      env: { ...process.env, HOME: home },
    });
  return start().catch((error) => {
    console.error(`Firefox did not start, trying once more: ${error}`);
    return start();
  });
}

/**
 * Whatever host a Firefox with these `preferences` asks for over TLS, it is this port that answers.
 * @param {number} port
 */
export async function leading(port) {
  const proxy = createServer((client) => {
    client.once('data', () => {
      const server = connect(port, '127.0.0.1');
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.pipe(server).pipe(client);
      client.on('error', () => server.destroy());
      server.on('error', () => client.destroy());
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const preferences = {
    'network.proxy.type': 1,
    'network.proxy.ssl': '127.0.0.1',
    'network.proxy.ssl_port': /** @type {import('node:net').AddressInfo} */ (proxy.address()).port,
    'network.proxy.no_proxies_on': '',
  };
  return { preferences, close: () => proxy.close() };
}

/** @param {import('puppeteer-core').Browser} browser @returns {Promise<WatchedPage>} */
export async function newPage(browser) {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.setDefaultNavigationTimeout(PATIENCE);
  const watched = new Watched();
  // An error that is written to the console comes without its words otherwise.
  await page.evaluateOnNewDocument(() => {
    const write = console.error;
    /** @param {unknown} one */
    const words = (one) => (one instanceof Error ? `${one}\n${one.stack}` : one);
    console.error = (...said) => write.apply(console, said.map(words));
  });
  page.on('pageerror', (error) => watched.error(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') watched.error(message.text());
  });
  page.on('dialog', (dialog) => {
    watched.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  page.on('request', (request) => watched.asked(request));
  page.on('response', (response) => watched.began(response.request()));
  page.on('requestfinished', (request) => watched.answered(request));
  page.on('requestfailed', (request) => watched.answered(request));
  if (slow) {
    await page.setRequestInterception(true);
    page.on('request', async (request) => {
      if (LATE.test(request.url())) await late();
      // Nobody may wait for it any more.
      await request.continue().catch(() => {});
    });
  }
  return Object.assign(page, { watched });
}

/**
 * Comes by the link that `vigil up` printed. Its page goes on to the dashboard at once; whether that
 * is before or after it counts as loaded is left to chance, and so is what the browser calls that.
 * @param {WatchedPage} page
 * @param {import('./home.js').Ready} ready
 */
export async function login(page, ready) {
  /** @type {unknown} */
  let cause;
  await page.goto(ready.login_url).catch((/** @type {unknown} */ error) => (cause = error));
  await page.waitForSelector('nav a[href="/findings"]').catch((/** @type {unknown} */ error) => {
    throw new Error(`the dashboard never came: ${error}`, { cause: cause ?? error });
  });
  return page;
}
