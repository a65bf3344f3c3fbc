// What a page of a listed site can make the extension hold: the same floods in a browser with it and in
// one without, and what both hold afterwards. The figures are printed.

import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Stage, say } from './replica/stage.js';
import { Home } from './rig/home.js';
import { heap, processes } from './rig/memory.js';
import { becomes, until } from './rig/patience.js';

/** MiB that a page may hold more with the extension than without, once what passed is collected. */
const MORE = 64;
/** And its process at most, at any time. When garbage is collected makes some hundred of difference by itself. */
const MOST = 1000;
/** MiB of the background's process, and of the native host. */
const BACKGROUND = 400;
const HOST = 64;

const HUNDRED = 100 * 1024 * 1024;

const home = new Home();
/** @type {Stage} */
let stage;
/** @type {Stage} */
let plain;
before(async () => {
  await home.up();
  await home.run('route', 'on', 'chromium', '--yes');
  const manifest = join(home.user, '.config/chromium/NativeMessagingHosts/dev.vigil.browser.json');
  stage = await Stage.open({ host: (there) => copyFileSync(manifest, there) });
  plain = await Stage.open({ with_extension: false });
});
after(async () => {
  await stage?.close();
  await plain?.close();
  await home.remove();
});

/** @type {Record<string, { site: string, run: () => Promise<unknown> }>} */
const FLOODS = {
  'a hundred messages of a megabyte, and two thousand more': {
    site: 'chat.deepseek.com',
    run: async () => {
      const body = JSON.stringify({ chat_session_id: 'flood', prompt: 'x'.repeat(1_000_000) });
      const all = [];
      for (let i = 0; i < 100; i += 1) all.push(fetch(`/api/v0/chat/completion?n=${i}`, { method: 'POST', body }));
      for (let i = 0; i < 2000; i += 1) all.push(fetch(`/api/v0/chat/completion?m=${i}`, { method: 'POST', body: JSON.stringify({ chat_session_id: `f${i}`, prompt: `p${i}` }) }));
      await Promise.allSettled(all.map((one) => one.then((answer) => answer.text())));
    },
  },
  'an answer of a hundred megabytes, fetched': {
    site: 'claude.ai',
    run: async () => {
      const answer = await fetch('/api/organizations/a/chat_conversations/huge/completion', { method: 'POST', body: JSON.stringify({ prompt: 'huge' }) });
      for (const reader = /** @type {ReadableStream} */ (answer.body).getReader(); ; ) if ((await reader.read()).done) return;
    },
  },
  'an answer of a hundred megabytes, by a request': {
    site: 'claude.ai',
    run: () =>
      new Promise((done) => {
        const request = new XMLHttpRequest();
        request.open('POST', '/api/organizations/a/chat_conversations/huge/completion');
        request.onloadend = done;
        request.send(JSON.stringify({ prompt: 'huge' }));
      }),
  },
  'a hundred megabytes by a socket': {
    site: 'copilot.microsoft.com',
    run: async () => {
      const socket = new WebSocket(`wss://${location.host}/c/api/chat`);
      await new Promise((opened) => socket.addEventListener('open', opened));
      const text = JSON.stringify({ event: 'none', text: 'x'.repeat(60_000) });
      for (let i = 0; i < 1750; i += 1) {
        while (socket.bufferedAmount > 4_000_000) await new Promise((on) => setTimeout(on, 5));
        socket.send(text);
      }
      while (socket.bufferedAmount > 0) await new Promise((on) => setTimeout(on, 5));
      socket.close();
    },
  },
};

for (const [words, { site, run }] of Object.entries(FLOODS)) {
  test(words, async (t) => {
    /** @type {{ heap: number, most: number }[]} */
    const held = [];
    for (const one of [plain, stage]) {
      const usual = one.replica.text;
      one.replica.text = (prompt) => (prompt === 'huge' ? 'x'.repeat(HUNDRED) : usual(prompt));
      // A process may have been there already, without a page.
      const before = new Map(processes(one.browser.folder).map(({ pid, most }) => [pid, most]));
      const page = await one.visit(site);
      await page.evaluate(run);
      const its = processes(one.browser.folder).filter(({ pid, kind, most }) => kind === 'page' && most > (before.get(pid) ?? 0));
      // What is under way between the worlds is worked off first.
      const most = held[0] === undefined ? Infinity : held[0].heap + MORE;
      const left = await becomes(() => heap(page), (now) => now <= most, 'what is held does not shrink');
      held.push({ heap: left, most: Math.max(...its.map((process) => process.most), 0) });
      one.replica.text = usual;
      await page.close();
    }
    const [theirs, ours] = /** @type {[{ heap: number, most: number }, { heap: number, most: number }]} */ (held);
    t.diagnostic(`page: ${ours.heap} MiB of live objects with the extension, ${theirs.heap} without; its process at most ${ours.most} and ${theirs.most} MiB`);
    assert.ok(ours.most > 0 && ours.most <= theirs.most + MOST, `${ours.most} and ${theirs.most}`);
  });
}

test('after all of it the background and the native host hold little, and the next turn arrives', async (t) => {
  const page = await stage.visit('claude.ai');
  await say(page, 'after all the floods');
  await until(async () => JSON.parse(await home.run('sessions', '--json')).sessions.some((/** @type {any} */ one) => one.title?.includes('after all the floods')), 'the turn after the floods');
  const most = (/** @type {string} */ of) => Math.max(...processes(stage.browser.folder).filter(({ kind }) => kind === of).map((one) => one.most));
  const [worker, host] = [most('extension'), most('host')];
  t.diagnostic(`the background's process at most ${worker} MiB, the native host ${host} MiB`);
  assert.ok(worker > 0 && worker <= BACKGROUND, `${worker}`);
  assert.ok(host > 0 && host <= HOST, `${host}`);
  await page.close();
});
