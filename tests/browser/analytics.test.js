// The figures: a brush makes the time shorter, what is shown is what goes into the file, and what is
// estimated says so.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { ask } from './rig/http.js';
import { counts, says } from './rig/patience.js';
import { stage } from './rig/stage.js';
import { settle, visit } from './rig/tour.js';

/** @type {import('./rig/chromium.js').WatchedPage} */
let page;
const home = stage((fresh) => {
  page = fresh;
});

/** The lines of the file that a button gives, cut at commas. @param {string} label */
async function file(label) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: label, exact: true }).click()]);
  const path = await download.path();
  return readFileSync(path, 'utf8').trim().split('\r\n').map((line) => line.split(','));
}

test('a drag over the chart makes the time shorter, and there is a way back', async () => {
  await visit(page, home.ready.dashboard, '/analytics');
  const chart = page.locator('.u-over').first();
  const box = await chart.boundingBox();
  assert.ok(box);
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.8, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, y, { steps: 4 });
  await page.mouse.move(box.x + box.width * 0.99, y, { steps: 4 });
  await page.mouse.up();

  await page.waitForURL((url) => url.searchParams.has('from') && url.searchParams.has('base'));
  const { searchParams } = new URL(page.url());
  const length = Date.parse(searchParams.get('to') ?? '') - Date.parse(searchParams.get('from') ?? '');
  assert.ok(length > 0 && length < 12 * 86_400_000, `${searchParams}`);

  await page.getByRole('button', { name: 'Reset zoom' }).click();
  await page.waitForURL((url) => !url.searchParams.has('from'));
  page.watched.nothingWrong('the brush');
});

test('so does the keyboard', async () => {
  await visit(page, home.ready.dashboard, '/analytics');
  await page.locator('.chart-box').first().focus();
  await page.keyboard.press('End');
  for (let left = 3; left > 0; left -= 1) await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('Enter');

  await page.waitForURL((url) => url.searchParams.has('from') && url.searchParams.has('base'));
});

test('the file has what is shown: each client, estimated or not, and no cost where none is known', async () => {
  await visit(page, home.ready.dashboard, '/analytics?by=client');
  await says(page.locator('main'), /≈ estimated from list prices · 1 model without a known price/);

  const [head, ...lines] = await file('The chart as CSV');

  assert.deepEqual(head.slice(0, 3), ['from', 'to', 'client']);
  const { clients } = await ask(home, 'analytics?by=client');
  for (const { key, cost_usd: usd, estimated } of clients) {
    const own = lines.filter(([, , name]) => name === key);
    const sum = own.reduce((all, line) => all + Number(line[3]), 0);
    assert.ok(Math.abs(sum - usd) < 1e-6, `${key}: ${sum} instead of ${usd}`);
    assert.equal(own.some((line) => line[4] === 'yes'), estimated, key);
  }
  const unknown = lines.filter(([, , name]) => name === 'qwen-code');
  assert.ok(unknown.length > 0 && unknown.some((line) => line[3] === ''), JSON.stringify(unknown.slice(-3)));

  await page.getByRole('combobox', { name: 'Client' }).selectOption('codex');
  await page.waitForURL((url) => url.searchParams.get('client') === 'codex');
  await settle(page);
  await counts(page.locator('.series-row'), 1);
  const [, ...less] = await file('The chart as CSV');
  assert.deepEqual([...new Set(less.map(([, , name]) => name))], ['codex']);
});
