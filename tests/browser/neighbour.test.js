// Another page of this machine, on another port, in the same browser: cookies ignore ports, so it
// brings ours along. It must see nothing and change nothing.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { launch, login, newPage } from './rig/chromium.js';
import { Home } from './rig/home.js';
import { ask } from './rig/http.js';
import { becomes } from './rig/patience.js';

const home = new Home();
const server = createServer((_, answer) => {
  answer.writeHead(200, { 'content-type': 'text/html' });
  answer.end('<!doctype html><title>neighbour</title><p>hello');
});
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('./rig/chromium.js').WatchedPage} */
let page;

before(async () => {
  browser = await launch();
  const [ready] = await Promise.all([
    home.up(),
    new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined))),
  ]);
  page = await newPage(browser);
  await login(page, ready);
  // @ts-expect-error it listens on a port
  await page.goto(`http://localhost:${server.address().port}/`);
});
after(async () => {
  await browser?.close();
  server.close();
  await home.remove();
});

/** @typedef {{ method?: string, mode: 'cors' | 'no-cors', headers?: Record<string, string> }} Order */

/** What `fetch` of the neighbour comes to, with our cookie. @param {string} path @param {Order} order */
function fetched(path, order) {
  return page.evaluate(
    async ({ url, order }) => {
      try {
        const answer = await fetch(url, { ...order, credentials: 'include' });
        return { type: answer.type, text: await answer.text() };
      } catch {
        return { type: 'refused', text: '' };
      }
    },
    { url: `${home.ready.dashboard}${path}`, order },
  );
}

test('it reads nothing', async () => {
  for (const mode of /** @type {const} */ (['cors', 'no-cors'])) {
    const { text } = await fetched('/api/v1/status', { mode });
    assert.equal(text, '', mode);
  }
});

test('it changes nothing', async () => {
  /** @type {Order[]} */
  const orders = [
    { method: 'POST', mode: 'no-cors' },
    { method: 'POST', mode: 'cors', headers: { 'x-vigil-key': '0' } },
  ];
  for (const order of orders) await fetched('/api/v1/pause', order);

  const { agent } = await ask(home, 'status');
  assert.equal(agent.paused_since, null);
});

test('it cannot show the page inside of its own', async () => {
  await page.evaluate((url) => {
    const frame = document.createElement('iframe');
    frame.src = url;
    document.body.append(frame);
    return new Promise((done) => frame.addEventListener('load', done));
  }, `${home.ready.dashboard}/`);

  // What was refused shows the browser's own page of an error, which is nobody's to look into.
  const inner = async () => page.frames().find((frame) => frame.parentFrame() !== null);
  const refused = await becomes(inner, (frame) => frame?.url().startsWith('chrome-error:'), 'it was not refused');
  assert.equal(await refused?.locator('nav').count(), 0);
});
