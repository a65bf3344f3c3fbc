// The same extension in Firefox, with what its manifest has there: a smoke run over all six sites.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { SITES, certificate } from './replica/browser.js';
import { launch } from './replica/firefox.js';
import { Replica } from './replica/server.js';
import { PATIENCE, until } from './rig/patience.js';

const folder = mkdtempSync(join(tmpdir(), 'vigil-replica-'));
/** @type {Replica} */
let replica;
/** @type {Awaited<ReturnType<typeof launch>>} */
let firefox;

before(async () => {
  replica = new Replica(certificate(folder));
  firefox = await launch(await replica.listen());
});
after(async () => {
  await firefox?.close();
  replica?.close();
  rmSync(folder, { recursive: true, force: true });
});

for (const site of SITES) {
  test(`${site}: each message once, in Firefox`, async () => {
    const turns = () => firefox.told().filter((said) => said.kind === 'turn' && said.site === site.replace('www.', ''));
    const page = await firefox.browser.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(`https://${site}/`);
    for (const words of [`first on ${site}`, `second on ${site}`]) {
      await page.click('textarea');
      await page.keyboard.type(words);
      await page.keyboard.press('Enter');
      await until(async () => (await page.title()) === 'idle', 'the end of the answer');
    }
    await until(() => turns().length >= 4, 'four turns');
    assert.deepEqual(
      turns().map(({ by, turn }) => [by, turn.role, turn.text, turn.status]),
      replica.of(site).flatMap(({ prompt, text }) => [['network', 'user', prompt, 'done'], ['network', 'assistant', text, 'done']]),
    );
    assert.deepEqual(await page.evaluate(() => [fetch.name, String(fetch), WebSocket.prototype.constructor === WebSocket]), [
      'fetch',
      'function fetch() {\n    [native code]\n}',
      true,
    ]);
    await page.close();
  });
}
