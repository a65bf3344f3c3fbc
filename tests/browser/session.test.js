// What one session shows of itself: sub-agents where they were started, a call of the model in all
// its parts, how full the context was, and all of it as Markdown.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { launch, login, newPage } from './rig/chromium.js';
import { Home } from './rig/home.js';
import { ask } from './rig/http.js';
import { writeNight } from './rig/night.js';
import { becomes, says } from './rig/patience.js';
import { awsKey } from './rig/secrets.js';
import { visit } from './rig/tour.js';
import { newLink } from './rig/visitor.js';

const home = new Home();
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('./rig/chromium.js').WatchedPage} */
let page;
/** Where the strange session is. */
let place = '';

before(async () => {
  writeNight(home.projects);
  await home.ingest();
  await home.up();
  /** @type {{ sessions: { key: string, title: string | null }[] }} */
  const { sessions } = await ask(home, 'sessions?limit=100');
  const strange = sessions.find(({ title }) => title?.startsWith('Fix the deploy'));
  if (strange === undefined) throw new Error('the strange session is not in the list');
  place = `/sessions/${strange.key}`;
  browser = await launch();
});
beforeEach(async () => {
  await page?.context().close();
  page = await newPage(browser);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: home.ready.dashboard });
  await login(page, { ...home.ready, login_url: await newLink(home) });
  await visit(page, home.ready.dashboard, place);
});
after(async () => {
  await browser?.close();
  await home.remove();
});

/** Rows of the timeline that say `words`. @param {string} words */
const rows = (words) => page.locator('main [data-row]').filter({ hasText: words });

test('a sub-agent stands where it was started, and unfolds', async () => {
  const folded = page.getByRole('button', { name: /Sub-agent/ });
  await says(folded, /Explore/);
  assert.equal(await rows('rg -n getenv src').count(), 0);

  await folded.click();

  await rows('rg -n getenv src').waitFor();
  const order = async () => (await page.locator('main [data-i]').allTextContents()).map((text) => text.replace(/\s+/g, ' '));
  await becomes(order, (texts) => {
    const [started, inside, next] = ['Find every place', 'rg -n getenv src', 'cat .env'].map((words) => texts.findIndex((text) => text.includes(words)));
    return started >= 0 && started < inside && inside < next;
  }, 'its work is not between the call that started it and the next one');
  page.watched.nothingWrong('a sub-agent');
});

test('a call of the model tells its usage, its cost, its ids and who saw it', async () => {
  const call = page.locator('main a.tape-model_call').first();
  await call.click();

  const figures = page.locator('section[aria-label="Figures of the call"]');
  await says(figures, /Input\s*40/);
  const said = await says(figures, /Request id/);
  for (const words of [/Cache read\s*9,000/, /Cache write\s*800/, /Output\s*12\d/, /Context after/, /claude-sonnet-4-5/, /estimated from list prices/, /req_msg_900/]) {
    assert.match(said ?? '', words);
  }
  await says(figures, /Latency is known for calls that go through the proxy/);
  await says(page.locator('section[aria-label="Who saw it"]'), /transcript.*Only the client's own word/s);

  // The address leads to the same call.
  await page.waitForURL((url) => /^\d+$/.test(url.searchParams.get('event') ?? ''));
  await page.goto(page.url());
  await says(figures, /Input\s*40/);
});

test('the gauge knows the window of the model and where the context was compacted', async () => {
  await says(page.locator('.gauge-words'), /Context.* of 200K/s);
  const drop = page.locator('.gauge-drop');
  await becomes(() => drop.first().getAttribute('title'), (title) => /^compacted: .* before, .* after/.test(title ?? ''), 'no drop says that it was compacted');
  await rows('Context compacted').first().waitFor();
  const slider = page.getByRole('slider', { name: 'Model calls by context size' });
  await slider.focus();
  await page.keyboard.press('Home');
  await becomes(() => slider.getAttribute('aria-valuetext'), (text) => /^call 1 of /.test(text ?? ''), 'it does not lead to the first call');
});

test('j and k go from event to event, Enter opens one, Escape leaves it', async () => {
  const chosen = () => page.evaluate(() => document.activeElement?.closest('[data-i]')?.textContent ?? '');
  await page.keyboard.press('j');
  const first = await becomes(chosen, Boolean, 'the focus is on no event');
  await page.keyboard.press('j');
  await becomes(chosen, (now) => now !== '' && now !== first, 'it went no further');
  await page.keyboard.press('k');
  await becomes(chosen, (now) => now === first, 'it did not come back');
  await page.keyboard.press('j');
  const second = await becomes(chosen, (now) => now !== '' && now !== first, 'it went no further');
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.searchParams.has('event'));
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => !url.searchParams.has('event') && url.pathname === place);
  assert.notEqual(second, first);
});

test('as Markdown it is whole, and its secrets are masked', async () => {
  await page.getByRole('button', { name: 'Copy as Markdown' }).first().click();
  await page.getByRole('button', { name: 'Whole session' }).click();
  await page.getByRole('button', { name: 'Copy again' }).waitFor();

  const text = await page.evaluate(() => navigator.clipboard.readText());

  for (const words of ['# Fix the deploy', '## Turn 1', '**Tool call: Bash**', 'keep going without me', 'sub-agent Explore', 'Context compacted', 'The deploy runs.', '[masked aws access key']) {
    assert.ok(text.includes(words), `without ${words}: ${text.slice(0, 2000)}`);
  }
  assert.ok(!text.includes(awsKey(1)) && !text.includes('[[vigil:'), 'not masked');
});
