// One finding: the way of its value, and suppressing it with a reason, for a time, and back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { axe } from './rig/axe.js';
import { launch, login, newPage } from './rig/chromium.js';
import { Home } from './rig/home.js';
import { ask } from './rig/http.js';
import { writeNight } from './rig/night.js';
import { nothing } from './rig/nothing.js';
import { becomes, says } from './rig/patience.js';
import { settle, visit } from './rig/tour.js';

const home = new Home();
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('./rig/chromium.js').WatchedPage} */
let page;
/** The finding that is looked at. */
let id = '';

before(async () => {
  writeNight(home.projects);
  await home.ingest();
  browser = await launch();
  await home.up();
  /** @type {{ findings: { id: string, rule: string }[] }} */
  const { findings } = await ask(home, 'findings?limit=100');
  id = findings.find(({ rule }) => rule === 'stripe_live')?.id ?? '';
  assert.notEqual(id, '', JSON.stringify(findings.map(({ rule }) => rule)));
  page = await newPage(browser);
  await login(page, home.ready);
});
after(async () => {
  await browser?.close();
  await home.remove();
});

const state = async () => (await ask(home, `findings/${id}`)).finding.state;

test('it says where its value came in, whom it went to, and what was only inferred', async () => {
  await visit(page, home.ready.dashboard, `/findings/${id}`);

  await says(page.locator('[data-part="way"]'), /Came in.*exec_command.*Went to.*openai.*inferred.*likely left this machine/s);
  page.watched.nothingWrong('its way');
});

test('it is suppressed for a reason, and taken back', async () => {
  await visit(page, home.ready.dashboard, `/findings/${id}`);
  await page.getByRole('button', { name: 'Suppress…' }).click();
  await page.waitForSelector('dialog[open] textarea');
  const order = page.locator('dialog[open]').getByRole('button', { name: 'Suppress', exact: true });
  assert.equal(await order.isDisabled(), true, 'without a reason');
  await page.locator('dialog[open] textarea').fill('made up for a test');
  await settle(page);
  nothing(await axe(page), 'the dialog');
  await order.click();
  await page.waitForSelector('dialog[open]', { state: 'detached' });

  await becomes(state, (now) => now === 'suppressed', 'it is not suppressed');
  await page.getByRole('button', { name: 'Take it back' }).click();
  await becomes(state, (now) => now === 'open', 'it was not taken back');
  page.watched.nothingWrong('suppressing');
});

test('a secret that was shown in clear has a name of its own', async () => {
  const words = await page.evaluate(`(async () => {
    const { ruleName } = await import('/lib/findings.js');
    const { groupName } = await import('/views/findings/words.js');
    return [ruleName('secret-revealed'), groupName('vault')];
  })()`);

  assert.deepEqual(words, ['A recorded secret that was shown in clear', 'Vault']);
});

test('what is shown as found is its own mask, not that of a neighbour', async () => {
  const said = await page.evaluate(`(async () => {
    const { evidenceOf, ownMask } = await import('/lib/findings.js');
    const mask = (hint, end) => '[[' + 'vigil:aws_access_key:' + hint + ':' + end.padStart(16, '0') + ']]';
    const [first, second, third] = [mask('AKIA..1', 'a1'), mask('AKIA..2', 'b2'), mask('AKIA..3', 'c3')];
    const text = 'one ' + first + ', two ' + second + ' and ' + third;
    const start = text.indexOf(second);
    // As the agent cuts it: 40 bytes on either side, and never within a mask.
    const row = { rule: 'aws_access_key', masked: text.slice(text.indexOf(first)), span: { field: 'text', start, end: start + second.length } };
    return { print: ownMask(row).fingerprint, alone: evidenceOf(row, { alone: true }), all: evidenceOf(row).includes(first) };
  })()`);

  assert.equal(said.print, '00000000000000b2');
  assert.match(said.alone, /^…?two \[\[vigil:[^\]]*b2\]\] and…$|^….*b2\]\].*…$/);
  assert.doesNotMatch(said.alone, /a1\]\]|c3\]\]/);
  assert.equal(said.all, true);
});

test('a fingerprint can be copied, and the vault shows no value', async () => {
  const { finding } = await ask(home, `findings/${id}`);
  const print = /:([0-9a-f]{16})\]\]/.exec(finding.masked)?.[1] ?? '';
  await visit(page, home.ready.dashboard, `/findings/${id}`);

  await says(page.locator('.detail-print'), new RegExp(print));
  await page.getByRole('button', { name: 'Copy the fingerprint' }).waitFor();
});

test('a whole rule is suppressed in its project, and taken back with the others', async () => {
  await visit(page, home.ready.dashboard, `/findings/${id}`);
  await page.getByRole('button', { name: 'Suppress…' }).click();
  await page.locator('dialog[open] textarea').fill('keys of a test bench');
  await page.locator('dialog[open]').getByLabel('How far').selectOption('project');
  await page.locator('dialog[open]').getByRole('button', { name: 'Suppress', exact: true }).click();

  await becomes(state, (now) => now === 'suppressed', 'it is not suppressed');
  await says(page.locator('.suppressed'), /The whole rule in .*keys of a test bench.*until/s);
  await page.getByRole('button', { name: /Take it back/ }).click();
  await becomes(state, (now) => now === 'open', 'it was not taken back');
  page.watched.nothingWrong('suppressing a rule');
});

test('what the agent refuses is said in the dialog', async () => {
  await page.route('**/api/v1/suppress', (route) => route.fulfill({
    status: 400, json: { schema: 'vigil.error/1', error: 'there is no rule stripe_life', hint: 'Did you mean `stripe_live`?' },
  }));
  page.watched.expected.push(/the server responded with a status of 400/);
  await visit(page, home.ready.dashboard, `/findings/${id}`);
  await page.getByRole('button', { name: 'Suppress…' }).click();
  await page.locator('dialog[open] textarea').fill('made up');
  await page.locator('dialog[open]').getByRole('button', { name: 'Suppress', exact: true }).click();

  await says(page.locator('dialog[open] .problem'), /there is no rule stripe_life.*Did you mean stripe_live\?/s);
  await page.unroute('**/api/v1/suppress');
});
