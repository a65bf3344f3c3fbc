// Everything can be narrowed to one project, and days are those of a time zone that is named.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, login, newPage } from './rig/chromium.js';
import { Home } from './rig/home.js';
import { ask } from './rig/http.js';
import { becomes, says } from './rig/patience.js';
import { Session } from './rig/session.js';
import { visit } from './rig/tour.js';
import { newLink } from './rig/visitor.js';

const home = new Home();
/** @type {import('playwright-core').Browser} */
let browser;

before(async () => {
  new Session(1, { cwd: '/srv/shop' }).title('The shop').prompt('mend the till').says('The till is mended.').write(home.projects);
  new Session(2, { cwd: '/srv/docs' }).title('The words').prompt('spell it out').says('It is spelt out.').write(home.projects);
  await home.ingest();
  await home.up();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await home.remove();
});

/** @param {string} path */
async function open(path) {
  const page = await newPage(browser);
  await login(page, { ...home.ready, login_url: await newLink(home) });
  await visit(page, home.ready.dashboard, path);
  return page;
}

for (const path of ['/timeline', '/live']) {
  test(`${path} shows one project alone when it is asked to`, async () => {
    const page = await open(path);
    const main = page.locator('main');
    await says(main, /mend the till/);
    await says(main, /spell it out/);

    await page.locator('select[aria-label="Project"]').selectOption('/srv/docs');

    const shown = async () => (await main.textContent()) ?? '';
    await becomes(shown, (text) => text.includes('spell it out') && !text.includes('mend the till'), 'the other project is still there');
    assert.equal(new URL(page.url()).searchParams.get('project'), '/srv/docs');
    await page.reload();
    await becomes(shown, (text) => text.includes('spell it out') && !text.includes('mend the till'), 'the address does not keep it');
    page.watched.nothingWrong(path);
  });
}

test('the analytics says whose days they are', async () => {
  /** @type {{ time_zone: string }} */
  const { time_zone: zone } = await ask(home, 'analytics');
  const page = await open('/analytics?range=30d');

  const words = page.locator('.over-head p');

  await becomes(async () => (await words.textContent()) ?? '', (text) => text.includes(`days in ${zone}`), 'the time zone is not named');
});
