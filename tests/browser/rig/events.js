// Reads server-sent events as they come, for tests that look at the stream itself.

import { request } from 'node:http';

/** @typedef {{ id: string, event: string, data: string }} Message */

/**
 * Opens the stream and gives its messages one after the other.
 * @param {import('./home.js').Home} home
 * @param {{ query?: string, headers?: Record<string, string> }} options
 */
export async function stream(home, { query = '', headers = {} } = {}) {
  const url = new URL(`${home.ready.dashboard}/api/v1/stream${query}`);
  const sent = request({
    hostname: url.hostname,
    port: url.port,
    path: url.pathname + url.search,
    headers: { authorization: `Bearer ${home.bearer()}`, ...headers },
    agent: false,
  });
  sent.end();
  /** @type {import('node:http').IncomingMessage} */
  const answer = await new Promise((done, failed) => sent.on('response', done).on('error', failed));
  answer.setEncoding('utf8');
  return {
    answer,
    messages: messages(answer),
    close: () => void sent.destroy(),
  };
}

/** @param {AsyncIterable<string>} answer @returns {AsyncGenerator<Message>} */
async function* messages(answer) {
  let rest = '';
  for await (const more of answer) {
    const blocks = (rest + more).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split('\n').map((line) => line.split(/: ?(.*)/s));
      /** @param {string} name */
      const field = (name) => lines.find(([key]) => key === name)?.[1] ?? '';
      yield { id: field('id'), event: field('event'), data: field('data') };
    }
  }
}

/**
 * The rows that come, until each of `words` was in the text of one. Vigil may have more to tell meanwhile.
 * @param {AsyncGenerator<Message>} messages
 * @param {string[]} words
 * @returns {Promise<import('../../../vigil-agent/dashboard/types/api.d.ts').FeedRow[]>}
 */
export async function rows(messages, words) {
  const rows = [];
  const missing = new Set(words);
  while (missing.size > 0) {
    const { value, done } = await messages.next();
    if (done) throw new Error(`the stream ended after ${rows.length} rows, without ${[...missing].slice(0, 5)}`);
    if (value.event !== 'events') continue;
    for (const row of JSON.parse(value.data)) {
      rows.push(row);
      for (const word of missing) if (row.text?.includes(word)) missing.delete(word);
    }
  }
  return rows;
}
