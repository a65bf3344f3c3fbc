// A visitor without a browser: follows the one-time link and holds both halves of what it gives.

import { raw } from './http.js';

/** @typedef {{ cookie: string, key: string }} Pass */

/** @param {string} url the link @returns {Promise<Pass>} */
export async function follow(url) {
  const { status, headers, text } = await raw(url);
  const cookie = headers['set-cookie']?.[0]?.split(';')[0];
  const key = /<meta name="?vigil-key"? content="?([0-9a-f]{64})/.exec(text)?.[1];
  if (status !== 200 || cookie === undefined || key === undefined) {
    throw new Error(`the link did not open: ${status}`);
  }
  return { cookie, key };
}

/** One more link, as `vigil open` asks for it. @param {import('./home.js').Home} home @returns {Promise<string>} */
export async function newLink(home) {
  const headers = { authorization: `Bearer ${home.bearer()}` };
  const url = `${home.ready.dashboard}/api/v1/login-link`;
  const { status, text } = await raw(url, { method: 'POST', headers });
  if (status !== 200) throw new Error(`no link: ${status} ${text}`);
  return JSON.parse(text).url;
}

/** Both halves as headers. @param {Pass} pass */
export const both = ({ cookie, key }) => ({ cookie, 'x-vigil-key': key });
