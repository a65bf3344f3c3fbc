// What findings are called and what they mean, in plain words: rules, groups, confidence, states.
// Pure; knows nothing of the page.

import { ruleWords } from '../../lib/masks.js';
import { own } from '../../lib/own.js';

/** @typedef {import('../../types/api.d.ts').FindingRow} FindingRow */
/** @typedef {import('../../types/api.d.ts').Triage} Triage */

/** Words that are not written the way a rule's name is. @type {Record<string, string>} */
const SPELLINGS = {
  aws: 'AWS', gcp: 'GCP', api: 'API', url: 'URL', db: 'database', github: 'GitHub', gitlab: 'GitLab', openai: 'OpenAI',
  anthropic: 'Anthropic', google: 'Google', slack: 'Slack', stripe: 'Stripe', npm: 'npm', pypi: 'PyPI', jwt: 'JWT',
  azure: 'Azure', ad: 'AD', oauth: 'OAuth', svcacct: 'service account', pat: 'fine-grained token', huggingface: 'Hugging Face',
  databricks: 'Databricks', sa: 'service account', dsn: 'DSN', conn: 'connection string', discord: 'Discord',
};

/** @type {Record<string, string>} */
const NAMES = {
  'witness-conflict': 'Records that disagree',
  'certificate-rejected': 'A program that does not trust Vigil',
};

/** @type {Record<string, string>} */
const GROUPS = {
  ai: 'AI providers', cloud: 'Cloud', comm: 'Messaging', db: 'Databases', keys: 'Private keys', payment: 'Payments',
  registry: 'Package registries', saas: 'Services', token: 'Tokens', vcs: 'Source code hosts', integrity: 'Integrity',
  capture: 'Capture',
};

/** @param {string} text */
function capital(text) {
  return text.startsWith('npm') ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

/** A rule's name as words: `aws_access_key` is "AWS access key". @param {string} rule */
export function ruleName(rule) {
  return own(NAMES, rule) ?? capital(ruleWords(rule).split(' ').map((word) => own(SPELLINGS, word) ?? word).join(' '));
}

/** @param {string} group */
export function groupName(group) {
  return own(GROUPS, group) ?? capital(ruleWords(group));
}

/**
 * What was found, as a title. Rules of shapes say it best in their reason.
 * @param {Pick<FindingRow, 'rule' | 'why'>} row
 */
export function whatOf(row) {
  const shape = /^the shape of (?:an?|the) (.{3,60}?)(?:, whose .*)?$/.exec(row.why);
  return shape?.[1] ? capital(shape[1]) : ruleName(row.rule);
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

/** What a state says, for the dialog and for titles. @type {Record<Triage, string>} */
export const MEANING = {
  open: 'Nobody has looked at it yet',
  acknowledged: 'Seen; somebody is on it',
  resolved: 'Dealt with: the secret is replaced, the cause removed',
  false_positive: 'Not what the rule took it for',
};

/**
 * True when it turned up again after somebody had dealt with it.
 * @param {Pick<FindingRow, 'state' | 'triaged_at' | 'last'>} row
 */
export function seenAgain(row) {
  return row.state !== 'open' && !!row.triaged_at && !!row.last && Date.parse(row.last) > Date.parse(row.triaged_at);
}
