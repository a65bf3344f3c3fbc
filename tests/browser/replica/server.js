// The six sites, as replicas on loopback: one HTTPS server that answers by the host it is asked for. What
// it served is the truth that tests compare with.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';

import { answers, listings } from './streams.js';

const SCRIPT = readFileSync(new URL('./page.js', import.meta.url), 'utf8');
const POLICY = "default-src 'none'; script-src 'self' 'unsafe-inline'; connect-src 'self' wss:; style-src 'unsafe-inline'";

/** How many parts of an answer are its last. */
const LAST = 6;

/** @typedef {import('./streams.js').Kept} Kept */

export class Replica {
  /** What was served, by site. @type {Map<string, Kept[]>} */
  served = new Map();
  /** How long each part of an answer waits for the next, in milliseconds. */
  pace = 5;
  /** While true, no answer comes to its last parts. */
  holds = false;
  /** What was renamed since the adapters were written. */
  renamed = { endpoints: false, page: false };
  /** The policy that pages are served with. */
  policy = POLICY;
  /** What every answer says. @type {(prompt: string) => string} */
  text = (prompt) => `An answer to **${prompt}**: first this, then that.\n\nAnd a last line, number ${prompt.length}.`;
  /** Hosts under which another site is served. @type {Record<string, string>} */
  places = {};
  /** Requests that were not of a replica. @type {string[]} */
  strange = [];
  #server;

  /** @param {{ key: string, cert: string }} certificate */
  constructor(certificate) {
    this.#server = createServer(certificate, (request, response) => void this.#answer(request, response));
    this.#server.on('upgrade', (request, socket) => this.#socket(request, /** @type {import('node:net').Socket} */ (socket)));
  }

  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return /** @type {import('node:net').AddressInfo} */ (this.#server.address()).port;
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** @param {import('node:http').IncomingMessage} request */
  #site(request) {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    return this.places[host] ?? host;
  }

  /** @param {string} site */
  of(site) {
    const kept = this.served.get(site) ?? [];
    this.served.set(site, kept);
    return kept;
  }

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async #answer(request, response) {
    const site = this.#site(request);
    let url = new URL(request.url ?? '/', `https://${site}`);
    if (url.pathname.startsWith('/new/place')) url = new URL(url.searchParams.get('of') ?? '/', `https://${site}`);
    const isCall = /^\/(api|backend-api|rest|c\/api|_)\//.test(url.pathname);
    if (!isCall) {
      if (url.pathname === '/favicon.ico') response.writeHead(404).end();
      else this.#page(site, url, response);
      return;
    }
    let body = '';
    for await (const chunk of request) body += chunk;
    if (listings[site] !== undefined && (request.method === 'GET' || url.pathname.endsWith('/batchexecute'))) {
      const kept = this.of(site).filter(({ conversation }) => `${url}${body}`.includes(conversation));
      const listed = listings[site](kept);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(typeof listed === 'string' ? listed : JSON.stringify(listed));
      return;
    }
    const make = answers[site];
    if (make === undefined) {
      this.strange.push(`${request.method} ${url}`);
      response.writeHead(404).end();
      return;
    }
    const asked = site === 'gemini.google.com' ? body : JSON.parse(body);
    const prompt = promptOf(asked);
    const { parts, kept } = make({ body: asked, url, text: this.text(prompt), model: 'test-model-1' });
    /** @type {Kept} */
    const record = { ...kept, prompt: kept.prompt || prompt };
    this.of(site).push(record);
    response.writeHead(200, { 'content-type': site === 'gemini.google.com' ? 'application/json' : 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    response.on('close', () => {
      if (!response.writableFinished) record.stopped = true;
    });
    for (const [i, part] of parts.entries()) {
      await this.#mayGoOn(parts.length - i, () => response.destroyed);
      if (response.destroyed) return;
      response.write(part);
      await pause(this.pace);
    }
    response.end();
  }

  /** Waits while the last parts are held. @param {number} left @param {() => boolean} isGone */
  async #mayGoOn(left, isGone) {
    while (this.holds && left <= LAST && !isGone()) await pause(20);
  }

  /** @param {string} site @param {URL} url @param {import('node:http').ServerResponse} response */
  #page(site, url, response) {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': this.policy });
    const names = `const SITE = ${JSON.stringify(site)}, RENAMED = ${JSON.stringify(this.renamed)}; Object.assign(window, { SITE, RENAMED });`;
    response.end(`<!doctype html><title>replica</title><div id="list"></div><textarea></textarea><script>${names}</script><script>${SCRIPT}</script>`);
  }

  /** RFC 6455, as much as one small text at a time needs. @param {import('node:http').IncomingMessage} request @param {import('node:net').Socket} socket */
  #socket(request, socket) {
    const site = this.#site(request);
    const key = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
    socket.on('error', () => {});
    let pending = Buffer.alloc(0);
    socket.on('data', (data) => {
      pending = Buffer.concat([pending, data]);
      for (let frame = unmask(pending); frame !== undefined; frame = unmask(pending)) {
        pending = pending.subarray(frame.size);
        if (frame.opcode === 8) socket.end();
        if (frame.opcode === 1) void this.#talk(site, JSON.parse(frame.text), socket);
      }
    });
  }

  /** @param {string} site @param {any} body @param {import('node:net').Socket} socket */
  async #talk(site, body, socket) {
    const make = answers[site];
    if (make === undefined || body.event !== 'send') return;
    const prompt = body.content[0].text;
    const { parts, kept } = make({ body, url: new URL(`https://${site}/c/api/chat`), text: this.text(prompt), model: 'test-model-1' });
    this.of(site).push(kept);
    for (const [i, part] of parts.entries()) {
      await this.#mayGoOn(parts.length - i, () => socket.destroyed);
      if (socket.destroyed) return;
      socket.write(framed(part));
      await pause(this.pace);
    }
  }
}

/** What was asked, in whichever form. @param {any} asked @returns {string} */
function promptOf(asked) {
  if (typeof asked === 'string') return JSON.parse(JSON.parse(new URLSearchParams(asked).get('f.req') ?? '[]')[1])[0][0];
  return asked.prompt ?? asked.query_str ?? asked.messages?.[0]?.content.parts[0] ?? 'again';
}

/** @param {string} text */
function framed(text) {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? Buffer.from([0x81, payload.length]) : Buffer.from([0x81, 126, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([head, payload]);
}

/** @param {Buffer} data */
function unmask(data) {
  if (data.length < 6) return undefined;
  const opcode = (data[0] ?? 0) & 15;
  const short = (data[1] ?? 0) & 127;
  const start = short === 126 ? 4 : 2;
  if (short === 127) throw new Error('a frame of more than 64 KiB');
  const length = short === 126 ? data.readUInt16BE(2) : short;
  const size = start + 4 + length;
  if (data.length < size) return undefined;
  const mask = data.subarray(start, start + 4);
  const payload = Buffer.from(data.subarray(start + 4, size).map((byte, i) => byte ^ (mask[i % 4] ?? 0)));
  return { opcode, size, text: payload.toString() };
}
