// The adapters alone, without a browser: whole streams, streams that end anywhere, and streams in which
// something is broken.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';

import { EXTENSION, SITES } from './replica/browser.js';
import { answers, listings } from './replica/streams.js';
import { dice } from './rig/dice.js';

/** The scripts as a page's bridge loads them. */
function load() {
  const context = createContext({ URL, URLSearchParams });
  const { content_scripts: [scripts] } = JSON.parse(readFileSync(join(EXTENSION, 'manifest.json'), 'utf8'));
  for (const name of scripts.js.filter((/** @type {string} */ one) => one !== 'bridge.js')) {
    runInContext(readFileSync(join(EXTENSION, name), 'utf8'), context, { filename: name });
  }
  return context.vigil;
}
const vigil = load();

test('a turn is text of whole letters, and fits into a frame, whatever is in it', () => {
  const half = '\ud83d';
  const turn = { conversation: 'c', id: `i${half}`, role: 'user', text: `${'x'.repeat(vigil.limits.text - 1)}😀`, tools: [{ name: half, input: half }] };
  const bounded = vigil.bounded(turn);
  for (const text of [bounded.id, bounded.text, bounded.tools[0].name, bounded.tools[0].input]) assert.ok(text.isWellFormed());
  const bad = '\u0001'.repeat(vigil.limits.text);
  const much = vigil.bounded({ ...turn, text: bad, thinking: bad, tools: Array(64).fill({ name: 'n', input: bad }), citations: Array(64).fill(bad), attachments: Array(64).fill(bad) });
  assert.ok(Buffer.byteLength(JSON.stringify(much)) < 4_000_000);
  assert.ok(JSON.stringify(much).length <= vigil.limits.turn);
});

test('no patch makes a list longer than by one', () => {
  const root = { parts: ['a'] };
  assert.equal(vigil.place(root, '/parts/30000000'), undefined);
  assert.equal(vigil.place(root, '/parts/2'), undefined);
  assert.equal(vigil.place(root, '/parts/1').key, '1');
  assert.equal(vigil.place(root, '/parts/-1').key, '0');
  assert.equal(vigil.place({ parts: [] }, '/parts/-1'), undefined);
});

test('an answer with a gap in it ends there, and what a socket holds is bounded', () => {
  const reads = /** @type {any[]} */ ([]);
  const counts = { unknown: 0, parsed: 0, failed: 0, dropped: 0, too_large: 0, matched: 0 };
  const network = vigil.network(site('copilot.microsoft.com'), (/** @type {any} */ read) => reads.push(read), counts);
  network.take({ kind: 'request', id: 1, via: 'socket', method: 'GET', url: 'wss://copilot.microsoft.com/c/api/chat' });
  for (let i = 0; i < 30; i += 1) network.take({ kind: 'in', id: 1, text: JSON.stringify({ event: 'startMessage', messageId: `m${i}`, conversationId: 'c' }) });
  for (let i = 0; i < 30; i += 1) network.take({ kind: 'in', id: 1, text: JSON.stringify({ event: 'appendText', messageId: `m${i}`, text: 'x'.repeat(4_000_000) }) });
  network.take({ kind: 'end', id: 1, how: 'done' });
  const text = reads.flatMap(({ turns }) => [...turns]).reduce((sum, turn) => sum + turn.text.length, 0);
  assert.ok(text > 0 && text <= 16 * 1024 * 1024 + 1024 * 1024, `${text}`);

  const claude = vigil.network(site('claude.ai'), (/** @type {any} */ read) => reads.push(read), counts);
  claude.take({ kind: 'request', id: 2, via: 'fetch', method: 'POST', url: 'https://claude.ai/api/organizations/o/chat_conversations/c1/completion', text: JSON.stringify({ prompt: 'a question' }) });
  claude.take({ kind: 'chunk', id: 2, text: make('claude.ai', TEXT)?.parts.join('') });
  assert.ok(claude.isWaiting());
  claude.take({ kind: 'end', id: 2, how: 'cut' });
  assert.deepEqual([...reads.at(-1).turns].map((turn) => turn.status), ['done', 'stopped']);
  assert.ok(!claude.isWaiting());
  claude.take({ kind: 'request', id: 3, via: 'fetch', method: 'POST', url: 'https://claude.ai/x' });
  claude.clear();
  assert.ok(!claude.isWaiting());
});

/** What a page would send. @type {Record<string, { url: string, body: any }>} */
const REQUESTS = {
  'claude.ai': { url: '/api/organizations/o/chat_conversations/c1/completion', body: { prompt: 'a question', model: 'm' } },
  'chatgpt.com': { url: '/backend-api/f/conversation', body: { action: 'next', messages: [{ id: 'u1', author: { role: 'user' }, content: { content_type: 'text', parts: ['a question'] } }], conversation_id: 'c1', model: 'auto' } },
  'gemini.google.com': { url: '/_/BardChatUi/data/assistant.lamda.BardFrontendService/StreamGenerate', body: new URLSearchParams({ 'f.req': JSON.stringify([null, JSON.stringify([['a question'], ['en'], ['c_c1', '', '']])]) }).toString() },
  'www.perplexity.ai': { url: '/rest/sse/perplexity_ask', body: { query_str: 'a question', params: { context_uuid: 'c1' } } },
  'copilot.microsoft.com': { url: '/c/api/chat', body: { event: 'send', conversationId: 'c1', content: [{ type: 'text', text: 'a question' }], mode: 'chat' } },
  'chat.deepseek.com': { url: '/api/v0/chat/completion', body: { chat_session_id: 'c1', prompt: 'a question' } },
};

/** @param {string} host */
const site = (host) => vigil.sites.find((/** @type {any} */ one) => one.hosts.includes(host));

/** @param {string} host @param {string} text */
function make(host, text) {
  const { url, body } = /** @type {{ url: string, body: any }} */ (REQUESTS[host]);
  return answers[host]?.({ body, url: new URL(url, `https://${host}`), text, model: 'm1' });
}

/** @param {string} host @param {string[]} parts @param {string} [how] @returns {any[]} */
function read(host, parts, how = 'done') {
  const { url, body } = /** @type {{ url: string, body: any }} */ (REQUESTS[host]);
  if (host === 'copilot.microsoft.com') {
    const socket = site(host).socket(`wss://${host}${url}`);
    socket.out(JSON.stringify(body));
    const reads = [...parts.map((part) => socket.in(part)), socket.end()];
    return reads.flatMap((one) => one?.turns ?? []);
  }
  const exchange = { via: 'fetch', method: 'POST', url: `https://${host}${url}`, body: typeof body === 'string' ? body : JSON.stringify(body), text: parts.join(''), how, status: 200 };
  // Another world's arrays are no arrays to whoever compares.
  return [...(site(host).parse(exchange)?.turns ?? [])];
}

const TEXT = 'Words with "quotes", a \\ backslash, ünï, 日本語, a line\nand [[brackets]], and data: in it.';

for (const host of SITES) {
  test(`${host}: a whole stream gives its words`, () => {
    const made = make(host, TEXT);
    const turns = read(host, made?.parts ?? []);
    assert.deepEqual(turns.map((turn) => [turn.role, turn.text, turn.status]), [['user', 'a question', 'done'], ['assistant', TEXT, 'done']]);
    assert.ok(turns.every((turn) => vigil.bounded(turn) !== undefined));
  });

  test(`${host}: wherever it ends, the words so far are the beginning of the answer`, () => {
    const parts = make(host, TEXT)?.parts ?? [];
    const whole = parts.join('');
    for (let end = 0; end < whole.length; end += 13) {
      const some = host === 'copilot.microsoft.com' ? parts.slice(0, Math.floor((end / whole.length) * parts.length)) : [whole.slice(0, end)];
      const turns = read(host, some, 'aborted');
      for (const turn of turns) {
        if (turn.role === 'user') assert.equal(turn.text, 'a question');
        else assert.ok(TEXT.startsWith(turn.text), `${end}: ${turn.text}`);
      }
      assert.ok(turns.length <= 2);
    }
  });

  test(`${host}: what is broken in it throws nothing`, () => {
    const { below } = dice(host.length);
    const whole = (make(host, TEXT)?.parts ?? []).join(host === 'copilot.microsoft.com' ? '\u0000' : '');
    for (let round = 0; round < 500; round += 1) {
      const letters = [...whole];
      for (let i = 0; i < 4; i += 1) letters[below(letters.length)] = '{}[]",:\\nulltrue09\n '[below(19)] ?? '';
      const text = letters.join('');
      assert.doesNotThrow(() => read(host, host === 'copilot.microsoft.com' ? text.split('\u0000') : [text]));
    }
    for (const strange of ['null', '[]', '{}', 'data: null\n\n', 'data: [1]\n\n', 'data: {"p":"__proto__/x","o":"replace","v":1}\n\n', 'data: {"v":{"message":null}}\n\n', `)]}'\n\n1\n[["wrb.fr",null,"null"]]\n`]) {
      assert.doesNotThrow(() => read(host, [strange]));
    }
    assert.equal(/** @type {any} */ ({}).x, undefined);
  });

  test(`${host}: a list of what was said is understood as one`, () => {
    const made = make(host, TEXT);
    const listed = listings[host]?.(made === undefined ? [] : [made.kept]);
    /** @type {Record<string, string>} */
    const places = {
      'claude.ai': '/api/organizations/o/chat_conversations/c1',
      'chatgpt.com': '/backend-api/conversation/0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a',
      'gemini.google.com': '/_/BardChatUi/data/batchexecute?rpcids=hNvQHb',
      'www.perplexity.ai': '/rest/thread/c1',
      'copilot.microsoft.com': '/c/api/conversations/c1/history',
      'chat.deepseek.com': '/api/v0/chat/history_messages?chat_session_id=c1',
    };
    const text = typeof listed === 'string' ? listed : JSON.stringify(listed);
    const found = site(host).parse({ via: 'fetch', method: 'GET', url: `https://${host}${places[host]}`, text, how: 'done' });
    assert.equal(found.history, true);
    assert.equal(found.turns.at(-1).text, TEXT);
    assert.equal(found.turns.at(-1).id, made?.kept.id);
  });
}
