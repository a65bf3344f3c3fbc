// The whole matrix in a few words: the sentence on top, what was seen in the last day and what was
// not. Pure. Claims nothing beyond the evidence.

import { clientName } from '../../lib/clients.js';
import { count, counted } from '../../lib/format.js';
import { flat } from '../../lib/masks.js';
import { ago, millis } from '../../lib/time.js';
import { isUnheard, isVisited, lastOf, pastProxy, shareWords } from './evidence.js';
import { isUnguarded } from './guard.js';

/** @typedef {import('../../types/api.d.ts').Status} Status */
/** @typedef {import('./evidence.js').Line} Line */

/** What each witness sees. @type {Record<string, string>} */
const SEES = {
  proxy: 'Model calls and connections that came through the proxy',
  kernel: 'Processes and connections as the kernel reported them',
  transcript: 'What agents wrote into their transcripts',
  hook: 'What agents told a hook before they acted',
  telemetry: 'Figures that agents sent of themselves',
  browser: 'Conversations as a browser page showed them',
  history: 'Visits that a browser’s history names, and nothing of what was said',
};

/** @param {Line} line */
const nameOf = (line) => flat(clientName(line.surface.client), 40);

/** @param {string[]} names  "A, B and C". */
function list(names) {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** Long lists of clients are told by their number. @param {Line[]} some */
function who(some) {
  return some.length > 3 ? counted(some.length, 'client') : list(some.map(nameOf));
}

/** @param {Status} status @param {Line[]} matrix @param {number} now */
export function sentence(status, matrix, now) {
  const of = (/** @type {string} */ verdict) => matrix.filter((line) => line.verdict === verdict);
  const [witnessed, told, stale, nothing] = [of('witnessed'), of('self-reported'), of('stale'), of('nothing')];
  /** @type {string[]} */
  const said = [];
  if (status.agent.paused_since) said.push('Recording is paused: nothing is recorded now.');
  const unheard = nothing.filter(isUnheard);
  const visited = nothing.filter(isVisited);
  if (nothing.length === matrix.length && unheard.length + visited.length === 0) return [...said, 'Vigil has not seen any agent on this machine yet.'].join(' ');
  if (witnessed.length > 0) said.push(independently(witnessed));
  if (told.length === 1) said.push(`In the last 24 hours only ${who(told)} itself told what it did. Nothing independent saw what was said.`);
  if (told.length > 1) said.push(`In the last 24 hours ${who(told)} told what they did. Nothing independent saw what was said.`);
  if (stale.length > 0) said.push(unseenSince(stale, now, witnessed.length + told.length > 0));
  if (unheard.length > 0) said.push(`${who(unheard)} ran, as the kernel saw, but nothing of what was said is on record yet.`);
  if (visited.length > 0) said.push(`Of ${who(visited)} only visits are known, by a browser’s history: addresses and times.`);
  const unseen = nothing.filter((line) => !isUnheard(line) && !isVisited(line));
  if (unseen.length > 0) said.push(`Nothing was ever seen of ${who(unseen)}.`);
  return said.join(' ');
}

/** @param {Line[]} some */
function independently(some) {
  const [line] = some;
  if (some.length > 1 || !line) {
    const known = some.filter((one) => one.surface.coverage.ratio !== null).length;
    return `${who(some)} were seen by an independent witness in the last 24 hours. What share of ${known === 0 ? 'their connections that is, is unknown' : `the connections that is, is known for ${known} of ${some.length}`}.`;
  }
  const seers = line.witnesses.filter((one) => one.independent && one.state === 'fresh').map((one) => `the ${one.name}`);
  const { ratio, method } = line.surface.coverage;
  const past = pastProxy(line.surface.coverage);
  const how = ratio === null ? 'How much of what it did that is, is unknown.'
    : ratio === 1 ? `All of its connections to AI hosts that the ${method} could tell apart came through the proxy.`
      : `${shareWords(ratio)} of its connections to AI hosts came through the proxy${past ? `; ${count(past)} went past it` : ''}.`;
  return `${nameOf(line)} was seen by ${seers.length === 1 ? 'an independent witness' : 'independent witnesses'} in the last 24 hours: ${list(seers)}. ${how}`;
}

/** @param {Line[]} some @param {number} now @param {boolean} others */
function unseenSince(some, now, others) {
  const last = some.map(lastOf).filter((at) => at !== null).sort((a, b) => millis(b) - millis(a))[0];
  const when = some.length === 1 && last ? `: ${who(some)} was last seen ${ago(last, now)}.` : some.length === 1 ? '.' : `: not of ${who(some)}.`;
  return others ? `${who(some)} ${some.length === 1 ? 'has' : 'have'} not been seen in the last 24 hours.` : `Nothing was seen in the last 24 hours${when}`;
}

/** True when a person should look: nothing independent was seen, nothing is recorded, a hook is silent. @param {Status} status @param {Line[]} matrix */
export function isLit(status, matrix) {
  const some = matrix.some((line) => line.verdict !== 'nothing');
  return !!status.agent.paused_since || status.proxy.test_upstreams || (some && !matrix.some((line) => line.verdict === 'witnessed')) || matrix.some((line) => isUnguarded(line.surface));
}

/**
 * What was seen in the last 24 hours, by witness.
 * @param {Line[]} matrix
 * @returns {{ name: string, words: string, last: string }[]}
 */
export function seen(matrix) {
  /** @type {Map<string, string>} */
  const last = new Map();
  for (const { name, state, evidence } of matrix.flatMap((line) => line.witnesses)) {
    const before = last.get(name);
    if (state === 'fresh' && evidence.last && (!before || millis(before) < millis(evidence.last))) last.set(name, evidence.last);
  }
  return [...last].map(([name, at]) => ({ name, words: SEES[name] ?? 'What it reported', last: at }));
}

/**
 * What was not, and why.
 * @param {Status} status
 * @param {Line[]} matrix
 * @returns {{ what: string, why: string }[]}
 */
export function unseen(status, matrix) {
  const all = matrix.flatMap((line) => line.witnesses);
  const isFresh = (/** @type {string} */ name) => all.some((one) => one.name === name && one.state === 'fresh');
  const silence = (/** @type {string} */ name) => (all.some((one) => one.name === name && one.state !== 'never') ? 'in the last 24 hours' : 'yet');
  /** @type {{ what: string, why: string }[]} */
  const out = [];
  if (status.agent.paused_since) out.push({ what: 'Anything, now', why: 'Recording is paused.' });
  if (!isFresh('proxy')) {
    out.push({ what: 'Model calls on their way to the provider', why: !status.proxy.running ? 'The proxy is off.'
      : status.proxy.test_upstreams ? 'Test upstreams are on: what the proxy sees is not real.' : `No agent has gone through the proxy ${silence('proxy')}.` });
  }
  const past = matrix.reduce((sum, line) => sum + (pastProxy(line.surface.coverage) ?? 0), 0);
  if (past > 0) out.push({ what: `${counted(past, 'connection')} past the proxy`, why: 'Counted, but not read: an agent was started without it.' });
  const uncounted = matrix.filter((line) => line.verdict !== 'nothing' && line.surface.coverage.method === 'none');
  if (uncounted.length > 0) out.push({ what: 'What goes past the proxy', why: `Nothing independent counts the connections of ${who(uncounted)} yet.` });
  if (!isFresh('kernel')) out.push({ what: 'What agents did on the machine', why: `The kernel has reported no process or connection ${silence('kernel')}.` });
  const changed = (status.sites ?? []).filter((site) => site.state === 'stale');
  if (changed.length > 0) out.push({ what: `What is said on ${list(changed.map((site) => flat(site.site, 40)))}`, why: 'The site has changed, and the extension reads nothing of it any more.' });
  const late = matrix.filter((line) => line.surface.restart?.length > 0);
  if (late.length > 0) out.push({ what: `What ${who(late)} ${late.length === 1 ? 'sends' : 'send'} now`, why: 'It runs since before its settings led to the proxy, and goes past it until it is started anew.' });
  if (!isFresh('browser')) out.push({ what: 'AI in the browser', why: `No browser has reported ${silence('browser')}.` });
  const unguarded = matrix.filter((line) => isUnguarded(line.surface));
  if (unguarded.length > 0) out.push({ what: `Commands of ${who(unguarded)} before they run`, why: 'The guard is on, but the hook does not ask. The client’s line says why.' });
  const lost = Object.values(status.drops).reduce((sum, n) => sum + n, 0);
  if (lost > 0) out.push({ what: 'What was lost or not read', why: `${count(lost)} in all, by name below.` });
  return out;
}
