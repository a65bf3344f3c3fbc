// The vault on the page: until when it keeps what, and how its owner sees a value. The value itself
// never comes there.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';

import { axe } from './rig/axe.js';
import { launch, login, newPage } from './rig/chromium.js';
import { Home } from './rig/home.js';
import { ask, raw } from './rig/http.js';
import { nothing } from './rig/nothing.js';
import { becomes, says } from './rig/patience.js';
import { stripe } from './rig/secrets.js';
import { Session } from './rig/session.js';
import { settle, visit } from './rig/tour.js';

const home = new Home();
const SECRET = stripe(70);
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('./rig/chromium.js').WatchedPage} */
let page;
/** The finding whose value is sealed. */
let id = '';

/** Gives an order as the command line does. @param {string} path @param {object} [body] */
async function order(path, body = {}) {
  const headers = { authorization: `Bearer ${home.bearer()}`, 'content-type': 'application/json' };
  const { status, text } = await raw(`${home.ready.dashboard}/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  assert.equal(status, 200, text);
}

before(async () => {
  browser = await launch();
  await home.up();
  page = await newPage(browser);
  await login(page, home.ready);
});
after(async () => {
  await browser?.close();
  await home.remove();
});

test('while it is off, that is said, and the command that switches it on', async () => {
  await visit(page, home.ready.dashboard, '/capture');

  await says(page.locator('section[aria-labelledby="vault"]'), /Vault off.*kept nowhere.*vigil vault on/s);
});

test('a sealed value is told of by its command and its end, and is not on the page', async () => {
  // Any 32 bytes are a public key; nobody has the other half of this one.
  await order('vault/on', { public: randomBytes(32).toString('hex') });
  new Session(70).prompt(`use ${SECRET} for now`).says('I will.').write(home.projects);
  const { findings } = await becomes(() => ask(home, 'findings'), (said) => said.findings.length > 0, 'nothing was found');
  id = findings[0].id;
  await becomes(async () => (await ask(home, `findings/${id}`)).sealed, (sealed) => sealed?.day, 'it is not sealed');

  await visit(page, home.ready.dashboard, `/findings/${id}`);
  await says(page.locator('[data-part="sealed"]'), new RegExp(`In the vault.*3[01] days.*vigil reveal ${id.slice(0, 12)}`, 's'));
  await settle(page);
  nothing(await axe(page), 'the finding');
  assert.ok(!(await page.content()).includes(SECRET), 'it is on the page');

  await visit(page, home.ready.dashboard, '/capture');
  await says(page.locator('section[aria-labelledby="vault"]'), /Vault on.*1 value of findings is sealed.*Destroyed.*1in 3[01] days/s);
  nothing(await axe(page), 'the vault');
  page.watched.nothingWrong('the vault');
});

test('after it was switched off nothing of it is left', async () => {
  await order('vault/off');
  await visit(page, home.ready.dashboard, `/findings/${id}`);
  await page.locator('[data-part="sealed"]').waitFor({ state: 'detached' });

  assert.equal((await ask(home, `findings/${id}`)).sealed, null);
  await visit(page, home.ready.dashboard, '/capture');
  await says(page.locator('section[aria-labelledby="vault"]'), /Vault off/);
});
