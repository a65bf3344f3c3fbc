// Stored cross-site scripting: what agents write is text on every view, whatever it says.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, login, newPage } from './rig/chromium.js';
import { Home } from './rig/home.js';
import { machineHostile, tellHostile, writeDeleted, writeHostile, writeHostileOthers } from './rig/hostile.js';
import { ask } from './rig/http.js';
import { nothing } from './rig/nothing.js';
import { OTHERS } from './rig/others.js';
import { becomes } from './rig/patience.js';
import { scrollThrough, settle, views, visit } from './rig/tour.js';

const home = new Home();
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('./rig/chromium.js').WatchedPage} */
let page;
/** @type {string} */
let origin;
/** Ends what runs as an agent. */
let end = () => {};

before(async () => {
  writeHostile(home.projects);
  writeHostileOthers(home.user);
  const remove = writeDeleted(home.projects);
  await home.ingest();
  await machineHostile(home);
  remove();
  browser = await launch();
  const ready = await home.up();
  origin = ready.dashboard;
  end = await tellHostile(home);
  await becomes(async () => (await ask(home, 'sessions?deleted=true')).total, (total) => total === 1, 'it is not known to be deleted');
  await becomes(async () => JSON.stringify((await ask(home, 'system')).processes), (said) => said.includes('hostile-argument'), 'the process was not seen');
  await becomes(async () => (await ask(home, 'events?kind=model_call')).events, (events) => events.some(isTold), 'the telemetry was not recorded');
  page = await newPage(browser);
  await login(page, ready);
});
after(async () => {
  end();
  await browser?.close();
  await home.remove();
});

/** @param {{ name: string | null }} event */
const isTold = ({ name }) => name?.startsWith('hostile-telemetry') === true;

/** What on the page is more than text, or text that deceives. */
function more() {
  /** @type {string[]} */
  const found = [];
  /** What a browser shows of attributes; other values are for machines. */
  const shown = ['alt', 'aria-description', 'aria-label', 'label', 'placeholder', 'title'];
  const foreign = ['base', 'embed', 'form', 'frame', 'iframe', 'img', 'marquee', 'object', 'portal'];
  for (const element of document.querySelectorAll('*')) {
    const shell = /** @type {Element} */ (element.cloneNode(false));
    /** @param {string} why */
    const say = (why) => found.push(`${why}: ${shell.outerHTML.slice(0, 200)}`);
    const isScript = element instanceof HTMLScriptElement;
    if (foreign.includes(element.localName)) say('an element of the content');
    if (isScript && !element.src.startsWith(location.origin)) say('a script');
    if (element.matches('meta[http-equiv]')) say('an order');
    for (const { name, value } of element.attributes) {
      if (name.startsWith('on')) say(`a handler ${name}`);
      if (/^\s*javascript:/i.test(value)) say(`a script as ${name}`);
      const isLink = name === 'href' || name === 'src' || name === 'action';
      if (isLink && new URL(value, location.href).origin !== location.origin) say(`a link ${name}`);
      const turns = /[\u202A-\u202E\u2066-\u2069]/.test(value);
      if (turns && shown.includes(name)) say(`turned letters in ${name}`);
    }
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.nodeValue ?? '';
    const at = text.search(/[\u202A-\u202E\u2066-\u2069\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/);
    if (at >= 0) {
      const code = text.charCodeAt(at).toString(16);
      found.push(`raw U+${code} in <${texts.currentNode.parentElement?.className}>: ${text.slice(Math.max(0, at - 20), at)}`);
    }
  }
  if (/[\u202A-\u202E\u2066-\u2069]/.test(document.title)) found.push('turned letters in the title');
  // @ts-expect-error what the content would set
  if (window.vigilTestRan !== undefined) found.push('the content ran');
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} wide instead of ${clientWidth}`);
  return [...new Set(found)].slice(0, 20);
}

/** Fails unless all that is shown is text; adds what was read to `seen`. @param {string} where @param {Set<string>} seen */
async function isText(where, seen = new Set()) {
  nothing(await page.evaluate(more), where);
  page.watched.nothingWrong(where);
  const names = await page.evaluate(() =>
    [...(document.body.textContent ?? '').matchAll(/hostile-[a-z]+/g)].map(([name]) => name),
  );
  for (const name of names) seen.add(name);
  return seen;
}

test('on every view', async (t) => {
  for (const { name, path } of await views(home)) {
    await t.test(name, async () => {
      await visit(page, origin, path);
      const seen = await isText(name);
      await scrollThrough(page, async () => void (await isText(name, seen)));
      await open(name, seen);
    });
  }
});

/** Opens what can be opened. @param {string} where @param {Set<string>} seen */
async function open(where, seen) {
  for (let left = 40; left > 0; left -= 1) {
    const closed = page.locator('main [aria-expanded="false"]:visible, main details:not([open]) > summary:visible').first();
    if ((await closed.count()) === 0) break;
    await closed.click();
    await settle(page);
    await isText(`${where}, opened`, seen);
  }
}

/** The session whose every field is hostile. */
async function theSession() {
  /** @type {{ sessions: { id: string, key: string, title: string | null }[] }} */
  const { sessions } = await ask(home, 'sessions');
  const session = sessions.find(({ title }) => title?.startsWith('hostile-title'));
  if (session === undefined) throw new Error('the session is not in the list');
  return session;
}

test('every text of a session is there, as text', async () => {
  await visit(page, origin, `/sessions/${(await theSession()).key}`);

  const seen = new Set();
  await scrollThrough(page, async () => void (await isText('session', seen)));

  for (const name of ['title', 'prompt', 'answer', 'thinking', 'command', 'wide', 'end']) {
    assert.ok(seen.has(`hostile-${name}`), `${name} is not shown; there are: ${[...seen].join(' ')}`);
  }
});

test('every other client, what it deleted and what its telemetry told are text as well', async (t) => {
  /** @type {{ sessions: { id: string, key: string, client: string, deleted: string | null }[] }} */
  const { sessions } = await ask(home, 'sessions?limit=100');
  const others = sessions.filter(({ id, client, deleted }) => client !== 'claude-code' || deleted !== null || id.startsWith('hostile-told'));
  assert.equal(others.length, OTHERS.length + 2, JSON.stringify(sessions));
  for (const { key, client, deleted } of others) {
    const name = deleted === null ? client : `${client}, deleted`;
    await t.test(name, async () => {
      await visit(page, origin, `/sessions/${key}`);
      const seen = new Set();
      await scrollThrough(page, async () => void (await isText(name, seen)));
      await open(name, seen);
      assert.ok(seen.size > 0, `nothing of ${name} is shown`);
    });
  }
});

test('the words of processes, of their folders and of connections are text', async () => {
  await visit(page, origin, '/system');
  const seen = new Set();
  await scrollThrough(page, async () => void (await isText('system', seen)));
  await open('system', seen);
  for (const name of ['process', 'kernel']) assert.ok(seen.has(`hostile-${name}`), [...seen].join(' '));

  const [{ processes }, { events: flows }] = [await ask(home, 'system'), await ask(home, 'events?kind=connection&limit=4')];
  assert.ok(processes.rows.length > 1 && flows.length > 0);
  for (const { seq } of [...processes.rows, ...flows]) {
    await visit(page, origin, `/timeline?event=${seq}`);
    await page.waitForSelector('dialog[open]');
    await isText(`process ${seq}`, seen);
  }
  assert.ok(seen.has('hostile-workdir'), [...seen].join(' '));
});

test('names of packages, their versions and addresses are text, in the list and one by one', async () => {
  const { installs } = await ask(home, 'installs');
  assert.ok(installs.length > 1, JSON.stringify(installs));
  const seen = new Set();
  for (const { event, place } of installs) {
    await visit(page, origin, `/installs/${event}.${place}`);
    await isText(`install ${event}.${place}`, seen);
  }
  assert.ok(seen.has('hostile-package'), [...seen].join(' '));
});

test('every figure of the analytics, and every choice of a filter', async () => {
  const seen = new Set();
  for (const by of ['model', 'client', 'project']) {
    await visit(page, origin, `/analytics?by=${by}&range=all`);
    await scrollThrough(page, async () => void (await isText(by, seen)));
    await open(by, seen);
  }
  for (const name of ['model', 'project', 'telemetry']) {
    assert.ok(seen.has(`hostile-${name}`), `${name}: ${[...seen].join(' ')}`);
  }
});

test('on every event that is looked at by itself', async () => {
  const session = await theSession();
  const { events } = await ask(home, `events?session=${encodeURIComponent(session.id)}`);
  assert.ok(events.length > 20, `only ${events.length} events`);

  for (const { id, kind } of events) {
    await visit(page, origin, `/sessions/${session.key}?event=${id}`);
    await isText(`${kind} ${id}`);
  }
});

test('hostile words in the address are text as well', async () => {
  const word = encodeURIComponent('"><img src=x onerror=alert(1)>\u202E');
  const places = [
    `/?q=${word}&client=${word}&project=${word}&model=${word}&from=${word}`,
    `/findings?severity=${word}&rule=${word}&state=${word}&q=${word}`,
    `/timeline?q=${word}&kind=${word}&from=${word}&to=${word}`,
    `/analytics?by=${word}&from=${word}`,
    `/live?kind=${word}&client=${word}`,
    `/sessions/${word}?event=${word}&at=${word}`,
    `/findings/${word}`,
    `/installs?severity=${word}&package=${word}&ecosystem=${word}&client=${word}&outcome=${word}&q=${word}`,
    `/installs/${word}`,
    `/installs/${word}.0`,
  ];
  // A question that cannot be answered is an error of the question, not of the page.
  page.watched.expected.push(/the server responded with a status of 4\d\d/);
  for (const place of places) {
    await visit(page, origin, place);
    await isText(place);
  }
});

test('what would be more than text is found', async () => {
  await visit(page, origin, '/');
  await page.evaluate(() => {
    const image = document.createElement('img');
    const link = document.createElement('a');
    link.href = 'http://evil.test/\u202E';
    document.querySelector('main')?.append(image, link, 'turned \u202E');
  });

  const found = await page.evaluate(more);

  for (const what of ['an element', 'a link', 'raw U+202e']) {
    assert.ok(found.some((line) => line.startsWith(what)), `${what}: ${found.join('\n')}`);
  }
});
