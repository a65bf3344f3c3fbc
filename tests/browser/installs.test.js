// The installs: which package an agent asked for, what became of it, what is thought of it; by list,
// filter, key and address.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { axe } from './rig/axe.js';
import { launch, login, newPage } from './rig/chromium.js';
import { Home } from './rig/home.js';
import { ask } from './rig/http.js';
import { writeInstalls } from './rig/night.js';
import { nothing } from './rig/nothing.js';
import { becomes, counts, says } from './rig/patience.js';
import { settle, visit } from './rig/tour.js';

const home = new Home();
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('./rig/chromium.js').WatchedPage} */
let page;

before(async () => {
  writeInstalls(home.projects);
  await home.ingest();
  browser = await launch();
  await home.up();
  page = await newPage(browser);
  await login(page, home.ready);
});
after(async () => {
  await browser?.close();
  await home.remove();
});

/** The row of a package. @param {string} name */
const row = (name) => page.locator('main [data-install]').filter({ has: page.locator('.install-name', { hasText: new RegExp(`^${name}$`) }) });

/** @param {string} name */
async function installOf(name) {
  /** @type {{ installs: { event: string, place: number, session_key: string, seq: number, package: { package: string | null } }[] }} */
  const { installs } = await ask(home, 'installs?limit=100');
  const found = installs.find((one) => one.package.package === name);
  if (found === undefined) throw new Error(`no install of ${name} in ${JSON.stringify(installs)}`);
  return found;
}

test('each package of each command has a row, with what became of it', async () => {
  await visit(page, home.ready.dashboard, '/installs');

  await says(row('left-pad'), /npm.*npm install left-pad react@18.*Claude Code.*turn 1.*ran/s);
  await says(row('react'), /18.*npm/s);
  await says(row('evil-helper'), /denied/);
  await says(row('numpy'), /PyPI.*failed/s);
  page.watched.nothingWrong('/installs');
  nothing(await axe(page), 'the list');
});

test('a name that is nearly a well-known one says which, and leads to its finding', async () => {
  await visit(page, home.ready.dashboard, '/installs');
  await says(row('requets'), /high.*looks like requests/s);

  await row('requets').click();
  const detail = page.locator('article.detail');
  await says(detail, /looks like requests.*Was requests meant\?/s);
  await settle(page);
  nothing(await axe(page), 'the detail');
  await detail.locator('a[href^="/findings/"]').first().click();
  await page.waitForURL((url) => url.pathname.startsWith('/findings/'));
  await says(page.locator('.detail'), /A package named like a well-known one.*requets.*What to do next/s);
  page.watched.nothingWrong('the finding of a package');
});

test('it is found by package, and its address leads to it and to the exact place', async () => {
  const { event, place, session_key: session } = await installOf('requets');
  await visit(page, home.ready.dashboard, `/installs/${event}.${place}?package=requets`);

  await counts(page.locator('main [data-install]'), 1);
  await says(page.locator('article.detail .detail-title'), /requets/);
  await page.locator('article.detail a[href^="/sessions/"]').click();
  await page.waitForURL((url) => url.pathname === `/sessions/${session}` && url.searchParams.has('event'));
  await says(page.locator('main'), /pip install requets/);
});

test('one that the list does not hold is asked for by its address', async () => {
  const { event, place } = await installOf('requets');
  await visit(page, home.ready.dashboard, `/installs/${event}.${place}?package=left-pad`);

  await says(page.locator('article.detail .detail-title'), /requets/);
  await visit(page, home.ready.dashboard, `/installs/${'0'.repeat(32)}.0`);
  await says(page.locator('.findings-pane'), /There is no such install/);
  page.watched.nothingWrong('an install by its address');
});

test('what no filter lets through says so, and leads back', async () => {
  await visit(page, home.ready.dashboard, '/installs?package=nobody');

  await says(page.locator('main'), /No install matches/);
  await page.getByRole('button', { name: 'Clear filters' }).first().click();
  await row('left-pad').waitFor();
});

test('with the keyboard: to a row, into it, and back to it', async () => {
  await visit(page, home.ready.dashboard, '/installs');
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-install') ?? '');
  await becomes(async () => {
    if ((await focused()) === '') await page.keyboard.press('j');
    return focused();
  }, Boolean, 'the focus is on no install');
  await settle(page);
  const first = await focused();
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname === `/installs/${first}`);
  await page.locator('article.detail').waitFor();
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => url.pathname === '/installs');
  await becomes(focused, (now) => now === first, 'the focus is not back on its row');
});

test('a name goes into no command that does more than name it', async () => {
  const words = await page.evaluate(`(async () => {
    const { shellWord } = await import('/lib/packages.js');
    return ['@scope/name', 'x; rm -rf ~', "it's", '-rf', 'gpj\\u202e', 'a\\nb', '$(id)', '~root'].map(shellWord);
  })()`);

  assert.deepEqual(words, ['@scope/name', "'x; rm -rf ~'", "'it'\\''s'", null, null, null, "'$(id)'", "'~root'"]);
});

test('a list that was brought in is told of, and what it names is judged again', async () => {
  const list = join(home.root, 'mal_npm.tsv');
  writeFileSync(list, 'evil-helper\tall\n');
  await home.run('intel', 'import', list);

  const severity = async () => (await ask(home, 'installs?package=evil-helper')).installs[0]?.severity;
  await becomes(severity, (now) => now === 'critical', 'it was not judged again');
  await visit(page, home.ready.dashboard, '/installs');
  await says(row('evil-helper'), /critical.*is listed as malicious/s);
  await visit(page, home.ready.dashboard, '/system');
  await says(page.locator('section[aria-labelledby="intel"]'), /mal_npm.*names from mal_npm\.tsv.*1.*vigil intel update/s);
  nothing(await axe(page), 'the lists');
  page.watched.nothingWrong('threat lists');
});
