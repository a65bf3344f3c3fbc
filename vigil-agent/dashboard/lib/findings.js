// What findings are called, and the words around what was found. Pure; knows nothing of the page.

import { pieces, ruleWords } from './masks.js';
import { own } from './own.js';
import { isReason, reasonWords } from './packages.js';

/** @typedef {import('../types/api.d.ts').FindingRow} FindingRow */

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
  'secret-revealed': 'A recorded secret that was shown in clear',
  'package-malicious': 'A package that is known to be malicious',
  'package-similar': 'A package named like a well-known one',
  'package-unknown': 'A package that nobody knows',
  'install-unnamed': 'An install that no tool call named',
  'intel-host': 'A connection to a host on a threat list',
  'guard-gone': 'A hook of Vigil that was taken away',
};

/** @param {string} text */
export function capital(text) {
  return text.startsWith('npm') ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

/** What a rule of packages says; null for another one. @param {string} rule */
function packageRule(rule) {
  const [, reason] = /^package-(.+)$/.exec(rule) ?? [];
  if (reason === undefined) return null;
  const words = [reason, `${reason}-name`].filter(isReason).map((one) => reasonWords({ rule: one }))[0];
  return words ? `A package that ${words.before}` : null;
}

/** A rule's name as words: `aws_access_key` is "AWS access key". @param {string} rule */
export function ruleName(rule) {
  const known = own(NAMES, rule) ?? packageRule(rule);
  return known ?? capital(ruleWords(rule).split(' ').map((word) => own(SPELLINGS, word) ?? word).join(' '));
}

/**
 * What was found, as a title. Rules of shapes say it best in their reason.
 * @param {Pick<FindingRow, 'rule' | 'why'>} row
 */
export function whatOf(row) {
  const shape = /^the shape of (?:an?|the) (.{3,60}?)(?:, whose .*)?$/.exec(row.why);
  return shape?.[1] ? capital(shape[1]) : ruleName(row.rule);
}

/** So many bytes stand on either side of what was found, where there are as many. */
const AROUND = 40;

/** @param {string} text */
const bytesOf = (text) => new TextEncoder().encode(text).length;

/**
 * The mask of what was found: others of its rule may stand beside it.
 * @param {Pick<FindingRow, 'masked' | 'rule' | 'span'>} row
 */
export function ownMask({ masked, rule, span }) {
  const own = pieces(masked).flatMap((piece) => (piece.type === 'mask' && piece.rule === rule ? [piece] : []));
  const at = span && own.find(({ start, end }) => bytesOf(masked.slice(0, start)) >= Math.min(span.start, AROUND) && bytesOf(masked.slice(start, end)) === span.end - span.start);
  return at || own[0] || null;
}

/**
 * The words around it. Where they were cut, the piece of a word is left out and the cut is shown.
 * @param {Pick<FindingRow, 'masked' | 'rule' | 'span'>} row
 * @param {{ most?: number, alone?: boolean }} [options]  `most` characters before it, where there is
 *   little room; `alone`: no other mask beside it.
 */
export function evidenceOf(row, { most = Infinity, alone = false } = {}) {
  const { masked, span } = row;
  const own = ownMask(row);
  if (!span || !own) return masked;
  const { start: at, end } = own;
  const others = pieces(masked).filter((piece) => piece.type === 'mask');
  const first = alone ? others.findLast((one) => one.end <= at)?.end ?? 0 : 0;
  const last = alone ? others.find((one) => one.start >= end)?.start ?? masked.length : masked.length;
  // Not within another mask: half of one is no mask any more.
  const from = Math.max(first, at > most && (alone || !masked.slice(0, at).includes('[[vigil:')) ? at - most : 0);
  // Nor in the middle of a letter.
  const [before, after] = [masked.slice(from, at).replace(/^[\udc00-\udfff]/, ''), masked.slice(end, last)];
  const [head, tail] = [/^[^\s[\]]*\s+/.exec(before)?.[0] ?? '', /\s+[^\s[\]]*$/.exec(after)?.[0] ?? ''];
  const isCut = from > 0 || bytesOf(before) < span.start;
  const goesOn = last < masked.length || bytesOf(after) >= AROUND;
  return `${isCut ? `…${before.slice(head.length)}` : before}${masked.slice(at, end)}${goesOn ? `${after.slice(0, after.length - tail.length)}…` : after}`;
}
