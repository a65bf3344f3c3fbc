// What the evidence of a client supports at this moment. Pure. The agent's verdict is never made
// better here, only worse: evidence grows old while the page is open.

import { share } from '../../lib/format.js';
import { millis } from '../../lib/time.js';
import { isIndependent } from '../../parts/badge.js';

/** @typedef {import('../../types/api.d.ts').Status} Status */
/** @typedef {import('../../types/api.d.ts').Surface} Surface */
/** @typedef {import('../../types/api.d.ts').Coverage} Coverage */
/** @typedef {import('../../types/api.d.ts').Evidence} Evidence */
/** @typedef {import('../../types/api.d.ts').Verdict} Verdict */
/** @typedef {'fresh' | 'stale' | 'never' | 'ahead' | 'test'} Freshness */
/** @typedef {{ name: string, evidence: Evidence, state: Freshness, independent: boolean }} Witnessed */
/** @typedef {{ surface: Surface, verdict: Verdict, witnesses: Witnessed[] }} Line */

/** The agent calls evidence fresh for as long. */
const FRESH = 86_400_000;
/** Clocks of one machine differ by less. */
const SKEW = 300_000;
/** In the order of the page; others that the agent names come after them. */
const ORDER = ['proxy', 'kernel', 'transcript', 'hook', 'telemetry', 'browser', 'history'];
/** Worst first. @type {Verdict[]} */
const VERDICTS = ['nothing', 'stale', 'self-reported', 'witnessed'];

/** All witnesses that any line has, in the order of the page. @param {Line[]} some */
export function columns(some) {
  return inOrder([...new Set(some.flatMap((line) => line.witnesses.map((one) => one.name)))]);
}

/** @param {string[]} names */
function inOrder(names) {
  const place = (/** @type {string} */ name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return names.sort((a, b) => place(a) - place(b) || a.localeCompare(b));
}

/** @param {Evidence} evidence @param {number} now @returns {Freshness} */
function freshness(evidence, now) {
  if (evidence.count === 0 || !evidence.last) return 'never';
  const age = now - millis(evidence.last);
  if (age < -SKEW) return 'ahead';
  return age < FRESH ? 'fresh' : 'stale';
}

/** The matrix, one line a client. @param {Status} status @param {number} now @returns {Line[]} */
export function lines(status, now) {
  return status.surfaces.map((surface) => {
    const witnesses = witnessesOf(surface, now, status.proxy.test_upstreams);
    return { surface, witnesses, verdict: verdictOf(surface.verdict, witnesses) };
  });
}

/** @param {Surface} surface @param {number} now @param {boolean} test @returns {Witnessed[]} */
function witnessesOf(surface, now, test) {
  const names = Object.keys(surface.witnesses).filter((name) => name !== 'vigil');
  return inOrder(names).map((name) => {
    const evidence = surface.witnesses[name] ?? { count: 0, last: null };
    const state = freshness(evidence, now);
    // What a proxy with test upstreams saw is no evidence of anything.
    return { name, evidence, independent: isIndependent(name), state: test && name === 'proxy' && state === 'fresh' ? 'test' : state };
  });
}

/** @param {Verdict} said @param {Witnessed[]} witnesses @returns {Verdict} */
function verdictOf(said, witnesses) {
  const fresh = witnesses.filter((one) => one.state === 'fresh' || (one.state === 'ahead' && !one.independent));
  const own = fresh.some((one) => one.independent) ? 'witnessed' : fresh.length > 0 ? 'self-reported'
    : witnesses.some((one) => one.state !== 'never') ? 'stale' : 'nothing';
  // A word that this page does not know says nothing; the evidence does.
  return VERDICTS.includes(said) && VERDICTS.indexOf(said) <= VERDICTS.indexOf(own) ? said : own;
}

/** True of a client that the kernel saw, and whose words nobody did. @param {Line} line */
export function isUnheard(line) {
  return isOnly(line, 'kernel');
}

/** True of a site of which nothing is known but visits, by a browser's history. @param {Line} line */
export function isVisited(line) {
  return !isUnheard(line) && isOnly(line, 'history');
}

/** @param {Line} line @param {string} name */
function isOnly({ verdict, witnesses }, name) {
  return verdict === 'nothing' && witnesses.some((one) => one.name === name && one.state !== 'never');
}

/** When anything was last seen of it. @param {Line} line */
export function lastOf(line) {
  const times = line.witnesses.flatMap((one) => (one.state !== 'never' && one.state !== 'test' && one.evidence.last ? [one.evidence.last] : []));
  return times.sort((a, b) => millis(b) - millis(a))[0] ?? null;
}

/** @param {Coverage} coverage  "the last 24 hours". */
export function windowOf(coverage) {
  return coverage.window === '24h' ? 'the last 24 hours' : `the last ${coverage.window}`;
}

/** A share in words, never rounded up to the whole. @param {number} ratio */
export function shareWords(ratio) {
  const percent = Math.floor(ratio * 100 + 1e-9);
  return percent === 0 && ratio > 0 ? 'under 1%' : share(percent / 100);
}

/** Connections that went past the proxy, or null where that is not known. @param {Coverage} coverage */
export function pastProxy({ seen, captured, tunnelled, unknown }) {
  return seen === null || captured === null ? null : Math.max(0, seen - captured - (tunnelled ?? 0) - (unknown ?? 0));
}
