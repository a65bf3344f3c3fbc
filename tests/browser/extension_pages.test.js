// The extension's own pages: what is asked, what is said, by keyboard, in both themes, on both screens.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Stage, say } from './replica/stage.js';
import { axe } from './rig/axe.js';
import { SCREENS } from './rig/chromium.js';
import { nothing } from './rig/nothing.js';
import { until } from './rig/patience.js';

/** Where pictures go, if they are wanted. */
const PICTURES = process.env.VIGIL_TEST_PICTURES;

/** @type {Stage} */
let stage;
before(async () => {
  stage = await Stage.open({ consents: false });
});
after(() => stage?.close());

/** @param {string} name */
const address = (name) => `chrome-extension://${stage.browser.id}/popup/${name}.html`;

/** @param {string} state */
async function look(state) {
  for (const name of ['popup', 'options']) {
    for (const [screen, size] of Object.entries(SCREENS)) {
      for (const scheme of /** @type {const} */ (['light', 'dark'])) {
        const page = await stage.browser.context.newPage();
        await page.setViewportSize(size);
        await page.emulateMedia({ colorScheme: scheme });
        await page.goto(address(name));
        await page.waitForSelector(name === 'popup' ? '#sites li:last-child span' : 'main');
        nothing(await axe(page), `${name} ${state} ${screen} ${scheme}`);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than ${screen}`);
        if (PICTURES !== undefined) {
          mkdirSync(PICTURES, { recursive: true });
          await page.screenshot({ path: join(PICTURES, `${name}-${state}-${screen}-${scheme}.png`) });
        }
        await page.close();
      }
    }
  }
}

test('before consent', async () => {
  await look('new');
});

test('consent is given by the keyboard, and taken back', async () => {
  const page = await stage.browser.context.newPage();
  await page.goto(address('options'));
  await page.waitForSelector('#consent:not([hidden])');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#consented:not([hidden])');
  await page.focus('#withdraw');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#consent:not([hidden])');
  await page.focus('#consent');
  await page.keyboard.press('Space');
  await page.waitForSelector('#consented:not([hidden])');
  await page.close();
});

test('with something recorded, and a site that changed', async () => {
  const page = await stage.visit('claude.ai');
  await say(page, 'something to be seen');
  stage.replica.renamed = { endpoints: false, page: true };
  const other = await stage.visit('chatgpt.com');
  await say(other, 'on a new page');
  await until(() => stage.health('chatgpt.com')?.state === 'drift', 'drift');
  await until(() => stage.health('claude.ai')?.state === 'ok', 'a site that is read');
  const popup = await stage.browser.context.newPage();
  await popup.goto(address('popup'));
  await popup.waitForSelector('#sites li:last-child span');
  const rows = await popup.locator('#sites li').allTextContents();
  assert.match(rows[0] ?? '', /^claude\.airead, last/);
  assert.match(rows[1] ?? '', /^chatgpt\.comdrift: the page changed/);
  assert.match((await popup.textContent('#state')) ?? '', /Told to Vigil on this machine/);
  await popup.close();
  await look('recorded');
});

test('paused from the popup, by the keyboard', async () => {
  const popup = await stage.browser.context.newPage();
  await popup.goto(address('popup'));
  await popup.waitForSelector('#pause:not([hidden])');
  await popup.focus('#pause');
  await popup.keyboard.press('Enter');
  await until(async () => (await popup.textContent('#state'))?.startsWith('Paused'), 'the word for it');
  assert.equal(await popup.getAttribute('#pause', 'aria-pressed'), 'true');
  await popup.close();
});
