// Further addresses of the sites, that a person adds: read as the site is, and not a moment before.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { granted } from './replica/granted.js';
import { Stage, say } from './replica/stage.js';
import { axe } from './rig/axe.js';
import { nothing } from './rig/nothing.js';
import { pause, says, until } from './rig/patience.js';

const HERE = 'elsewhere.test';
const folder = mkdtempSync(join(tmpdir(), 'vigil-granted-'));
/** @type {Stage} */
let stage;
before(async () => {
  stage = await Stage.open({ folder: granted(join(folder, 'extension')) });
});
after(async () => {
  await stage?.close();
  rmSync(folder, { recursive: true, force: true });
});

const options = async () => {
  const page = await stage.browser.context.newPage();
  await page.goto(`chrome-extension://${stage.browser.id}/popup/options.html`);
  await page.waitForSelector('#site option:nth-child(6)', { state: 'attached' });
  return page;
};
/**
 * The scripts that the browser runs where a person said so.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<{ matches: string[], world: string, js: string[] }[]>}
 */
const registered = (page) => page.evaluate(() => /** @type {any} */ (globalThis).chrome.scripting.getRegisteredContentScripts());

test('what is no address, and what is read already, is not added', async () => {
  const page = await options();
  for (const [typed, words] of /** @type {[string, RegExp][]} */ ([
    ['', /no address/],
    ['https://chatgpt.com/c/1', /read already/],
    ['nothing', /no address/],
    ['www.perplexity.ai', /read already/],
    ['127.0.0.1', /no address/],
    ['http://chat.example.com', /no address/],
    ['*.example.com', /no address/],
  ])) {
    await page.fill('#host', typed);
    await page.keyboard.press('Enter');
    await says(page.locator('#placed'), words);
  }
  assert.deepEqual(await registered(page), []);
  await page.close();
});

test('what no script of ours runs on may be added, whatever it is called', async () => {
  const page = await options();
  await page.fill('#host', 'www.claude.ai');
  await page.click('#place button');
  await says(page.locator('#placed'), /is read from the next time/);
  await until(async () => (await registered(page)).length === 2, 'the scripts there');
  await page.click('#places button');
  await says(page.locator('#placed'), /no longer read/);
  await until(async () => (await registered(page)).length === 0, 'no scripts there');
  await page.close();
});

for (const site of ['chatgpt.com', 'gemini.google.com']) {
  test(`${site} under another address is read, once that was added and until it is removed`, async () => {
    stage.replica.places = { [HERE]: site };
    const before = stage.turns(site).length;
    const early = await stage.visit(HERE);
    await say(early, 'before it was added');
    const page = await options();
    await page.fill('#host', `https://${HERE}/some/where`);
    await page.selectOption('#site', site);
    await page.click('#place button');
    await says(page.locator('#placed'), /is read from the next time/);
    await says(page.locator('#places li label'), new RegExp(`^${HERE}, read as ${site}$`));
    nothing(await axe(page), 'options with an address');
    await until(async () => (await registered(page)).length === 2, 'the scripts there');
    const scripts = await registered(page);
    assert.ok(scripts.every(({ matches }) => `${matches}` === `https://${HERE}/*`));
    assert.deepEqual(scripts.map(({ world }) => world).sort(), ['ISOLATED', 'MAIN']);

    const there = await stage.visit(HERE);
    await say(there, 'under another address');
    await say(there, 'and once more');
    const told = (await stage.told(site, before + 4)).slice(before);
    assert.deepEqual(
      told.map(({ by, turn }) => [by, turn.role, turn.text.includes('before it was added')]),
      ['user', 'assistant', 'user', 'assistant'].map((role) => ['network', role, false]),
    );
    await there.close();
    await early.close();

    await page.click('#places button');
    await says(page.locator('#placed'), /no longer read/);
    await until(async () => (await registered(page)).length === 0, 'no scripts there');
    const late = await stage.visit(HERE);
    await say(late, 'after it was removed');
    await pause(1000);
    assert.equal(stage.turns(site).length, before + 4);
    await late.close();
    await page.close();
  });
}
