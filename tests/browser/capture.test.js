// The matrix of what is captured: every claim of it is evidence, and none is older than it says.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { axe } from './rig/axe.js';
import { ask } from './rig/http.js';
import { nothing } from './rig/nothing.js';
import { becomes, says } from './rig/patience.js';
import { stage } from './rig/stage.js';
import { telemetry } from './rig/told.js';
import { visit } from './rig/tour.js';

/** @type {import('./rig/chromium.js').WatchedPage} */
let page;
const home = stage((fresh) => {
  page = fresh;
});

/** The line of a client. @param {string} name */
const line = (name) => page.getByRole('row').filter({ has: page.getByRole('button', { name, exact: true }) });

/** What a line says under each witness. @param {string} name */
async function cells(name) {
  const texts = await line(name).locator('.matrix-cell').allTextContents();
  return Object.fromEntries(texts.map((text) => text.split(/ (.*)/s).slice(0, 2)));
}

test('each client has a line with when which witness saw it, and what to do next', async () => {
  await visit(page, home.ready.dashboard, '/capture');

  for (const [name, verdict] of [['Claude Code', 'self-reported'], ['Codex', 'self-reported'], ['Gemini CLI', 'self-reported'], ['Copilot CLI', 'stale'], ['pi', 'stale'], ['Qwen Code', 'stale']]) {
    await says(line(name).locator('.verdict'), new RegExp(`^${verdict}$`));
    const { proxy, transcript, telemetry: told } = await cells(name);
    assert.equal(proxy, 'never', name);
    assert.equal(told, 'never', name);
    assert.match(transcript ?? '', verdict === 'stale' ? /, stale$/ : /, fresh$/, name);
    await says(line(name).locator('.matrix-coverage'), /unknown/);
    await says(line(name).locator('.matrix-next'), /vigil route /);
  }
  page.watched.nothingWrong('/capture');
});

test('a line unfolds to the reasons, and the address leads there', async () => {
  await visit(page, home.ready.dashboard, '/capture');
  await page.getByRole('button', { name: 'Codex', exact: true }).click();
  await page.waitForURL((url) => url.searchParams.get('client') === 'codex');

  const more = page.locator('.matrix-more');
  await says(more, /What it left out, Vigil does not know.*Version 0\.169\.0.*transcript.*15 events.*unknown/s);

  await page.reload();
  await says(more, /Version 0\.169\.0/);
  await page.getByRole('button', { name: 'Codex', exact: true }).click();
  await more.waitFor({ state: 'detached' });
});

test('what a client tells by telemetry stands with its own word, and makes nothing independent', async () => {
  await telemetry(home, [{ 'session.id': 'told', 'event.name': 'api_request', request_id: 'req_told', model: 'claude-sonnet-4-5', input_tokens: 10, output_tokens: 4 }]);
  await visit(page, home.ready.dashboard, '/capture?client=claude-code');

  await page.getByRole('button', { name: 'Check now' }).click();
  await becomes(async () => (await cells('Claude Code')).telemetry, (said) => /, fresh$/.test(said ?? ''), 'telemetry is not evidence');
  await says(line('Claude Code').locator('.verdict'), /^self-reported$/);
  const own = page.locator('.surface-side').filter({ hasText: 'the client’s own word' });
  await says(own, /telemetry.*fresh.*1 event/s);
});

test('a guarded client says how far that goes, and when its hook was taken away', async () => {
  await home.run('guard', 'on', 'claude-code', '--mode', 'deny', '--yes');
  const guard = async () => (await ask(home, 'status')).surfaces.find((/** @type {{ client: string }} */ { client }) => client === 'claude-code')?.guard;
  await becomes(guard, (now) => now?.hook === 'there' && now.mode === 'deny', 'it is not guarded');
  await visit(page, home.ready.dashboard, '/capture?client=claude-code');
  await says(line('Claude Code').locator('.guard'), /^guard: denies$/);
  await says(page.locator('[data-part="guard"]'), /does not run.*Last asked never/s);

  rmSync(join(home.user, '.claude/settings.json'));
  await becomes(guard, (now) => now?.hook === 'gone', 'nobody saw that it is gone');
  await page.getByRole('button', { name: 'Check now' }).click();
  await says(line('Claude Code').locator('.guard'), /^guard: hook gone$/);
  await says(page.locator('[data-part="guard"]'), /was taken out.*vigil guard on claude-code/s);
  nothing(await axe(page), 'the guard');
  page.watched.nothingWrong('/capture');
});
