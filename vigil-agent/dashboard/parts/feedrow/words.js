// What one event of the feed says in a line: the tool and its most telling argument, the figures
// of a model call, the way of a connection. Pure; what was recorded stays text.

import { bytes, duration, money, short } from '../../lib/format.js';
import { own } from '../../lib/own.js';
import { endWords } from '../../lib/processes.js';

/** @typedef {import('../../types/api.d.ts').FeedRow} FeedRow */
/** @typedef {import('../../types/api.d.ts').JsonValue} JsonValue */

/** Arguments that tell most, the best first. */
const TELLING = [
  'command', 'cmd', 'file_path', 'notebook_path', 'url', 'query', 'pattern', 'path', 'prompt', 'skill', 'description',
];

/**
 * A tool call's input as words. It is JSON, but of a long one only the beginning is there.
 * @param {string} input
 */
export function toolWords(input) {
  const values = argumentsOf(input);
  const name = TELLING.find((one) => values.get(one));
  if (!name) return values.size > 0 ? [...values.values()].join(' ') : input;
  const where = name === 'pattern' ? values.get('path') : undefined;
  return where ? `${values.get(name)} in ${where}` : values.get(name) ?? input;
}

/** @param {string} input  @returns {Map<string, string>} Its arguments that are text, in their order. */
function argumentsOf(input) {
  /** @type {Map<string, string>} */
  const values = new Map();
  for (const [, name, value] of input.matchAll(/"((?:[^"\\]|\\.){1,40})":"((?:[^"\\]|\\.)*)/g)) {
    if (name && value && !values.has(name)) values.set(name, unquoted(value));
  }
  return values;
}

/** @param {string} text  The inside of a JSON string, perhaps cut. */
function unquoted(text) {
  try {
    return /** @type {string} */ (JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}

/** @param {FeedRow} row @param {string} name  A number of its detail. */
function number(row, name) {
  const value = row.detail?.[name];
  return typeof value === 'number' ? value : null;
}

/** @param {JsonValue | undefined} value */
function fields(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

/** @param {FeedRow} row  "55 in, 190K cached, 900 out, ≈ $0.08, 2.4 s". */
export function callWords(row) {
  const usage = fields(row.detail?.['usage']);
  const n = (/** @type {string} */ name) => (typeof usage[name] === 'number' ? usage[name] : 0);
  const latency = number(row, 'latency_us');
  const status = number(row, 'status');
  return [
    status !== null && status >= 400 && `HTTP ${status}`,
    `${short(n('input'))} in`,
    n('cache_read') > 0 && `${short(n('cache_read'))} cached`,
    `${short(n('output'))} out`,
    n('cost_usd') > 0 && money({ cost_usd: n('cost_usd'), estimated: usage['estimated'] === true }),
    latency !== null && duration(latency / 1000),
  ].filter(Boolean).join(' · ');
}

/** @type {Record<string, string>} */
const WAYS = { decrypted: 'decrypted', tunnelled: 'passed on unread', past: 'past the proxy' };

/** @param {string} way */
export function wayWords(way) {
  return own(WAYS, way) ?? way;
}

/** @param {FeedRow} row  "exit 2 · 340 ms CPU", nothing while all that is known is that it began. */
export function processWords(row) {
  const { ended, exit } = row.detail ?? {};
  const cpu = number(row, 'cpu_us');
  return [
    ended && endWords({ ended, exit: exitOf(exit) }),
    cpu !== null && cpu > 0 && `${duration(cpu / 1000)} CPU`,
  ].filter(Boolean).join(' · ');
}

/** @param {JsonValue | undefined} value @returns {import('../../types/api.d.ts').Exit | null} */
function exitOf(value) {
  const { code, signal } = fields(value);
  return typeof code === 'number' ? { code } : typeof signal === 'number' ? { signal } : null;
}

/** @param {FeedRow} row  "decrypted, 12 KiB sent, 80 KiB received". */
export function flowWords(row) {
  const way = row.detail?.['way'];
  const [sent, received] = [number(row, 'sent'), number(row, 'received')];
  return [
    typeof way === 'string' && wayWords(way),
    row.detail?.['open'] === true && 'open',
    sent !== null && `${bytes(sent)} sent`,
    received !== null && `${bytes(received)} received`,
  ].filter(Boolean).join(' · ');
}

/** Reasons of gaps and changes of the configuration, as people say them. @type {Record<string, string>} */
const SAID = {
  'not-running': 'Vigil did not run', paused: 'Recording was paused', pause: 'Recording paused', resume: 'Recording resumed',
  'line-too-long': 'A line was too long', 'invalid-json': 'A line was not JSON',
};

/** @param {string} reason  "line-too-long" and the like. */
export function reasonWords(reason) {
  return own(SAID, reason) ?? reason.replaceAll(/[-_]/g, ' ');
}
