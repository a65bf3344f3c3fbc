// Conversations on web sites beside those of agents: the site's own sign, nothing claimed that a page does
// not say, and how well each site is read.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { axe } from './rig/axe.js';
import { ask } from './rig/http.js';
import { nothing } from './rig/nothing.js';
import { conversation, health } from './rig/pages.js';
import { becomes, pause, says } from './rig/patience.js';
import { stage } from './rig/stage.js';
import { agent } from './rig/told.js';
import { visit } from './rig/tour.js';

/** @type {import('./rig/chromium.js').WatchedPage} */
let page;
const home = stage((fresh) => {
  page = fresh;
});

/** The line of a site in the panel. @param {string} site */
const site = (site) => page.locator('.site-line').filter({ hasText: site });

test('a conversation on a web site is in the list with its site, its title and nothing it does not know', async () => {
  await conversation(home, 'claude.ai', 'c-list', ['How do bees find their way home?']);
  await visit(page, home.ready.dashboard, '/?client=claude-web');

  const row = page.locator('.session').filter({ hasText: 'How do bees find their way home?' });
  await says(row.locator('.client'), /claude\.ai.*self-reported/s);
  await says(row, /web conversation/);
  await says(row.locator('.session-use'), /^not told$/);
  nothing(await axe(page), 'the list');
  page.watched.nothingWrong('/');
});

test('its page shows whose word it is, and what was answered anew', async () => {
  const key = await conversation(home, 'chatgpt.com', 'c-page', ['What is a quorum?', 'And with five voters?']);
  await visit(page, home.ready.dashboard, `/sessions/${key}`);

  await says(page.locator('.facts'), /chatgpt\.com.*Web conversation, as its page told the browser extension.*2 turns.*tokens not told/s);
  await says(page.locator('.pane-tape'), /answered anew/);
  nothing(await axe(page), 'the session');
  page.watched.nothingWrong('/sessions');
});

test('each site says how well it is read, and a change of it is never silent', async () => {
  await conversation(home, 'gemini.google.com', 'c-health', ['Hello?']);
  await health(home, 'claude.ai', { matched: 12, parsed: 11, agreed: 10 });
  await health(home, 'chatgpt.com', { state: 'drift', drift: 'network', matched: 3, by_page: 4 });
  await health(home, 'perplexity.ai', { state: 'stale', matched: 5 });
  await visit(page, home.ready.dashboard, '/capture');

  await says(site('claude.ai'), /ok.*11 read of 12.*10 turns alike/s);
  await says(site('chatgpt.com'), /drift.*from its pages alone.*4 from the page alone/s);
  await says(site('perplexity.ai'), /stale.*not recorded until the extension is renewed/s);
  await says(site('gemini.google.com'), /not heard of.*no page of it was open since the agent was started/is);
  await says(page.locator('.capture-summary'), /What is said on perplexity\.ai.*has changed/s);
  await says(page.locator('.capture-todo'), /not understood any more.*vigil doctor/s);
  nothing(await axe(page), 'the capture view');

  await page.getByRole('button', { name: 'chatgpt.com', exact: true }).click();
  await says(page.locator('[data-part="site"]'), /How well it is read.*drift/s);
  page.watched.nothingWrong('/capture');
});

test('a client that runs since before its settings led to the proxy needs a new start, and one that came after does not', async () => {
  const end = agent(home, home.user);
  try {
    // A process's start is known to the second.
    await pause(4000);
    await home.run('route', 'on', 'claude-code', '--yes', '--without-check');
    const after = agent(home, home.user);
    try {
      const surface = async () => (await ask(home, 'status')).surfaces.find((/** @type {{ client: string }} */ { client }) => client === 'claude-code');
      await becomes(surface, (now) => now?.routed && now.restart.length === 1 && now.pid !== null && now.pid !== now.restart[0].pid, 'the older one alone was never named');
      await visit(page, home.ready.dashboard, '/capture');
      await says(page.getByRole('row').filter({ has: page.getByRole('button', { name: 'Claude Code', exact: true }) }), /needs a new start/);
      await says(page.locator('.capture-todo'), /Start Claude Code anew: process \d+ was begun before its settings led to the proxy/);
      nothing(await axe(page), 'the capture view');
      assert.match(await home.run('status'), /start Claude Code anew: process \d+ was begun/);
    } finally {
      after();
    }
  } finally {
    end();
  }
  page.watched.nothingWrong('/capture');
});

test('a browser without the way to Vigil has its command, and the command line says the same', async () => {
  mkdirSync(join(home.user, '.mozilla'), { recursive: true });
  await visit(page, home.ready.dashboard, '/capture');

  const step = page.locator('.capture-todo li').filter({ hasText: 'vigil route on firefox' });
  await becomes(async () => {
    await page.getByRole('button', { name: 'Check now' }).click();
    return step.count();
  }, (n) => n === 1, 'Firefox was not noticed');
  const words = (await step.locator('.step-words').textContent())?.trim().replace(/\.$/, '') ?? '';
  const said = await home.run('status');
  assert.ok(said.toLowerCase().includes(words.toLowerCase()), `${words} is not in ${said}`);
  await says(page.locator('.browsers'), /Firefox: its extension cannot reach Vigil yet/);
  page.watched.nothingWrong('/capture');
});
