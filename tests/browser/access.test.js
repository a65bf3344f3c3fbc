// Who gets in, and who does not: sent byte by byte, as no browser would.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Home } from './rig/home.js';
import { raw } from './rig/http.js';
import { both, follow, newLink } from './rig/visitor.js';

const home = new Home();
/** @type {string} */
let origin;
/** @type {import('./rig/visitor.js').Pass} */
let pass;

before(async () => {
  const ready = await home.up();
  origin = ready.dashboard;
  pass = await follow(ready.login_url);
});
after(() => home.remove());

/** The status of an answer. @param {string} path @param {import('node:http').OutgoingHttpHeaders} headers @param {string} method */
async function answer(path, headers, method = 'GET') {
  return (await raw(`${origin}${path}`, { method, headers })).status;
}

const STATUS = '/api/v1/status';
const QUESTIONS = [
  'status',
  'facets',
  'sessions',
  'sessions/00000000000000000000000000000000',
  'excerpts?seq=1',
  'events',
  'events/1',
  'findings',
  'findings/00000000000000000000000000000000',
  'installs',
  'vault',
  'intel',
  'timeline',
  'timeline/density',
  'analytics',
  'system',
  'digest',
  'usage',
  'search?q=a',
  'stream',
];
const ORDERS = ['findings/triage', 'vault/on', 'vault/reveal', 'pause', 'resume', 'down', 'login-link'];

test('both halves together open the door', async () => {
  assert.equal(await answer(STATUS, both(pass)), 200);
});

test('nothing is answered without a pass', async () => {
  for (const path of QUESTIONS) assert.equal(await answer(`/api/v1/${path}`, {}), 401, path);
  for (const path of ORDERS) assert.equal(await answer(`/api/v1/${path}`, {}, 'POST'), 401, path);
});

test('the cookie alone is not enough', async () => {
  assert.equal(await answer(STATUS, { cookie: pass.cookie }), 401);
});

test('the key alone is not enough', async () => {
  assert.equal(await answer(STATUS, { 'x-vigil-key': pass.key }), 401);
});

test("another browser's key does not fit the cookie", async () => {
  const other = await follow(await newLink(home));

  assert.equal(await answer(STATUS, both(other)), 200);
  assert.equal(await answer(STATUS, both({ cookie: pass.cookie, key: other.key })), 401);
});

test('a link works once', async () => {
  const link = await newLink(home);
  await follow(link);

  const again = await raw(link);

  assert.equal(again.status, 403);
  assert.equal(again.headers['set-cookie'], undefined);
  assert.match(again.text, /vigil open/);
});

test('looking at a link does not use it up', async () => {
  const link = await newLink(home);

  await raw(link, { method: 'HEAD' });

  assert.equal((await follow(link)).key.length, 64);
});

test('a link that another page sends the browser to as an image is not used up', async () => {
  const link = await newLink(home);
  const headers = {
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'no-cors',
    'sec-fetch-dest': 'image',
  };

  assert.equal((await raw(link, { headers })).status, 421);
  assert.equal((await follow(link)).key.length, 64);
});

test('a foreign host is turned away', async () => {
  const { port } = new URL(origin);
  const hosts = ['evil.test', `evil.test:${port}`, `localhost.evil.test:${port}`, 'localhost', `[::1]:${port}`];
  for (const host of hosts) {
    for (const path of [STATUS, '/', '/app.js', '/login?once=x']) {
      assert.equal(await answer(path, { host, ...both(pass) }), 421, `${host} ${path}`);
    }
  }
});

test('a foreign origin is turned away', async () => {
  const { port } = new URL(origin);
  const other = Number(port) === 65535 ? 1024 : Number(port) + 1;
  const origins = ['null', 'http://evil.test', `http://localhost:${other}`, `https://localhost:${port}`];
  for (const foreign of origins) {
    assert.equal(await answer(STATUS, { origin: foreign, ...both(pass) }), 421, foreign);
    assert.equal(await answer('/api/v1/pause', { origin: foreign, ...both(pass) }, 'POST'), 421, foreign);
  }
});

test('what another page makes the browser send is turned away', async () => {
  for (const site of ['cross-site', 'same-site']) {
    const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': 'cors', ...both(pass) };
    assert.equal(await answer(STATUS, headers), 421, site);
    assert.equal(await answer('/api/v1/pause', headers, 'POST'), 421, site);
  }
});

test('what our own page sends is answered', async () => {
  const headers = { origin, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', ...both(pass) };

  assert.equal(await answer(STATUS, headers), 200);
});

test('a program comes in with the token, and only with the right one', async () => {
  const token = home.bearer();

  assert.equal(await answer(STATUS, { authorization: `Bearer ${token}` }), 200);
  assert.equal(await answer(STATUS, { authorization: `Bearer ${token.slice(1)}0` }), 401);
  assert.equal(await answer(STATUS, { authorization: token }), 401);
});

test('a browser can neither end Vigil nor let others in', async () => {
  assert.equal(await answer('/api/v1/down', both(pass), 'POST'), 401);
  assert.equal(await answer('/api/v1/login-link', both(pass), 'POST'), 401);
});

test('the cookie is out of reach of scripts and of other sites', async () => {
  const { headers } = await raw(await newLink(home));

  const [cookie] = headers['set-cookie'] ?? [];
  assert.match(cookie ?? '', /; HttpOnly/);
  assert.match(cookie ?? '', /; SameSite=Strict/);
});

test('every answer carries the policy', async () => {
  for (const path of ['/', '/sessions/x', '/app.js', '/login?once=x', STATUS, '/nothing-here']) {
    const { headers } = await raw(`${origin}${path}`);
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /^default-src 'none'; script-src 'self';/, path);
    assert.match(policy, /trusted-types 'none'/, path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.equal(headers['access-control-allow-origin'], undefined, path);
  }
});

test('no path leads out of the folder of the page', async () => {
  const paths = ['/../Cargo.toml', '/%2e%2e/Cargo.toml', '/..%2fCargo.toml', '//etc/passwd', '/vendor/README.md', '/tsconfig.json', '/types/api.d.ts'];
  for (const path of paths) {
    const { status, text } = await raw({ ...urlParts(origin), path });
    assert.notEqual(status, 200, `${path}: ${text.slice(0, 80)}`);
  }
});

/** Without the tidying that URL does. @param {string} url */
function urlParts(url) {
  const { hostname, port } = new URL(url);
  return { hostname, port };
}
