// What happens is on the screen when it happens, and what happened while the network was away is
// there afterwards: everything, and once.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { launch, login, newPage } from './rig/chromium.js';
import { Home } from './rig/home.js';
import { ask, committed } from './rig/http.js';
import { becomes, counts, says } from './rig/patience.js';
import { Session } from './rig/session.js';
import { awsKey } from './rig/secrets.js';
import { settle, visit } from './rig/tour.js';
import { newLink } from './rig/visitor.js';

const home = new Home();
const session = new Session(1, { start: Date.now() - 60_000 });
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('./rig/chromium.js').WatchedPage} */
let page;

before(async () => {
  session.prompt('the first prompt').write(home.projects);
  await home.ingest();
  await home.up();
  browser = await launch();
});
beforeEach(async () => {
  page = await newPage(browser);
  await login(page, { ...home.ready, login_url: await newLink(home) });
});
after(async () => {
  await browser?.close();
  await home.remove();
});

/** Rows of the list that say `words`. @param {string} words */
const rows = (words) => page.locator('main [data-i]').filter({ hasText: words });

test('a new event comes by itself', async () => {
  await visit(page, home.ready.dashboard, '/live');

  session.prompt('words that were just said').write(home.projects);

  await rows('words that were just said').first().waitFor();
  page.watched.nothingWrong('live');
});

test('a secret comes masked', async () => {
  await visit(page, home.ready.dashboard, '/live');

  session.prompt(`beside ${awsKey(70)} it`).write(home.projects);

  const words = await says(rows('beside'), /beside .+ it/s);
  assert.ok(!words?.includes(awsKey(70)), 'in clear');
  assert.ok(!words?.includes('[[vigil:'), words ?? '');
});

test('what happened while the network was away is filled in, once', async () => {
  await visit(page, home.ready.dashboard, '/live');
  page.watched.expected.push(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK|Failed to load resource/);
  await page.context().setOffline(true);

  const { events } = (await ask(home, 'status')).store;
  for (const n of [1, 2, 3]) session.prompt(`unseen prompt ${n}`).write(home.projects);
  await committed(home, events + 3);
  await page.context().setOffline(false);

  for (const n of [1, 2, 3]) await rows(`unseen prompt ${n}`).first().waitFor();
  // Had it come a second time, it would be there by now.
  await settle(page);
  for (const n of [1, 2, 3]) await counts(rows(`unseen prompt ${n}`), 1);
});

test('held, the list stands still and says how much waits', async () => {
  await visit(page, home.ready.dashboard, '/live');
  await page.getByRole('button', { name: 'Pause' }).click();
  const { events } = (await ask(home, 'status')).store;

  session.prompt('said while it was held').write(home.projects);
  await committed(home, events + 1);

  const pill = page.getByRole('button', { name: /new event/ });
  await pill.waitFor();
  assert.equal(await rows('said while it was held').count(), 0);
  await pill.click();
  await rows('said while it was held').first().waitFor();
});

test('only what passes the filter is shown, as it comes', async () => {
  await visit(page, home.ready.dashboard, '/live?q=needle');
  await settle(page);

  session.prompt('nothing but hay').prompt('a needle in it').write(home.projects);

  await rows('a needle in it').first().waitFor();
  assert.equal(await rows('nothing but hay').count(), 0);
});

test('for who wants less motion nothing moves, for others the lamp does', async () => {
  const moving = () => page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').length);
  await visit(page, home.ready.dashboard, '/live');
  assert.equal(await moving(), 0);

  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await becomes(moving, (n) => n > 0, 'nothing moves at all');
});

test('a new session appears in the list of sessions', async () => {
  await visit(page, home.ready.dashboard, '/');

  new Session(2, { start: Date.now() - 5000 }).prompt('another beginning').write(home.projects);

  await rows('another beginning').first().waitFor();
});
