// What a client has deleted is marked as such, and can be listed alone.

import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
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
  new Session(1, { cwd: '/srv/shop' }).title('The one that stays').prompt('mend the till').says('It is mended.').write(home.projects);
  new Session(2, { cwd: '/srv/docs' }).title('The one that went').prompt('spell it out').says('It is spelt out.').write(home.projects);
  await home.ingest();
  const docs = readdirSync(home.projects).filter((name) => name.includes('docs'));
  assert.equal(docs.length, 1);
  rmSync(join(home.projects, docs[0]), { recursive: true });
  await home.up();
  await becomes(async () => (await ask(home, 'sessions?deleted=true')).total, (total) => total === 1, 'it is not known to be deleted');
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await home.remove();
});

test('a session that its client has deleted says so in the list and in its head', async () => {
  const page = await newPage(browser);
  await login(page, { ...home.ready, login_url: await newLink(home) });
  await visit(page, home.ready.dashboard, '/sessions');
  const main = page.locator('main');
  await says(main, /The one that stays/);
  assert.equal(await main.getByText('deleted by client', { exact: true }).count(), 1);

  await visit(page, home.ready.dashboard, '/sessions?deleted=1');
  const shown = async () => (await main.textContent()) ?? '';
  await becomes(shown, (text) => text.includes('The one that went') && !text.includes('The one that stays'), 'the filter shows others');
  await page.getByRole('link', { name: /The one that went/ }).click();
  await says(page.locator('.facts'), /deleted by client/);
  page.watched.nothingWrong('/sessions');
});
