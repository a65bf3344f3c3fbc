// All sessions that are on record.

import { ask } from '../rig/http.js';

const PAGE = 200;

/**
 * @typedef {{ key: string, id: string, client: string, last: string, tool_calls: number, messages: number }} Row
 * @param {import('../rig/home.js').Home} home @returns {Promise<Row[]>}
 */
export async function everySession(home) {
  /** @type {Row[]} */
  const all = [];
  for (;;) {
    const { sessions, total } = await ask(home, `sessions?limit=${PAGE}&offset=${all.length}`);
    all.push(...sessions);
    if (sessions.length === 0 || all.length >= total) return all;
  }
}

/** The one with the longest list. @param {import('../rig/home.js').Home} home */
export async function longest(home) {
  const all = await everySession(home);
  const found = all.sort((a, b) => b.tool_calls + b.messages - a.tool_calls - a.messages)[0];
  if (found === undefined) throw new Error('nothing was recorded');
  return found;
}
