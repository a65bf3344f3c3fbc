/// <reference path="../../browser_extension/types.d.ts" />
// The way of a paired browser without the browser: what is asked, told and kept of it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, beforeEach, test } from 'node:test';

import { open, pair } from '../../browser_extension/paired.js';
import { until } from './rig/patience.js';

const [ID, TOKEN, WORD] = ['1', '2', '3'].map((digit) => digit.repeat(16));
/** @type {string[]} */
const asked = [];
/** @type {(path: string, said: any) => [number, object] | Promise<[number, object]>} */
let answers;
const server = createServer(async (request, response) => {
  let body = '';
  for await (const more of request) body += more;
  const said = JSON.parse(body);
  asked.push(`${said.kind}${request.headers.authorization === undefined ? '' : ' with the token'}`);
  const [status, answer] = await answers(request.url ?? '', said);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
});
let port = 0;
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = /** @type {import('node:net').AddressInfo} */ (server.address()).port;
});
after(() => {
  server.close();
  server.closeAllConnections();
});
beforeEach(() => {
  asked.length = 0;
});

/** @param {{ isWanted?: (n: number) => boolean }} [how] */
function opened({ isWanted = () => true } = {}) {
  /** @type {any[]} */
  const heard = [];
  /** @type {string[]} */
  const lost = [];
  let unknown = 0;
  const way = open(
    { port, id: `${ID}`, token: `${TOKEN}`, word: `${WORD}` },
    { hear: (said) => heard.push(said), lost: (why) => lost.push(why), unknown: () => (unknown += 1), isWanted },
  );
  return { way, heard, lost, unknown: () => unknown };
}
const greeting = () => /** @type {[number, object]} */ ([200, { word: WORD }]);

test('who is there is asked before each thing that is told', async () => {
  let isVigil = true;
  answers = (_, { kind, n }) => (kind === 'greet' ? (isVigil ? greeting() : [200, { word: 'guessed' }]) : [200, { kind: 'taken', n }]);
  const { way, heard, lost } = opened();
  way.start();
  way.postMessage({ n: 1, kind: 'turn' });
  await until(() => heard.some(({ kind }) => kind === 'taken'), 'the first is taken');
  assert.deepEqual(heard.map(({ kind }) => kind), ['hello', 'taken']);
  isVigil = false;
  asked.length = 0;
  way.postMessage({ n: 2, kind: 'turn' });
  await until(() => lost.length > 0, 'that it is lost');
  assert.deepEqual(asked, ['greet']);
  assert.deepEqual(lost, ['somebody else answers on its port']);
});

test('who does not know the pairing is told nothing', async () => {
  answers = () => [401, {}];
  const { way, heard, lost, unknown } = opened();
  way.postMessage({ n: 1, kind: 'turn' });
  way.start();
  await until(() => lost.length > 0, 'that it is lost');
  assert.deepEqual([asked, heard, unknown()], [['greet'], [], 1]);
});

test('what is answered after the end is not heard', async () => {
  for (const status of [200, 401]) {
    /** @type {(value?: unknown) => void} */
    let release = () => {};
    const held = new Promise((done) => (release = done));
    answers = async () => (await held, status === 200 ? greeting() : [401, {}]);
    asked.length = 0;
    const { way, heard, lost, unknown } = opened();
    way.postMessage({ n: 1, kind: 'turn' });
    way.start();
    await until(() => asked.length > 0, 'a question');
    way.disconnect();
    release();
    // Another, after it, has its answer: so had the first.
    answers = () => [500, {}];
    const next = opened();
    next.way.start();
    await until(() => next.lost.length > 0, 'an answer');
    assert.deepEqual([heard, lost, unknown()], [[], [], 0]);
  }
});

test('what is wanted no longer is not kept, and of words of the moment only some', async () => {
  /** @type {(value?: unknown) => void} */
  let release = () => {};
  const held = new Promise((done) => (release = done));
  answers = async (_, { kind, n }) => (await held, kind === 'greet' ? greeting() : [200, { kind: n === undefined ? 'paste' : 'taken', n }]);
  const { way, heard } = opened({ isWanted: (n) => n > 990 });
  way.start();
  for (let n = 1; n <= 1000; n += 1) way.postMessage({ n, kind: 'turn' });
  for (let n = 1; n <= 1000; n += 1) way.postMessage({ kind: 'paste' });
  way.postMessage({ n: 1001, kind: 'turn' });
  release();
  await until(() => heard.some(({ n }) => n === 1001), 'the last is taken');
  assert.deepEqual(heard.flatMap(({ kind, n }) => (kind === 'taken' ? [n] : [])), [991, 992, 993, 994, 995, 996, 997, 998, 999, 1000, 1001]);
  assert.equal(heard.filter(({ kind }) => kind === 'paste').length, 50);
  way.disconnect();
});

test('why it is not paired is told as it is', async () => {
  for (const [status, words] of /** @type {[number, RegExp][]} */ ([
    [403, /does not know that code/],
    [500, /cannot pair now \(500\)/],
    [503, /cannot pair now \(503\)/],
    [200, /not this Vigil/],
  ])) {
    answers = () => [status, {}];
    assert.match((await pair(`${port}-AAAA-AAAA-AAAA`, 'p')).why ?? '', words);
  }
});
