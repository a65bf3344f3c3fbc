// From a page to the record, with all of its parts: extension, native host, agent, store. And what becomes
// of turns while the agent is away.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { SITES } from './replica/browser.js';
import { Stage, say } from './replica/stage.js';
import { Home } from './rig/home.js';
import { pause, says, until } from './rig/patience.js';

/** A made secret. */
const secret = ['ghp', 'aB3dE5gH7jK9mN1pQ3sT5vW7xY9zA1cD2eF4'].join('_');

const home = new Home();
/** @type {Stage} */
let stage;

before(async () => {
  await home.up();
  await home.run('route', 'on', 'chromium', '--yes');
  const manifest = join(home.user, '.config/chromium/NativeMessagingHosts/dev.vigil.browser.json');
  stage = await Stage.open({ host: (there) => copyFileSync(manifest, there) });
});
after(async () => {
  await stage?.close();
  await home.remove();
});

const sessions = async () => JSON.parse(await home.run('sessions', '--json')).sessions;
/** @param {string} id @returns {Promise<any[]>} */
const events = async (id) =>
  (await home.run('events', '--jsonl', '--session', id)).split('\n').filter(Boolean).map((line) => JSON.parse(line));

for (const site of SITES) {
  test(`${site}: a conversation is a session like any other`, async () => {
    const client = { 'www.perplexity.ai': 'perplexity-web' }[site] ?? `${site.match(/claude|chatgpt|gemini|copilot|deepseek/)?.[0]}-web`;
    const page = await stage.visit(site);
    await say(page, `a question for ${site}`);
    await say(page, 'and another');
    const session = await until(async () => (await sessions()).find((/** @type {any} */ one) => one.client === client && one.turns >= 2), `the session of ${client}`);
    await until(async () => (await events(session.id)).filter(({ kind }) => kind === 'response').length >= 2, 'two answers');
    const all = await events(session.id);
    const said = all.filter(({ kind }) => kind === 'prompt' || kind === 'response');
    assert.equal(said.length, 4);
    assert.ok(all.every(({ witnesses }) => `${witnesses}` === 'browser'));
    assert.equal(session.model, site === 'copilot.microsoft.com' ? 'chat' : 'test-model-1');
    await page.close();
  });
}

test('a pasted secret is a finding before it is sent, and nowhere in clear', async () => {
  const page = await stage.visit('claude.ai');
  await page.click('textarea');
  await page.evaluate((text) => {
    const box = /** @type {HTMLTextAreaElement} */ (document.querySelector('textarea'));
    box.value = text;
    box.select();
    document.execCommand('copy');
    box.value = '';
  }, `the token is ${secret}`);
  await page.keyboard.press('Control+V');
  await until(async () => JSON.parse(await home.run('findings', '--json')).findings.length > 0, 'the finding');
  const found = await home.run('findings', '--json');
  assert.ok(!found.includes(secret));
  assert.match(found, /github/);
  await page.close();
});

test('what is said while the agent is away arrives when it is back, once', async () => {
  const port = Number(new URL(home.ready.dashboard).port);
  await home.down();
  const page = await stage.visit('claude.ai');
  await say(page, 'while nobody listens');
  await pause(2000);
  await home.up({ port });
  const session = await until(
    async () => (await sessions()).find((/** @type {any} */ one) => one.title?.includes('while nobody listens')),
    'the session of what waited',
  );
  await until(async () => (await events(session.id)).filter(({ kind }) => kind === 'response').length === 1, 'its answer');
  await pause(1000);
  const said = (await events(session.id)).filter(({ kind }) => kind === 'prompt' || kind === 'response');
  assert.equal(said.length, 2);
  await page.close();
});

test('a stranger and a frame that is too large are refused', async () => {
  const script = join(home.vigil, 'state/native-host');
  assert.equal(statSync(script).mode & 0o777, 0o700);
  const frame = (/** @type {string} */ text) => {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(Buffer.byteLength(text));
    return Buffer.concat([head, Buffer.from(text)]);
  };
  const host = (/** @type {string} */ origin) => spawn(script, [origin], { env: home.environment, stdio: ['pipe', 'pipe', 'pipe'] });
  const stranger = host('chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/');
  const [code] = await once(stranger, 'close');
  assert.equal(code, 4);
  const { allowed_origins: [origin] } = JSON.parse(readFileSync(join(home.user, '.config/chromium/NativeMessagingHosts/dev.vigil.browser.json'), 'utf8'));
  const ours = host(origin);
  ours.stdin.write(frame(`{"n":7,"kind":"turn","text":"${'x'.repeat(5 * 1024 * 1024)}"}`));
  ours.stdin.end(frame('{"n":8,"kind":"something"}'));
  let out = Buffer.alloc(0);
  ours.stdout.on('data', (more) => (out = Buffer.concat([out, more])));
  await once(ours, 'close');
  assert.match(out.toString(), /"refused","n":7,.*larger than 4 MiB[^]*"refused","n":8,.*not understood/);
});

test('off again, the browser has nothing of Vigil, and one that runs tells nothing more', async () => {
  await home.run('route', 'off', 'chromium');
  assert.throws(() => statSync(join(home.user, '.config')), /ENOENT/);
  assert.throws(() => statSync(join(home.vigil, 'state/native-host')), /ENOENT/);
  const page = await stage.visit('claude.ai');
  await say(page, 'after it was routed off');
  const popup = await stage.browser.context.newPage();
  await popup.goto(`chrome-extension://${stage.browser.id}/popup/popup.html`);
  await says(popup.locator('#state'), /Vigil is not reached/);
  assert.ok((await sessions()).every((/** @type {any} */ one) => !one.title?.includes('after it was routed off')));
  await popup.close();
  await page.close();
});
