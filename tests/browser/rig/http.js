// Requests without a browser, with exactly the headers that a test wants to send.

import { request } from 'node:http';

import { becomes } from './patience.js';

/**
 * @param {string | { hostname: string, port: string, path: string }} url parts are sent untidied
 * @param {{ method?: string, headers?: import('node:http').OutgoingHttpHeaders, body?: string }} options
 * @returns {Promise<{ status: number, headers: import('node:http').IncomingHttpHeaders, text: string }>}
 */
export function raw(url, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((done, failed) => {
    const parts = typeof url === 'string' ? taken(url) : url;
    const sent = request({ ...parts, method, headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (more) => (text += more));
      answer.on('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      answer.on('error', failed);
    });
    sent.on('error', failed);
    sent.end(body);
  });
}

/** @param {string} url */
function taken(url) {
  const { hostname, port, pathname, search } = new URL(url);
  return { hostname, port, path: `${pathname}${search}` };
}

/** Waits until `n` events are in the store. @param {import('./home.js').Home} home @param {number} n */
export async function committed(home, n) {
  const read = async () => (await ask(home, 'status')).store.events;
  await becomes(read, (events) => events >= n, `${n} events were never recorded`);
}

/** Asks the API as the command line does. @param {import('./home.js').Home} home @param {string} path below `/api/v1` */
export async function ask(home, path) {
  const headers = { authorization: `Bearer ${home.bearer()}` };
  const { status, text } = await raw(`${home.ready.dashboard}/api/v1/${path}`, { headers });
  if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
  return JSON.parse(text);
}
