// What the extension must not do: change a page, be seen by one, be filled by one, go anywhere.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { EXTENSION, SITES } from './replica/browser.js';
import { Stage, over, say } from './replica/stage.js';
import { pause, until } from './rig/patience.js';

/** @type {Stage} */
let stage;
/** @type {Stage} */
let plain;
before(async () => {
  stage = await Stage.open();
  plain = await Stage.open({ with_extension: false });
});
after(async () => {
  await stage?.close();
  await plain?.close();
});

/** What a page can see of its own means, in words. */
const SURROUNDINGS = `(() => {
  const means = { fetch, XMLHttpRequest, WebSocket, EventSource, open: XMLHttpRequest.prototype.open, send: XMLHttpRequest.prototype.send,
    socketSend: WebSocket.prototype.send, getReader: ReadableStream.prototype.getReader, cancel: ReadableStream.prototype.cancel,
    readerCancel: ReadableStreamDefaultReader.prototype.cancel, toString: Function.prototype.toString };
  const told = Object.entries(means).map(([name, f]) => [name, f.name, f.length, Function.prototype.toString.call(f), String(f), f.toString()]);
  const places = [[window, 'fetch'], [window, 'WebSocket'], [XMLHttpRequest.prototype, 'open'], [Function.prototype, 'toString'], [WebSocket.prototype, 'constructor']];
  for (const [of, name] of places) { const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(of, name); told.push([name, writable, enumerable, configurable]); }
  told.push(Object.getOwnPropertyNames(window).sort().join(' '));
  told.push(WebSocket.prototype.constructor === WebSocket, new WebSocket('wss://' + location.host + '/x') instanceof WebSocket);
  for (const f of [() => fetch.call({}), () => new fetch(), () => WebSocket('x'), () => XMLHttpRequest.prototype.open.call({}), () => Function.prototype.toString.call({}), () => fetch()]) {
    try { const made = f(); made?.catch?.(() => {}); told.push('made'); } catch (error) { told.push(error.name + ' ' + error.message); }
  }
  told.push(document.documentElement.outerHTML.length, document.querySelectorAll('*').length);
  return told;
})()`;

for (const site of SITES) {
  test(`${site}: the page sees the same with the extension and without`, async () => {
    const seen = [];
    for (const one of [stage, plain]) {
      const page = await one.visit(site);
      const around = await page.evaluate(SURROUNDINGS);
      const heard = page.evaluate(() => {
        const messages = /** @type {any[]} */ ([]);
        Object.assign(window, { messages });
        window.addEventListener('message', (event) => messages.push(event.data), true);
      });
      await heard;
      await say(page, 'the same');
      await page.evaluate(() => /** @type {any} */ (window).send('and by a request', 'request'));
      await over(page);
      const unhandled = await page.evaluate(async () => {
        const reasons = /** @type {string[]} */ ([]);
        window.addEventListener('unhandledrejection', (event) => reasons.push(`${event.reason?.name}`));
        void fetch('/api/organizations/a/chat_conversations/b/completion', { method: 'POST', body: '{}', signal: AbortSignal.abort() });
        await new Promise((done) => setTimeout(done, 300));
        return reasons;
      });
      const { log, messages } = await page.evaluate(() => ({ log: /** @type {any} */ (window).seen, messages: /** @type {any} */ (window).messages }));
      seen.push({ around, log, messages, unhandled });
      await page.close();
    }
    assert.deepEqual(seen[0], seen[1]);
  });
}

test('what the page gives up, the site may stop sending', async () => {
  const cut = [];
  for (const one of [stage, plain]) {
    one.replica.holds = true;
    const page = await one.visit('claude.ai');
    await page.evaluate(() => /** @type {any} */ (window).send('given up', 'cancel'));
    await until(() => one.replica.of('claude.ai').at(-1)?.stopped, 'a connection that ends');
    cut.push(true);
    one.replica.holds = false;
    await page.close();
  }
  assert.deepEqual(cut, [true, true]);
});

test('a page that is not listed sees no trace', async () => {
  const seen = [];
  for (const one of [stage, plain]) {
    const page = await one.visit('elsewhere.test');
    seen.push(await page.evaluate(SURROUNDINGS));
    await page.close();
  }
  assert.deepEqual(seen[0], seen[1]);
});

test('a page that tampers with everything harms itself alone', async () => {
  const page = await stage.visit('claude.ai');
  const errors = /** @type {string[]} */ ([]);
  page.on('pageerror', (error) => errors.push(`${error}`));
  await page.evaluate(() => {
    const broken = () => {
      throw new Error('mine');
    };
    Object.assign(window, { stolen: [] });
    MessagePort.prototype.postMessage = function steal() {
      /** @type {any} */ (window).stolen.push(this);
    };
    Response.prototype.clone = broken;
    Promise.prototype.then = new Proxy(Promise.prototype.then, {});
    TextDecoder.prototype.decode = new Proxy(TextDecoder.prototype.decode, {});
    WeakMap.prototype.get = broken;
    RegExp.prototype.exec = broken;
    URLSearchParams.prototype.toString = broken;
  });
  await page.evaluate(() => {
    void fetch('/api/organizations/a/chat_conversations/tampered/completion', { method: 'POST', body: JSON.stringify({ prompt: 'tampered', model: 'm' }) });
  });
  const told = () => stage.turns('claude.ai').filter(({ turn }) => turn.conversation === 'tampered');
  await until(() => told().length >= 2, 'what a page that tampers sends');
  assert.equal(told()[0].turn.text, 'tampered');
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).stolen.length), 0);
  assert.deepEqual(errors, []);
  await page.close();
});

test('whatever policy a page has, it is read and nothing of ours is against it', async () => {
  const site = 'claude.ai';
  const usual = stage.replica.policy;
  for (const policy of [
    usual,
    `${usual}; require-trusted-types-for 'script'; trusted-types 'none'`,
    `${usual}; sandbox allow-scripts allow-same-origin`,
    "default-src 'none'; script-src 'unsafe-inline'; connect-src https://claude.ai; worker-src 'none'; child-src 'none'",
  ]) {
    stage.replica.policy = policy;
    const before = stage.turns(site).length;
    const page = await stage.visit(site);
    const against = /** @type {string[]} */ ([]);
    page.on('console', (message) => message.type() === 'error' && against.push(message.text()));
    await say(page, 'under a policy');
    await stage.told(site, before + 2);
    assert.deepEqual(against, [], policy);
    await page.close();
  }
  stage.replica.policy = usual;
});

test('forged ports and messages are not listened to', async () => {
  const site = 'chatgpt.com';
  const before = stage.turns(site).length;
  const page = await stage.visit(site);
  await page.evaluate(() => {
    for (const said of ['vigil', { vigil: true }]) {
      const { port1, port2 } = new MessageChannel();
      window.postMessage(said, location.origin, [port2]);
      port1.postMessage({ kind: 'request', id: 1, via: 'fetch', method: 'POST', url: 'https://claude.ai/api/organizations/a/chat_conversations/forged/completion', size: 1, dropped: 0, failed: 0 });
      port1.postMessage({ kind: 'end', id: 1, how: 'done', status: 200, size: 1, dropped: 0, failed: 0 });
    }
  });
  await pause(1500);
  assert.equal(stage.turns(site).length, before);
  assert.ok(stage.turns('claude.ai').every(({ turn }) => turn.conversation !== 'forged'));
  await page.close();
});

test('getters of the page run as often as without us, and events that it makes are no answers', async () => {
  const ran = [];
  for (const one of [stage, plain]) {
    const page = await one.visit('claude.ai');
    ran.push(
      await page.evaluate(async () => {
        const runs = { body: 0, method: 0, address: 0 };
        const options = {
          get body() {
            runs.body += 1;
            return '{}';
          },
          get method() {
            runs.method += 1;
            return 'POST';
          },
        };
        await fetch('/api/organizations/a/chat_conversations/getters/completion', options);
        const address = {
          toString() {
            runs.address += 1;
            return `wss://${location.host}/x`;
          },
        };
        new WebSocket(/** @type {any} */ (address)).close();
        return runs;
      }),
    );
    await page.close();
  }
  assert.deepEqual(ran[0], ran[1]);

  const site = 'copilot.microsoft.com';
  const page = await stage.visit(site);
  await page.evaluate(async () => {
    const socket = new WebSocket(`wss://${location.host}/c/api/chat`);
    await new Promise((opened) => socket.addEventListener('open', opened));
    for (const said of [{ event: 'startMessage', messageId: 'made', conversationId: 'made' }, { event: 'appendText', messageId: 'made', text: 'made up' }, { event: 'done', messageId: 'made' }]) {
      socket.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(said) }));
    }
  });
  const before = stage.turns(site).length;
  await say(page, 'after what was made up');
  await stage.told(site, before + 2);
  assert.ok(stage.turns(site).every(({ turn }) => turn.conversation !== 'made'));
  await page.close();
});

test('a flood is bounded, counted, and stays in its own site', async () => {
  const site = 'chat.deepseek.com';
  const page = await stage.visit(site);
  const before = stage.turns(site).length;
  await page.evaluate(async () => {
    // Answers of the page's own making, a hundred megabytes of them.
    const body = JSON.stringify({ chat_session_id: 'flood', prompt: 'x'.repeat(1_000_000) });
    for (let i = 0; i < 100; i += 1) {
      void fetch('/api/v0/chat/completion', { method: 'POST', body, headers: { 'x-n': `${i}` } }).then((answer) => answer.text()).catch(() => {});
    }
    for (let i = 0; i < 2000; i += 1) void fetch(`/api/v0/chat/completion?n=${i}`, { method: 'POST', body: JSON.stringify({ chat_session_id: `f${i}`, prompt: `p${i}` }) }).catch(() => {});
    await new Promise((done) => setTimeout(done, 5000));
  });
  await until(() => stage.health(site)?.dropped > 0, 'a count of what was left out');
  const told = stage.turns(site).slice(before);
  assert.ok(told.length <= 240 * 2, `${told.length} turns`);
  assert.ok(told.every(({ turn }) => turn.text.length < 300_000));
  await page.close({ runBeforeUnload: false });
  // And everybody else goes on.
  const other = await stage.visit('claude.ai');
  await say(other, 'after the flood');
  await until(() => stage.turns('claude.ai').some(({ turn }) => turn.text === 'after the flood'), 'a turn after the flood');
  await other.close();
});

test('a secret that is pasted is told of before it is sent', async () => {
  const page = await stage.visit('claude.ai');
  await page.click('textarea');
  await page.evaluate(() => navigator.clipboard.writeText('a canary that sings').catch(() => {}));
  await page.evaluate(() => {
    const box = /** @type {HTMLTextAreaElement} */ (document.querySelector('textarea'));
    box.value = 'a canary that sings';
    box.select();
    document.execCommand('copy');
    box.value = '';
  });
  await page.keyboard.press('Control+V');
  await until(() => stage.browser.told().some((said) => said.kind === 'paste' && said.text === 'a canary that sings'), 'the pasted text');
  const popup = await stage.browser.context.newPage();
  await until(async () => {
    await popup.goto(`chrome-extension://${stage.browser.id}/popup/popup.html`);
    await popup.waitForSelector('#sites li');
    return (await popup.textContent('#pasted'))?.includes('canary');
  }, 'the words in the popup');
  await popup.close();
  await page.close();
  // Where the site keeps nothing it is looked through, and Vigil is asked to keep nothing either.
  const other = await stage.visit('claude.ai', '/new?incognito');
  await until(() => stage.health('claude.ai')?.allowed, 'a page that may');
  await other.click('textarea');
  await other.evaluate(() => {
    const box = /** @type {HTMLTextAreaElement} */ (document.querySelector('textarea'));
    box.value = 'a canary that is not kept';
    box.select();
    document.execCommand('copy');
    box.value = '';
  });
  await other.keyboard.press('Control+V');
  const paste = (/** @type {string} */ text) => stage.browser.told().find((said) => said.kind === 'paste' && said.text === text);
  assert.equal((await until(() => paste('a canary that is not kept'), 'the other paste')).temporary, true);
  assert.equal(paste('a canary that sings').temporary, false);
  await other.close();
});

test('what is installed is what it says: no remote code, no eval, these permissions', () => {
  const manifest = JSON.parse(readFileSync(join(EXTENSION, 'manifest.json'), 'utf8'));
  const hosts = SITES.concat('perplexity.ai').map((site) => `https://${site}/*`).sort();
  assert.deepEqual(manifest.permissions, ['nativeMessaging', 'storage']);
  assert.deepEqual([...manifest.host_permissions].sort(), hosts);
  // What a person may allow: this machine's own address, for a pairing; single other addresses of the sites.
  assert.deepEqual(manifest.optional_host_permissions, ['http://127.0.0.1/*', 'https://*/*']);
  assert.deepEqual(manifest.optional_permissions, ['scripting']);
  assert.equal(manifest.externally_connectable, undefined);
  assert.equal(manifest.web_accessible_resources, undefined);
  // The browser itself holds its pages and its worker to that.
  assert.deepEqual(manifest.content_security_policy, {
    extension_pages: "default-src 'none'; script-src 'self'; style-src 'self'; connect-src http://127.0.0.1:*; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  });
  for (const scripts of manifest.content_scripts) assert.deepEqual([...scripts.matches].sort(), hosts);
  const files = readdirSync(EXTENSION, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(js|html|css)$/.test(name));
  assert.ok(files.length > 12);
  for (const name of files) {
    const text = readFileSync(join(EXTENSION, name), 'utf8');
    assert.doesNotMatch(text, /\beval\(|new Function\b|import\(|importScripts|innerHTML|insertAdjacentHTML|document\.write/, name);
    const addresses = [...text.matchAll(/https?:\/\/[^\s'"`*)]*/g)].map(([address]) => address);
    // What it knows it tells the program on this machine, by a pairing; else it has no network of its own.
    assert.deepEqual(addresses, { 'paired.js': ['http://127.0.0.1:${port}/api/v1/browser${path}'], 'popup/options.js': ['http://127.0.0.1/'], 'places.js': ['https://${typed.trim(', 'https://${host}/'] }[name] ?? [], name);
    if (name === 'paired.js') assert.equal(text.match(/\bfetch\(/g)?.length, 1);
    else if (name !== 'tap.js') assert.doesNotMatch(text, /\b(fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon)\(/, name);
  }
});
