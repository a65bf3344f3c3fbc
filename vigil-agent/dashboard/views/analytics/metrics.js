// What the analytics can show of usage: one metric at a time leads the chart, the order of the
// tables and their bars. Pure.

import { count, isUnpriced, money, moneyTitle, short, share } from '../../lib/format.js';

/** @typedef {import('../../types/api.d.ts').Point} Point */
/** @typedef {import('../../types/api.d.ts').Analytics} Analytics */
/** @typedef {'cost' | 'input' | 'cache_read' | 'cache_write' | 'output' | 'calls'} MetricName */
/** @typedef {{ calls: number, input: number, cache_read: number, cache_write: number, output: number, cost_usd: number, estimated: boolean }} Figures */
/**
 * @typedef {object} Metric
 * @property {MetricName} name
 * @property {string} label
 * @property {string} long  As a heading.
 * @property {string} title
 * @property {string} column  Its name in a CSV.
 * @property {(figures: Figures) => number} of
 * @property {(value: number, estimated?: boolean) => string} words  Short, for rows and legends.
 * @property {(value: number) => string} tick
 */

const wholeDollars = new Intl.NumberFormat(undefined, { style: 'currency', currency: 'USD', notation: 'compact', maximumFractionDigits: 1 });

/** @param {number} value */
function dollarTick(value) {
  return value !== 0 && value < 10 ? money({ cost_usd: value, estimated: false }) : wholeDollars.format(value);
}

/** @param {MetricName} name @param {string} label @param {string} long @param {string} title @returns {Metric} */
function counting(name, label, long, title) {
  return {
    name, label, long, title, column: name === 'calls' ? 'calls' : `${name}_tokens`,
    of: (figures) => figures[/** @type {Exclude<MetricName, 'cost'>} */ (name)], words: short, tick: short,
  };
}

/** @type {readonly [Metric, ...Metric[]]} */
export const METRICS = [
  {
    name: 'cost', label: 'Cost', long: 'Cost', title: 'US dollars', column: 'cost_usd', of: (figures) => figures.cost_usd,
    words: (value, estimated = false) => money({ cost_usd: value, estimated }), tick: dollarTick,
  },
  counting('input', 'Input', 'Uncached input tokens', 'tokens read at full price, neither from nor to the cache'),
  counting('cache_read', 'Cache read', 'Tokens read from the cache', 'tokens read from the cache'),
  counting('cache_write', 'Cache write', 'Tokens written to the cache', 'tokens written to the cache'),
  counting('output', 'Output', 'Output tokens', 'tokens that the models wrote'),
  counting('calls', 'Calls', 'Model calls', 'calls of models'),
];

/** @param {string | null} name */
export function metricOf(name) {
  return METRICS.find((metric) => metric.name === name) ?? METRICS[0];
}

/** A figure of a row or bucket, with its marks. @param {Metric} metric @param {Figures} figures */
export function figureWords(metric, figures) {
  if (metric.name === 'cost' && isUnpriced(figures)) return '–';
  return metric.words(metric.of(figures), figures.estimated && figures.cost_usd > 0);
}

/** The title that goes with it. @param {Metric} metric @param {Figures} figures */
export function figureTitle(metric, figures) {
  return metric.name === 'cost' ? moneyTitle(figures) : count(metric.of(figures));
}

/** Figures added up. @param {readonly Figures[]} all @returns {Figures} */
export function summed(all) {
  const sum = { calls: 0, input: 0, cache_read: 0, cache_write: 0, output: 0, cost_usd: 0, estimated: false };
  for (const one of all) {
    sum.calls += one.calls;
    sum.input += one.input;
    sum.cache_read += one.cache_read;
    sum.cache_write += one.cache_write;
    sum.output += one.output;
    sum.cost_usd += one.cost_usd;
    sum.estimated ||= one.estimated;
  }
  return sum;
}

/** All that was sent to models. @param {Figures} figures */
export function tokensIn(figures) {
  return figures.input + figures.cache_read + figures.cache_write;
}

/** What part of it came from the cache, or null without any. @param {Figures} figures */
export function cacheShare(figures) {
  const all = tokensIn(figures);
  return all > 0 ? figures.cache_read / all : null;
}

/** @param {Figures} figures */
export function cacheWords(figures) {
  const part = cacheShare(figures);
  return part === null ? '–' : share(part);
}

/** @typedef {'model' | 'client' | 'project'} By */

/** What makes a series, with the words for one, many and none of it. */
export const BYS = /** @type {const} */ ([
  { name: 'model', label: 'Model', many: 'models', none: 'unknown model' },
  { name: 'client', label: 'Client', many: 'clients', none: 'unknown client' },
  { name: 'project', label: 'Project', many: 'projects', none: 'no folder' },
]);

/** @param {string | null} name */
export function byOf(name) {
  return BYS.find((by) => by.name === name) ?? BYS[0];
}

/** The server's sum of all that has no series of its own: the ninth. @param {Analytics['series']} series @param {number} i */
export function isRest(series, i) {
  return i === 8 && series[i]?.key === 'other';
}

/** @param {Analytics} doc @param {By} by  Its name says how many it stands for, where that is known. */
export function restWords(doc, by) {
  const { many } = byOf(by);
  const rows = { model: doc.models, client: doc.clients, project: doc.projects }[by];
  const used = rows.filter((row) => row.calls > 0).length;
  return rows.length >= 100 ? `all other ${many}` : used > 8 ? `${count(used - 8)} other ${many}` : `other ${many}`;
}
