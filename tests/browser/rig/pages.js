// What pages of web sites would tell by the browser extension, without a browser: made-up conversations,
// and how well their site is read.

import { raw } from './http.js';

/** @typedef {import('./home.js').Home} Home */

/** @param {Home} home @param {Record<string, unknown>} said */
async function tell(home, said) {
  const headers = { authorization: `Bearer ${home.bearer()}`, 'content-type': 'application/json' };
  const { status, text } = await raw(`${home.ready.dashboard}/api/v1/browser`, { method: 'POST', headers, body: JSON.stringify(said) });
  if (status !== 200) throw new Error(`browser: ${status} ${text}`);
  return JSON.parse(text);
}

/** How well a site is read. @param {Home} home @param {string} site @param {Record<string, unknown>} health */
export async function health(home, site, health) {
  await tell(home, { kind: 'health', site, health: { state: 'ok', drift: '', patched: true, ...health } });
}

/**
 * A conversation of so many questions, each with its answer; the last one is answered anew. Gives Vigil's
 * id of the session.
 * @param {Home} home @param {string} site @param {string} conversation @param {string[]} questions @param {{ model?: string, ago?: number }} [how]
 * @returns {Promise<string>}
 */
export async function conversation(home, site, conversation, questions, { model = 'a-model', ago = 0 } = {}) {
  let n = 0;
  let session = '';
  const say = async (/** @type {Record<string, unknown>} */ turn) => {
    n += 1;
    const at = Date.now() - ago - 60_000 + n * 1000;
    const answer = await tell(home, { kind: 'turn', n, site, profile: 'test', at, turn: { conversation, ...turn } });
    session = answer.session;
  };
  for (const [i, text] of questions.entries()) {
    await say({ id: `${conversation}-q${i}`, role: 'user', text });
    await say({ id: `${conversation}-a${i}`, parent: `${conversation}-q${i}`, role: 'assistant', text: `An answer to: ${text}`, model });
  }
  const last = questions.length - 1;
  await say({ id: `${conversation}-b${last}`, parent: `${conversation}-q${last}`, role: 'assistant', text: 'Another answer.', model, how: 'regenerate' });
  return session;
}
