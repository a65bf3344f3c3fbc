// One feed of all that happened: a brush over its density makes the time shorter, a press leads to a
// time, and another question begins with its first answer.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { becomes, says } from './rig/patience.js';
import { stage } from './rig/stage.js';
import { settle, visit } from './rig/tour.js';

/** @type {import('./rig/chromium.js').WatchedPage} */
let page;
const home = stage(async (fresh) => {
  page = fresh;
  await visit(page, home.ready.dashboard, '/timeline');
});

/** Where the strip is. */
async function strip() {
  const box = await page.locator('.strip-box').boundingBox();
  if (box === null) throw new Error('there is no strip');
  return { ...box, middle: box.y + box.height / 2 };
}

/** Scrolls to the end of what was read so far. */
async function down() {
  await page.locator('main').evaluate((main) => (main.scrollTop = main.scrollHeight));
  await settle(page);
  await becomes(() => page.locator('main').evaluate((main) => main.scrollTop), (top) => top > 300, 'it does not scroll');
}

/** Waits until the first row of the list is on the screen. */
async function atTheTop() {
  const first = page.locator('main [data-i="0"]');
  await becomes(() => first.boundingBox(), (box) => box !== null && box.y >= 0 && box.y < 600, 'the first row is not on the screen');
}

test('a drag over the strip makes the time shorter, and there is a way back', async () => {
  const { x, width, middle } = await strip();
  await page.mouse.move(x + width * 0.3, middle);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.4, middle, { steps: 4 });
  await page.mouse.move(x + width * 0.6, middle, { steps: 4 });
  await page.mouse.up();

  await page.waitForURL((url) => url.searchParams.has('from') && url.searchParams.has('to'));
  await settle(page);
  const { searchParams } = new URL(page.url());
  const [from, to] = ['from', 'to'].map((name) => Date.parse(searchParams.get(name) ?? ''));
  const times = await page.locator('main [data-i] time').evaluateAll((all) => all.map((one) => Date.parse(/** @type {HTMLTimeElement} */ (one).dateTime)));
  assert.ok(times.length > 0 && times.every((at) => at >= from && at <= to), `${times} is not between ${from} and ${to}`);

  await page.getByRole('button', { name: 'Zoom out' }).click();
  await page.waitForURL((url) => !url.searchParams.has('from'));
  page.watched.nothingWrong('the strip');
});

test('a press on the strip leads there, from however far down', async () => {
  await down();
  const { x, width, middle } = await strip();

  await page.mouse.click(x + width * 0.5, middle);

  await page.waitForURL((url) => url.searchParams.has('at'));
  await says(page.locator('.timeline-jumped'), /What happened before/);
  await settle(page);
  await atTheTop();
});

test('the answers to another question begin with the first', async () => {
  await down();
  await page.getByRole('combobox', { name: 'Client' }).selectOption('codex');
  await page.waitForURL((url) => url.searchParams.get('client') === 'codex');
  await settle(page);
  await atTheTop();

  await visit(page, home.ready.dashboard, '/');
  await down();
  await page.keyboard.press('/');
  await page.keyboard.type('the');
  await page.waitForURL((url) => url.searchParams.get('q') === 'the');
  await settle(page);
  await atTheTop();
});

test('what is not of today says its day', async () => {
  await visit(page, home.ready.dashboard, '/live');
  await becomes(() => page.locator('main [data-i] time').allTextContents(), (all) => all.length > 0, 'there is nothing');
  await down();
  const cells = page.locator('main [data-i] .feed-time');
  const over = () => cells.evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent));
  assert.deepEqual(await over(), []);
});
