// A Firefox that is paired by a code: its extension's origin is another in each profile, and becomes known by
// the code alone.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { certificate } from './replica/browser.js';
import { launch } from './replica/firefox.js';
import { Replica } from './replica/server.js';
import { Home } from './rig/home.js';
import { PATIENCE, until } from './rig/patience.js';

const folder = mkdtempSync(join(tmpdir(), 'vigil-replica-'));
const home = new Home();
/** Gives a fresh code to the extension that is changed for this test, as a person would type it. */
const codes = createServer((request, response) => {
  home.run('route', 'on', 'firefox', '--paired').then(
    (code) => response.writeHead(200, { 'access-control-allow-origin': '*' }).end(code.trim()),
    (error) => response.writeHead(500).end(`${error}`),
  );
});
/** @type {Replica} */
let replica;
/** @type {Awaited<ReturnType<typeof launch>>} */
let firefox;

before(async () => {
  await home.up();
  codes.listen(0, '127.0.0.1');
  await once(codes, 'listening');
  replica = new Replica(certificate(folder));
  const { port } = /** @type {import('node:net').AddressInfo} */ (codes.address());
  firefox = await launch(await replica.listen(), { pairs: port });
});
after(async () => {
  await firefox?.close();
  replica?.close();
  codes.close();
  codes.closeAllConnections();
  await home.remove();
  rmSync(folder, { recursive: true, force: true });
});

const sessions = async () => JSON.parse(await home.run('sessions', '--json')).sessions;
/** @param {string} id @returns {Promise<any[]>} */
const said = async (id) =>
  (await home.run('events', '--jsonl', '--session', id))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .filter(({ kind }) => kind === 'prompt' || kind === 'response');

test('a conversation arrives from a paired Firefox, from its own origin', async () => {
  const file = () => {
    try {
      return JSON.parse(readFileSync(join(home.vigil, 'state/paired.json'), 'utf8'));
    } catch {
      return undefined;
    }
  };
  const { pairings } = await until(file, 'a pairing');
  assert.equal(pairings.length, 1);
  assert.match(pairings[0].origin, /^moz-extension:\/\/[0-9a-f-]{36}$/);
  assert.equal(pairings[0].browser, 'firefox');
  const page = await firefox.browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.goto('https://claude.ai/');
  for (const words of ['from a paired Firefox', 'and once more']) {
    await page.click('textarea');
    await page.keyboard.type(words);
    await page.keyboard.press('Enter');
    await until(async () => (await page.title()) === 'idle', 'the end of the answer');
  }
  const session = await until(async () => (await sessions()).find((/** @type {any} */ one) => one.title?.includes('from a paired Firefox')), 'the session');
  await until(async () => (await said(session.id)).length >= 4, 'both messages and answers');
  assert.equal((await said(session.id)).length, 4);
  assert.deepEqual(firefox.told(), [], 'nothing by a native host');
  await page.close();
});
