// Nothing that axe calls serious or critical, on any view, light and dark, on a desk and on a phone.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { axe } from './rig/axe.js';
import { SCREENS, launch, login, newPage } from './rig/chromium.js';
import { Home } from './rig/home.js';
import { writeNight } from './rig/night.js';
import { nothing } from './rig/nothing.js';
import { PLAIN, settle, views, visit } from './rig/tour.js';
import { newLink } from './rig/visitor.js';

const [home, empty] = [new Home(), new Home()];
/** @type {import('playwright-core').Browser} */
let browser;

before(async () => {
  writeNight(home.projects);
  await home.ingest();
  await Promise.all([home.up(), empty.up()]);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await Promise.all([home.remove(), empty.remove()]);
});

/** A page that is logged in. @param {Home} at @param {Parameters<typeof newPage>[1]} look */
async function open(at, look) {
  const page = await newPage(browser, look);
  return login(page, { ...at.ready, login_url: await newLink(at) });
}

for (const [name, screen] of Object.entries(SCREENS)) {
  for (const scheme of /** @type {const} */ (['light', 'dark'])) {
    test(`every view, ${name}, ${scheme}`, async (t) => {
      const page = await open(home, { screen, scheme });
      for (const view of await views(home)) {
        await t.test(view.name, async () => {
          await visit(page, home.ready.dashboard, view.path);
          nothing(await axe(page), view.name);
        });
      }
      await page.context().close();
    });
  }
}

test('every view before anything was recorded', async (t) => {
  const page = await open(empty, {});
  for (const view of PLAIN) {
    await t.test(view.name, async () => {
      await visit(page, empty.ready.dashboard, view.path);
      nothing(await axe(page), view.name);
    });
  }
  await page.context().close();
});

test('what opens above a view', async (t) => {
  const page = await open(home, {});
  const sheets = [
    { name: 'shortcuts', path: '/', keys: ['?'] },
    { name: 'palette', path: '/', keys: ['Control+k'] },
    { name: 'note', path: '/findings', keys: ['j', 'e'] },
  ];
  for (const { name, path, keys } of sheets) {
    await t.test(name, async () => {
      await visit(page, home.ready.dashboard, path);
      for (const key of keys) await page.keyboard.press(key);
      await page.waitForSelector('dialog[open]');
      await settle(page);
      nothing(await axe(page), name);
    });
  }
  await page.context().close();
});

test('the closed door', async () => {
  const page = await newPage(browser);
  page.watched.expected.push(/401/);
  await visit(page, home.ready.dashboard, '/');
  nothing(await axe(page), 'closed');
  await page.context().close();
});

test('axe runs here, and finds what is wrong', async () => {
  const page = await open(home, {});
  await settle(page);
  await page.evaluate(() => {
    const button = document.createElement('button');
    document.querySelector('main')?.append(button);
  });

  const offences = await axe(page);

  assert.ok(offences.some((offence) => offence.startsWith('button-name')), offences.join('\n'));
});
