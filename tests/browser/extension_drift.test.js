// What happens to capture when a site changes: by the other way and said so, and said so when there is
// none; and what nobody allowed is not taken.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { SITES } from './replica/browser.js';
import { Stage, over, say, type } from './replica/stage.js';
import { pause, until } from './rig/patience.js';

/** @type {Stage} */
let stage;
before(async () => {
  stage = await Stage.open({ consents: false });
});
after(() => stage?.close());

test('before consent nothing is taken', async () => {
  const page = await stage.visit('claude.ai');
  await say(page, 'not yet');
  await pause(4000);
  assert.deepEqual(stage.turns('claude.ai'), []);
  await page.close();
  await stage.consent();
});

for (const site of SITES) {
  test(`${site}: with other endpoints it is read from the page, and that is said`, async () => {
    stage.replica.renamed = { endpoints: true, page: false };
    const before = stage.turns(site).length;
    const page = await stage.visit(site);
    await say(page, 'over a new endpoint');
    const turns = (await stage.told(site, before + 2)).slice(before);
    assert.deepEqual(turns.map(({ by, turn }) => [by, turn.role]), [['page', 'user'], ['page', 'assistant']]);
    assert.equal(turns[0].turn.text, 'over a new endpoint');
    assert.match(turns[1].turn.text, /An answer to \*\*over a new endpoint\*\*/);
    const { state, drift, by_page } = await until(() => stage.health(site)?.state === 'drift' && stage.health(site), 'drift');
    assert.deepEqual([state, drift, by_page], ['drift', 'network', 2]);
    await page.close();
  });

  test(`${site}: with another page it is read from the network, and that is said`, async () => {
    stage.replica.renamed = { endpoints: false, page: true };
    const before = stage.turns(site).length;
    const page = await stage.visit(site);
    await say(page, 'on a new page');
    const turns = (await stage.told(site, before + 2)).slice(before);
    assert.deepEqual(turns.map(({ by, turn }) => [by, turn.role]), [['network', 'user'], ['network', 'assistant']]);
    await until(() => stage.health(site)?.state === 'drift' && stage.health(site)?.drift === 'page', 'drift');
    await page.close();
  });

  test(`${site}: with both it is stale after one turn`, async () => {
    stage.replica.renamed = { endpoints: true, page: true };
    const before = stage.turns(site).length;
    const page = await stage.visit(site);
    await say(page, 'on a site that is another now');
    await until(() => stage.health(site)?.state === 'stale', 'stale');
    assert.equal(stage.turns(site).length, before);
    await page.close();
  });
}

test('read from the page, what another conversation holds is not taken for new', async () => {
  stage.replica.renamed = { endpoints: true, page: false };
  const site = 'claude.ai';
  const before = stage.turns(site).length;
  const page = await stage.visit(site, `/chat/${'a'.repeat(8)}-0000-4000-8000-${'a'.repeat(12)}`);
  await page.evaluate(() => {
    const list = /** @type {HTMLElement} */ (document.querySelector('#list'));
    const box = /** @type {HTMLTextAreaElement} */ (document.querySelector('textarea'));
    // At the Enter key another conversation is shown instead, with what was said there.
    box.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.stopImmediatePropagation();
      box.value = '';
      history.pushState(null, '', `/chat/${'b'.repeat(8)}-0000-4000-8000-${'b'.repeat(12)}`);
      list.innerHTML = '<p data-testid="user-message">an old question</p><p class="font-claude-response">an old answer</p>';
    }, true);
  });
  await type(page, 'never mind');
  await pause(5000);
  assert.equal(stage.turns(site).length, before);
  await page.close();
});

test('paused, and off for a site, nothing is taken', async () => {
  stage.replica.renamed = { endpoints: false, page: false };
  const site = 'claude.ai';
  const before = stage.turns(site).length;
  await stage.set({ off: { 'claude.ai': true } });
  const page = await stage.visit(site);
  await say(page, 'while it is off');
  await stage.set({ off: {}, paused: true });
  await say(page, 'while it is paused');
  await pause(4000);
  assert.equal(stage.turns(site).length, before);
  await stage.set({ paused: false });
  await type(page, 'and now');
  await over(page);
  assert.deepEqual((await stage.told(site, before + 2)).slice(before).map(({ turn }) => turn.role), ['user', 'assistant']);
  await page.close();
});

test('what a conversation already holds is taken when that is asked for, once, and not while paused', async () => {
  const site = 'claude.ai';
  const [{ conversation }] = /** @type {[{ conversation: string }]} */ (/** @type {unknown} */ (stage.replica.of(site).slice(-1)));
  const page = await stage.visit(site, `/chat/${conversation}`);
  await until(async () => (await page.title()) === 'listed', 'the list');
  const popup = await stage.browser.context.newPage();
  await popup.goto(`chrome-extension://${stage.browser.id}/popup/options.html`);
  /** Asks the page what the popup asks. @param {string} kind @returns {Promise<any>} */
  const ask = (kind) =>
    popup.evaluate(async (what) => {
      const { tabs } = /** @type {any} */ (globalThis).chrome;
      const [tab] = await tabs.query({ url: 'https://claude.ai/*' });
      return tabs.sendMessage(tab.id, { kind: what });
    }, kind);
  await until(async () => (await ask('health')).listed >= 2, 'the list to be read');
  await stage.set({ paused: true });
  assert.deepEqual(await ask('import'), { imported: 0, left: 0, why: 'off' });
  await stage.set({ paused: false });
  // What was listed was forgotten with the pause.
  await page.reload();
  await until(async () => (await ask('health').catch(() => ({}))).listed >= 2, 'the list to be read again');
  const before = stage.turns(site).length;
  const { imported, left } = await ask('import');
  assert.ok(imported >= 2 && left === 0, `${imported} and ${left}`);
  assert.equal((await ask('import')).imported, 0);
  const turns = (await stage.told(site, before + imported)).slice(before);
  assert.ok(turns.every(({ turn }) => turn.conversation === conversation));
  await popup.close();
  await page.close();
});
