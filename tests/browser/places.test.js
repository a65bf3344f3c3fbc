// Everything that is looked at has an address: it leads there from anywhere, and after a reload.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, login, newPage } from './rig/chromium.js';
import { Home } from './rig/home.js';
import { ask } from './rig/http.js';
import { writeNight } from './rig/night.js';
import { becomes, counts, says } from './rig/patience.js';
import { awsKey } from './rig/secrets.js';
import { Session } from './rig/session.js';
import { settle, visit } from './rig/tour.js';
import { newLink } from './rig/visitor.js';

const home = new Home();
/** @type {import('playwright-core').Browser} */
let browser;

before(async () => {
  writeNight(home.projects);
  const far = `${'a line that says nothing\n'.repeat(20_000)}${awsKey(80)} at the very end`;
  new Session(50).title('A long result').prompt('Read it all').tool('Bash', { command: 'cat all' }, far).write(home.projects);
  await home.ingest();
  await home.up();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await home.remove();
});

async function open() {
  const page = await newPage(browser);
  return login(page, { ...home.ready, login_url: await newLink(home) });
}

/** The mark that is pointed at, when it is really on the screen. @param {import('./rig/chromium.js').WatchedPage} page */
async function markOnScreen(page) {
  const mark = page.locator('mark.is-focus').first();
  await mark.waitFor();
  await settle(page);
  const size = page.viewportSize();
  const inside = (/** @type {Awaited<ReturnType<typeof mark.boundingBox>>} */ box) =>
    box && size && box.y >= 0 && box.y + box.height <= size.height && box.x >= 0 && box.x < size.width;
  await becomes(() => mark.boundingBox(), inside, 'the mark is not on the screen');
  return mark;
}

/** @param {(finding: { title: string | null }) => boolean} which */
async function findingWhere(which) {
  /** @type {{ findings: { id: string, title: string | null }[] }} */
  const { findings } = await ask(home, 'findings?limit=100');
  const found = findings.find(which);
  if (found === undefined) throw new Error('there is no such finding');
  return found;
}

test('a finding leads to its exact place, and so does the address of that place', async () => {
  const page = await open();
  const { id } = await findingWhere(({ title }) => title?.startsWith('List the old') === true);
  await visit(page, home.ready.dashboard, `/findings/${id}`);

  await page.locator('main a[href^="/sessions/"]:visible').first().click();

  await page.waitForURL((url) => url.pathname.startsWith('/sessions/'));
  const words = await says(await markOnScreen(page), /./);
  const later = await open();
  await later.goto(page.url());
  const same = async () => (await markOnScreen(later)).textContent();
  await becomes(same, (there) => there === words, `the mark does not say ${words}`);
  assert.ok(!(await later.content()).includes('[[vigil:'), 'raw brackets');
});

test('also when it stands at the end of a long text', async () => {
  const page = await open();
  const { id } = await findingWhere(({ title }) => title === 'A long result');
  await visit(page, home.ready.dashboard, `/findings/${id}`);

  await page.locator('main a[href^="/sessions/"]:visible').first().click();

  await page.waitForURL((url) => url.pathname.startsWith('/sessions/'));
  await markOnScreen(page);
});

test('a search is in the address, and the way back leads out of it', async () => {
  const page = await open();
  await visit(page, home.ready.dashboard, '/?q=overnight');
  const rows = page.locator('main [data-i] a[href^="/sessions/"]');

  await counts(rows, 1);
  await page.reload();
  await counts(rows, 1);

  await rows.first().click();
  await page.waitForURL((url) => url.pathname.startsWith('/sessions/'));
  await page.goBack();
  await page.waitForURL((url) => url.search === '?q=overnight');
  await counts(rows, 1);
});

test('an address of nothing says so, and how to go on', async () => {
  const page = await open();
  page.watched.expected.push(/the server responded with a status of 404/);
  for (const path of ['/sessions/ffffffffffffffffffffffffffffffff', '/findings/ffffffffffffffffffffffffffffffff']) {
    await visit(page, home.ready.dashboard, path);
    await page.locator('main a[href]:visible, main button:visible').first().waitFor();
    page.watched.nothingWrong(path);
  }
});
