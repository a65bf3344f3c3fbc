// What the capture matrix says, in words: verdicts, witnesses, coverage, what a lost thing's name
// means. Pure. Claims nothing beyond the evidence in the status.

import { counted } from '../../lib/format.js';
import { clientName } from '../../parts/badge.js';

/** @typedef {import('../../types/api.d.ts').Status} Status */
/** @typedef {import('../../types/api.d.ts').Surface} Surface */
/** @typedef {import('../../types/api.d.ts').Coverage} Coverage */
/** @typedef {import('../../types/api.d.ts').Evidence} Evidence */
/** @typedef {import('../../types/api.d.ts').Verdict} Verdict */

const DAY = 86_400_000;

/** The agent calls evidence fresh for as long. @param {Evidence | undefined} evidence @param {number} now */
export function freshness(evidence, now) {
  if (!evidence || evidence.count === 0 || !evidence.last) return 'never';
  return now - Date.parse(evidence.last) < DAY ? 'fresh' : 'stale';
}

/** @type {Record<Verdict, { word: string, means: string }>} */
export const VERDICTS = {
  witnessed: { word: 'witnessed', means: 'An independent witness has seen this client within the last day. What it wrote about itself can be compared with that.' },
  'self-reported': { word: 'self-reported', means: 'Within the last day only the client itself has told Vigil anything. What it leaves out, Vigil does not know.' },
  stale: { word: 'stale', means: 'There is evidence, but none from the last day. Whether the client ran since then, Vigil does not know.' },
  nothing: { word: 'nothing seen', means: 'Vigil can read this client, but has never seen anything of it on this machine.' },
};

/** Every witness, why it may be silent. The order is that of the page. @type {{ name: string, tells: string, silent: string }[]} */
export const WITNESSES = [
  { name: 'proxy', tells: 'model calls that Vigil decrypted on their way', silent: 'nothing of this client came through the proxy' },
  { name: 'kernel', tells: 'processes, files and connections', silent: 'needs the daemon' },
  { name: 'transcript', tells: 'the conversation as the client wrote it down', silent: 'no transcript was found' },
  { name: 'hook', tells: 'what the client tells when it acts', silent: 'no hook has reported' },
  { name: 'telemetry', tells: 'figures that the client sends', silent: 'none has arrived' },
  { name: 'browser', tells: 'conversations in a browser page', silent: 'none has arrived' },
];

/** @param {Coverage} coverage @returns {{ figure: string, words: string }} */
export function coverageWords(coverage) {
  const window = coverage.window === '24h' ? 'the last 24 hours' : `the last ${coverage.window}`;
  if (coverage.ratio !== null) {
    // Never rounded up to all of it.
    const percent = Math.floor(coverage.ratio * 100);
    const of = coverage.seen === null ? '' : `${counted(coverage.captured ?? 0, 'connection')} of ${coverage.seen} `;
    const unclear = coverage.unknown ? ` ${counted(coverage.unknown, 'connection')} could not be told apart.` : '';
    return { figure: `${percent} %`, words: `${of}to AI hosts came through the proxy in ${window}, as the ${coverage.method} counted.${unclear}` };
  }
  if (coverage.method === 'none') {
    return { figure: 'unknown', words: "Nothing independent counts this client's connections, so what share of them Vigil saw cannot be said." };
  }
  return { figure: 'unknown', words: `The ${coverage.method} saw no connection of this client to an AI host in ${window}.` };
}

/**
 * The whole matrix in a sentence or two, the bad news first.
 * @param {Status} status
 */
export function summary(status) {
  const names = (/** @type {Verdict} */ verdict) => status.surfaces.filter((one) => one.verdict === verdict).map((one) => clientName(one.client));
  const list = (/** @type {string[]} */ all) => (all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`);
  /** @type {string[]} */
  const said = [];
  const [witnessed, told, stale, nothing] = [names('witnessed'), names('self-reported'), names('stale'), names('nothing')];
  if (nothing.length > 0) said.push(`Nothing was ever seen of ${list(nothing)}.`);
  if (stale.length > 0) said.push(`Of ${list(stale)} nothing was seen in the last day.`);
  if (told.length > 0) said.push(`All that is known of ${list(told)} is what ${told.length === 1 ? 'it' : 'they'} wrote about ${told.length === 1 ? 'itself' : 'themselves'}.`);
  if (witnessed.length > 0) said.push(`${list(witnessed)} ${witnessed.length === 1 ? 'is' : 'are'} seen by an independent witness.`);
  if (said.length === 0) said.push('No client is known yet.');
  const measured = status.surfaces.filter((one) => one.coverage.ratio !== null).length;
  if (measured < status.surfaces.length) said.push(measured === 0 ? 'How much of the whole this is, is unknown.' : `How much of the whole this is, is known for ${measured} of ${status.surfaces.length} clients.`);
  if (status.agent.paused_since) said.unshift('Recording is paused: nothing is recorded now.');
  if (status.proxy.test_upstreams) said.unshift('Test upstreams are on: what the proxy records is not real.');
  return { words: said.join(' '), lit: !!status.agent.paused_since || status.proxy.test_upstreams };
}
