// What findings mean, in plain words: groups, confidence, states. Pure; knows nothing of the page.

import { capital } from '../../lib/findings.js';
import { ruleWords } from '../../lib/masks.js';
import { own } from '../../lib/own.js';

export { ruleName, whatOf } from '../../lib/findings.js';

/** @typedef {import('../../types/api.d.ts').FindingRow} FindingRow */
/** @typedef {import('../../types/api.d.ts').Triage} Triage */

/** @type {Record<string, string>} */
const GROUPS = {
  ai: 'AI providers', cloud: 'Cloud', comm: 'Messaging', db: 'Databases', keys: 'Private keys', payment: 'Payments',
  registry: 'Package registries', saas: 'Services', token: 'Tokens', vcs: 'Source code hosts', integrity: 'Integrity',
  capture: 'Capture', vault: 'Vault', package: 'Packages', install: 'Packages', supply: 'Threat lists', guard: 'Guard',
};

/** @param {string} group */
export function groupName(group) {
  return own(GROUPS, group) ?? capital(ruleWords(group));
}

/** @type {Record<import('../../types/api.d.ts').Confidence, string>} */
export const CONFIDENCE = {
  high: 'as good as certain',
  medium: 'likely, not certain',
  low: 'a guess: look before you act on it',
};

/** The states, as tabs and buttons name them. @type {{ state: Triage, tab: string, does: string, done: string, key: string }[]} */
export const STATES = [
  { state: 'open', tab: 'Open', does: 'Reopen', done: 'open again', key: 'o' },
  { state: 'acknowledged', tab: 'Acknowledged', does: 'Acknowledge', done: 'acknowledged', key: 'a' },
  { state: 'resolved', tab: 'Resolved', does: 'Resolve', done: 'resolved', key: 'r' },
  { state: 'false_positive', tab: 'False positives', does: 'False positive', done: 'marked false positive', key: 'f' },
];

/** What a suppression does; it is made and taken back on its own. @type {{ state: Triage, tab: string }} */
export const SUPPRESSED = { state: 'suppressed', tab: 'Suppressed' };

/** What a state says, for the dialog and for titles. @type {Record<Triage, string>} */
export const MEANING = {
  open: 'Nobody has looked at it yet',
  acknowledged: 'Seen; somebody is on it',
  resolved: 'Dealt with: the secret is replaced, the cause removed',
  false_positive: 'Not what the rule took it for',
  suppressed: 'Not to be told of, for a reason',
};

/**
 * True when it turned up again after somebody had dealt with it.
 * @param {Pick<FindingRow, 'state' | 'triaged_at' | 'last'>} row
 */
export function seenAgain(row) {
  return row.state !== 'open' && !!row.triaged_at && !!row.last && Date.parse(row.last) > Date.parse(row.triaged_at);
}
