// Without native messaging: a browser that is paired by a code tells Vigil by this machine's own address.
// What a page, another extension or another program on the port gets of that: nothing.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { SITES } from './replica/browser.js';
import { granted } from './replica/granted.js';
import { Stage, say } from './replica/stage.js';
import { axe } from './rig/axe.js';
import { Home } from './rig/home.js';
import { nothing } from './rig/nothing.js';
import { says, until } from './rig/patience.js';

const home = new Home();
const folder = mkdtempSync(join(tmpdir(), 'vigil-granted-'));
/** @type {Stage} */
let stage;

before(async () => {
  await home.up();
  // No manifest of a native host: as in a browser that may start none.
  stage = await Stage.open({ host: () => {}, folder: granted(join(folder, 'extension')) });
});
after(async () => {
  await stage?.close();
  await home.remove();
  rmSync(folder, { recursive: true, force: true });
});

const sessions = async () => JSON.parse(await home.run('sessions', '--json')).sessions;
/** @param {string} id @returns {Promise<any[]>} */
const events = async (id) =>
  (await home.run('events', '--jsonl', '--session', id)).split('\n').filter(Boolean).map((line) => JSON.parse(line));
/** @param {any[]} all */
const said = (all) => all.filter(({ kind }) => kind === 'prompt' || kind === 'response');
/** @param {string} words */
const titled = (words) => until(async () => (await sessions()).find((/** @type {any} */ one) => one.title?.includes(words)), `the session "${words}"`);
const port = () => Number(new URL(home.ready.dashboard).port);
const refused = async () => {
  const { drops } = JSON.parse(await home.run('status', '--json'));
  return Object.fromEntries(Object.entries(drops).filter(([name]) => name.startsWith('browser.')));
};
const own = async (name = 'options') => {
  const page = await stage.browser.context.newPage();
  await page.goto(`chrome-extension://${stage.browser.id}/popup/${name}.html`);
  return page;
};
const kept = async () => {
  const page = await own();
  const { pairing } = await page.evaluate(() => /** @type {any} */ (globalThis).chrome.storage.local.get('pairing'));
  await page.close();
  return pairing;
};
/** Types a code and waits for what is said of it. @param {string} code @param {RegExp} words */
async function pair(code, words) {
  const page = await own();
  await page.fill('#code', code);
  await page.keyboard.press('Enter');
  await says(page.locator('#paired'), words);
  nothing(await axe(page), `options ${words}`);
  await page.close();
}

test('without a way to Vigil the popup says so, and leads to the page that helps', async () => {
  const popup = await own('popup');
  await says(popup.locator('#state'), /Vigil is not reached/);
  await popup.focus('#pair');
  const opened = stage.browser.context.waitForEvent('page');
  await popup.keyboard.press('Enter');
  await says((await opened).locator('h2'), /The way to Vigil/);
  await (await opened).close();
  await popup.close();
});

test('what is not a code, and a code that is not known, pairs nobody', async () => {
  for (const wrong of ['', 'abc', '0-AAAA-AAAA-AAAA', '99999-AAAA-AAAA-AAAA']) await pair(wrong, /not a code/);
  await pair(`${port()}-AAAA-AAAA-AAAA`, /does not know that code/);
  await pair('1-AAAA-AAAA-AAAA', /does not answer/);
  assert.equal(await kept(), undefined);
});

test('what was said before the pairing waits for it, and arrives once', async () => {
  const page = await stage.visit('claude.ai');
  await say(page, 'said before the pairing');
  const code = (await home.run('route', 'on', 'chromium', '--paired')).trim();
  assert.match(code, new RegExp(`^${port()}(-[A-Z2-9]{4}){3}$`));
  await pair(code, /^Paired with Vigil/);
  const session = await titled('said before the pairing');
  await until(async () => said(await events(session.id)).length >= 2, 'message and answer');
  assert.equal(said(await events(session.id)).length, 2);
  await page.close();
  // A code works once.
  const options = await own();
  const again = await options.evaluate((code) => /** @type {any} */ (globalThis).chrome.runtime.sendMessage({ kind: 'pair', code }), code);
  assert.match(again.why, /does not know that code/);
  await options.close();
});

for (const site of SITES) {
  test(`${site}: a conversation arrives without native messaging`, async () => {
    const page = await stage.visit(site);
    await say(page, `by the other way from ${site}`);
    await say(page, 'and another');
    const session = await titled(`by the other way from ${site}`);
    await until(async () => said(await events(session.id)).length >= 4, 'both messages and answers');
    const all = said(await events(session.id));
    assert.equal(all.length, 4);
    assert.ok(all.every(({ witnesses }) => `${witnesses}` === 'browser'));
    await page.close();
  });
}

test('the popup says that Vigil is told, and health arrives', async () => {
  const popup = await own('popup');
  await says(popup.locator('#state'), /Told to Vigil on this machine/);
  await popup.waitForSelector('#pair', { state: 'hidden' });
  await popup.waitForSelector('#open:not([hidden])');
  await popup.close();
  await until(async () => JSON.parse(await home.run('status', '--json')).browser.some((/** @type {any} */ { site, state }) => site === 'claude.ai' && state === 'ok'), 'health');
});

test('a page cannot tell Vigil anything, with the token or without', async () => {
  const { token } = await kept();
  const before = await refused();
  for (const from of ['https://claude.ai/', 'https://elsewhere.test/']) {
    const page = await stage.browser.context.newPage();
    await page.goto(from);
    const status = await page.evaluate(
      async ([port, token]) => {
        const body = JSON.stringify({ kind: 'turn', n: 1, site: 'claude.ai', at: 1, turn: { conversation: 'forged', id: 'forged', role: 'user', text: 'forged by a page' } });
        const tries = [];
        for (const mode of /** @type {const} */ (['cors', 'no-cors'])) {
          const headers = mode === 'cors' ? { authorization: `Bearer ${token}` } : undefined;
          tries.push(await fetch(`http://127.0.0.1:${port}/api/v1/browser`, { method: 'POST', body, mode, headers }).then((answer) => answer.status, () => 'none'));
        }
        return tries;
      },
      /** @type {[number, string]} */ ([port(), token]),
    );
    assert.ok(status.every((one) => one === 'none' || one === 0), `${status}`);
    await page.close();
  }
  // By a program that says what a page's script of the extension would: the page's origin.
  for (const origin of ['https://claude.ai', 'chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'moz-extension://0a1b2c3d-0000-4000-8000-0123456789ab']) {
    const answer = await fetch(`http://127.0.0.1:${port()}/api/v1/browser`, { method: 'POST', body: '{}', headers: { origin, authorization: `Bearer ${token}` } });
    assert.ok([401, 421].includes(answer.status), `${origin}: ${answer.status}`);
  }
  const after = await refused();
  assert.ok((after['browser.refused_origin'] ?? 0) >= (before['browser.refused_origin'] ?? 0) + 3, JSON.stringify(after));
  assert.ok((await sessions()).every((/** @type {any} */ one) => !one.title?.includes('forged')));
});

test('the token is nowhere in clear with Vigil', async () => {
  const { token } = await kept();
  const file = readFileSync(join(home.vigil, 'state/paired.json'), 'utf8');
  assert.ok(!file.includes(token));
  assert.ok(!(await home.run('events', '--jsonl')).includes(token));
});

/**
 * Somebody else on Vigil's port, who answers all with `status`.
 * @param {number} at @param {number} status
 */
async function squat(at, status) {
  /** @type {string[]} */
  const heard = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (more) => (body += more));
    request.on('end', () => {
      heard.push(`${request.url} ${request.headers.authorization ?? ''} ${body}`);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ schema: 'vigil.greeting/1', word: 'guessed', kind: 'taken', n: 1 }));
    });
  });
  // Meanwhile a connection of another test may have been given that very port.
  await until(async () => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return true;
  }, 'a port to listen on');
  return {
    heard,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
/** Waits for the session, and has the extension try at once instead of after its pause. @param {string} words */
const arrives = (words) =>
  until(async () => {
    const page = await own();
    await page.evaluate(() => /** @type {any} */ (globalThis).chrome.runtime.sendMessage({ kind: 'state' }));
    await page.close();
    return (await sessions()).find((/** @type {any} */ one) => one.title?.includes(words));
  }, `the session "${words}"`);

for (const [status, words, ending] of /** @type {[number, RegExp, NodeJS.Signals][]} */ ([
  [200, /somebody else answers/, 'SIGTERM'],
  [401, /does not know this pairing/, 'SIGTERM'],
  // At once after something was told.
  [200, /somebody else answers/, 'SIGKILL'],
])) {
  test(`while Vigil is away it waits; whoever took its port, and answers ${status} (${ending}), is told nothing and ends nothing`, async () => {
    const [at, pairing] = [port(), await kept()];
    const named = `${status} by ${ending}`;
    const page = await stage.visit('claude.ai');
    await say(page, `before somebody else listens, ${named}`);
    const first = await arrives(`before somebody else listens, ${named}`);
    await until(async () => said(await events(first.id)).length >= 2, 'message and answer');
    await home.down(ending);
    const squatter = await squat(at, status);
    await say(page, `while somebody else listens, ${named}`);
    await until(() => squatter.heard.length > 0, 'a request to whoever listens');
    const options = await own();
    await says(options.locator('#reached'), words);
    await options.close();
    assert.ok(squatter.heard.every((one) => one.startsWith('/api/v1/browser/pair  {"kind":"greet"')), squatter.heard.join('\n'));
    assert.deepEqual(await kept(), pairing);
    await squatter.close();
    await home.up({ port: at });
    await until(async () => (await arrives(named)) && said(await events(first.id)).length >= 4, 'both messages and answers');
    assert.equal(said(await events(first.id)).length, 4);
    await page.close();
  });
}

/** The page says that the pairing is not known, and lets it be paired anew. */
async function forgotten() {
  const page = await own();
  await says(page.locator('#paired'), /does not know this pairing/);
  await page.waitForSelector('#code');
  nothing(await axe(page), 'options with a pairing that is not known');
  await page.close();
}

test('routed off, its token opens nothing, the browser says so, and what is said waits', async () => {
  const off = JSON.parse(await home.run('route', 'off', 'chromium', '--json'));
  assert.equal(off.changes[0].unpaired, 1);
  const page = await stage.visit('claude.ai');
  await say(page, 'after the end of the pairing');
  await forgotten();
  const code = (await home.run('route', 'on', 'chromium', '--paired')).trim();
  await pair(code, /^Paired with Vigil/);
  const session = await arrives('after the end of the pairing');
  await until(async () => said(await events(session.id)).length >= 2, 'message and answer');
  await page.close();
  const options = await own();
  await options.click('#unpair');
  await says(options.locator('#paired'), /ended here/);
  await options.close();
  assert.equal(await kept(), undefined);
});

test('with the agent down a pairing is ended all the same', async () => {
  const at = port();
  await pair((await home.run('route', 'on', 'chromium', '--paired')).trim(), /^Paired with Vigil/);
  const row = async () => JSON.parse(await home.run('route', '--json')).browsers.find((/** @type {any} */ { browser }) => browser === 'chromium');
  assert.deepEqual((await row()).paired.map((/** @type {any} */ one) => one.origin), [`chrome-extension://${stage.browser.id}`]);
  await home.down();
  assert.equal(JSON.parse(await home.run('route', 'off', 'chromium', '--dry-run', '--json')).changes[0].unpaired, 1);
  assert.equal((await row()).paired.length, 1);
  assert.equal(JSON.parse(await home.run('route', 'off', 'chromium', '--json')).changes[0].unpaired, 1);
  assert.equal(await row(), undefined);
  await home.up({ port: at });
  const page = await stage.visit('claude.ai');
  await say(page, 'after it was ended in silence');
  await forgotten();
  assert.ok((await sessions()).every((/** @type {any} */ one) => !one.title?.includes('after it was ended in silence')));
  await page.close();
});

test('with a damaged list what the running agent knows is ended, and without an agent it is an error', async () => {
  await pair((await home.run('route', 'on', 'chromium', '--paired')).trim(), /^Paired with Vigil/);
  const list = join(home.vigil, 'state/paired.json');
  writeFileSync(list, '{"pairings": [{}');
  assert.equal(JSON.parse(await home.run('route', 'off', 'chromium', '--dry-run', '--json')).changes[0].unpaired, 1);
  assert.equal(JSON.parse(await home.run('route', 'off', 'chromium', '--json')).changes[0].unpaired, 1);
  assert.deepEqual(JSON.parse(readFileSync(list, 'utf8')), { pairings: [] });
  await home.down();
  writeFileSync(list, '{"pairings": [{}');
  for (const how of [[], ['--dry-run']]) await assert.rejects(home.run('route', 'off', 'chromium', '--json', ...how), /paired\.json is damaged/);
});
