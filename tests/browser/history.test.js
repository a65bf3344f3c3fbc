// Histories as real browsers write them, while they run: each visit to a conversation once, and nothing of
// other sites anywhere in what Vigil keeps.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';

import { SITES, certificate } from './replica/browser.js';
import { Replica } from './replica/server.js';
import { PLACES, START, leading } from './rig/firefox.js';
import { Home } from './rig/home.js';
import { PATIENCE, pause, until } from './rig/patience.js';

const CHROMIUM = [process.env.VIGIL_TEST_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'];
/** How many times the agent is started until a browser has written down what was visited. */
const STARTS = 40;

/** Words of addresses and pages that must be nowhere. */
const UNKNOWN = ['elsewhere.test', 'needle-in-a-path', 'needle-in-a-query', 'needle-in-a-fragment', 'replica'];

/** @param {number} n */
const uuid = (n) => `0a1b2c3d-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Its configuration asks for histories, or does not. */
class Browsing extends Home {
  asks = false;

  get environment() {
    return { ...super.environment, ...(this.asks ? { VIGIL_CAPTURE_BROWSER_HISTORY: 'true' } : {}) };
  }
}

const home = new Browsing();
const folder = mkdtempSync(join(tmpdir(), 'vigil-history-'));
/** @type {Replica} */
let replica;
/** @type {number} */
let port;
/** What is to be closed, the last first. @type {(() => unknown)[]} */
const open = [];

before(async () => {
  replica = new Replica(certificate(folder));
  port = await replica.listen();
  open.push(() => replica.close());
});
after(async () => {
  await home.down();
  for (const close of open.reverse()) await close();
  await home.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** @returns {Promise<any>} */
const status = async () => JSON.parse(await home.run('status', '--json'));
/** The visits on record, by conversation. @returns {Promise<any[]>} */
const visits = async () =>
  (await home.run('events', '--jsonl')).split('\n').filter(Boolean).map((line) => JSON.parse(line)).filter((event) => event.kind === 'browser_message');
/** @returns {Promise<any[]>} */
const sessions = async () => JSON.parse(await home.run('sessions', '--json')).sessions;

/** Kills and starts the agent until `n` visits are on record, and then twice more. @param {number} n */
async function becomes(n) {
  for (let left = STARTS; (await visits()).length < n; left -= 1) {
    assert.ok(left > 0, `not ${n} visits on record, but ${(await visits()).length}`);
    await home.down('SIGKILL');
    await pause(1500);
    await home.up();
    // It looks as soon as it runs; what it sees is on record when a copy has come and gone.
    await pause(1500);
  }
  await home.down('SIGKILL');
  await home.up();
  await pause(1500);
  await home.down();
  await home.up();
  assert.equal((await visits()).length, n);
}

/** What `look` sees, or `nothing`: the agent may take a file or folder away at any moment. @template T @param {() => T} look @param {T} nothing @returns {T} */
function unlessGone(look, nothing) {
  try {
    return look();
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
    return nothing;
  }
}

/** Every file below `folder`. @param {string} folder @returns {string[]} */
const files = (folder) =>
  unlessGone(() => readdirSync(folder, { withFileTypes: true }), []).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return files(path);
    return entry.isFile() ? [path] : [];
  });

/** The agent may be at work: a copy comes and goes, and what stays has nothing of other sites. */
async function nothingElse() {
  const copy = join(home.vigil, 'state/browser-history/now');
  await until(() => !existsSync(copy), 'the copy to be gone');
  for (const file of files(home.vigil).filter((file) => !file.startsWith(copy))) {
    const bytes = unlessGone(() => readFileSync(file), Buffer.alloc(0));
    for (const word of UNKNOWN) assert.ok(!bytes.includes(word), `${word} is in ${file}`);
  }
}

test('off, as it is at first, nothing is looked for', async () => {
  const profile = join(home.user, '.config/chromium/Broken');
  mkdirSync(profile, { recursive: true });
  symlinkSync('/dev/zero', join(profile, 'History'));
  const left = join(home.vigil, 'state/browser-history/now');
  mkdirSync(left, { recursive: true, mode: 0o700 });
  writeFileSync(join(left, 'copy'), 'what a killed agent left');

  await home.up();
  // As long as the next test waits for what it finds there.
  await pause(1500);

  const { drops } = await status();
  assert.deepEqual(Object.keys(drops).filter((name) => name.includes('history')), []);
  // It goes a moment after the agent says that it is up.
  await until(() => !existsSync(join(home.vigil, 'state/browser-history')), 'what a killed agent left to be gone');
  await home.down();
});

test('on, what cannot be read is a gap', async () => {
  home.asks = true;
  await home.up();
  for (let left = STARTS; ; left -= 1) {
    const { drops } = await status();
    if (drops['gap.browser-history-unreadable'] === 1) break;
    assert.ok(left > 0, `no gap: ${JSON.stringify(drops)}`);
    await pause(500);
  }
  rmSync(join(home.user, '.config/chromium/Broken'), { recursive: true });
});

test('Chromium, while it runs: each visit to a conversation once', async () => {
  const executablePath = CHROMIUM.find((place) => place !== undefined && existsSync(place));
  assert.ok(executablePath, 'no Chromium; set VIGIL_TEST_CHROMIUM');
  const context = await chromium.launchPersistentContext(join(home.user, '.config/chromium'), {
    executablePath,
    headless: true,
    timeout: START,
    ignoreHTTPSErrors: true,
    env: { HOME: home.user, PATH: process.env.PATH ?? '' },
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
      `--host-resolver-rules=${[...SITES, 'elsewhere.test'].map((name) => `MAP ${name}:443 127.0.0.1:${port}`).join(',')}`,
    ],
  });
  open.push(() => context.close());
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  for (const address of [
    `claude.ai/chat/${uuid(1)}?needle-in-a-query#needle-in-a-fragment`,
    'elsewhere.test/chat/needle-in-a-path',
    `chatgpt.com/c/${uuid(2)}`,
    'claude.ai/settings/needle-in-a-path',
    `chat.deepseek.com/a/chat/s/${uuid(3)}`,
    'www.perplexity.ai/search/needle-in-a-path-aB3dE5',
    `claude.ai/chat/${uuid(1)}`,
  ]) await page.goto(`https://${address}`);

  await becomes(5);

  const known = await sessions();
  assert.deepEqual(known.map(({ client }) => client).sort(), ['chatgpt-web', 'claude-web', 'deepseek-web', 'perplexity-web']);
  const { surfaces, drops } = await status();
  const claude = surfaces.find((/** @type {any} */ one) => one.client === 'claude-web');
  assert.equal(claude.witnesses.history.count, 2);
  assert.equal(claude.verdict, 'nothing', 'nothing of what was said was seen');
  assert.match(await home.run('status'), /history +2 events.*addresses and times only/);
  assert.equal(drops['gap.browser-history-damaged'], undefined);
  await nothingElse();
  // The browser is as well as before: what is visited now comes too.
  await page.goto(`https://gemini.google.com/app/0a1b2c3d4e5f`);
  await becomes(6);
});

test('Firefox, while it runs and has not put it into its database yet', async () => {
  const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));
  assert.ok(executablePath, 'no Firefox; set VIGIL_TEST_FIREFOX');
  const proxy = await leading(port);
  open.push(() => proxy.close());
  const profile = join(home.user, '.mozilla/firefox/x.default');
  mkdirSync(profile, { recursive: true });
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    acceptInsecureCerts: true,
    userDataDir: profile,
    timeout: START,
    protocolTimeout: START,
    env: { PATH: process.env.PATH, HOME: home.user },
    extraPrefsFirefox: proxy.preferences,
  });
  open.push(() => browser.close());
  const page = await browser.newPage();
  page.setDefaultNavigationTimeout(PATIENCE);
  await page.goto(`https://claude.ai/chat/${uuid(7)}`);
  await page.goto('https://elsewhere.test/chat/needle-in-a-path');
  await page.goto(`https://copilot.microsoft.com/chats/aB3dE5_x?needle-in-a-query`);

  await becomes(8);

  assert.ok(statSync(join(profile, 'places.sqlite-wal')).size > 0, 'its log holds what is new');
  const seen = await visits();
  assert.deepEqual(seen.filter(({ client }) => client === 'copilot-web').map(({ session }) => session), ['aB3dE5_x']);
  assert.equal(seen.filter(({ session }) => session === uuid(7)).length, 1);
  assert.ok(seen.every(({ witnesses }) => `${witnesses}` === 'history'));
  await nothingElse();
});
