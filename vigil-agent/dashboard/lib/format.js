// Numbers as words: counts, tokens, money, bytes, durations. Pure; never rounds without saying
// so (money from a price table is marked).

const whole = new Intl.NumberFormat();
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumSignificantDigits: 3 });
const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 });
const dollars = new Intl.NumberFormat(undefined, { style: 'currency', currency: 'USD' });
const cents = new Intl.NumberFormat(undefined, {
  style: 'currency', currency: 'USD', minimumSignificantDigits: 2, maximumSignificantDigits: 2,
});

/** @typedef {import('../types/api.d.ts').UsageFigures} UsageFigures */

/** @param {number} n  "12,345". */
export function count(n) {
  return whole.format(n);
}

/** @param {number} n  "12.3K", for figures whose last digits say nothing. */
export function short(n) {
  return n < 10_000 ? whole.format(n) : compact.format(n);
}

/**
 * "1 session", "2,000 sessions".
 * @param {number} n
 * @param {string} one
 * @param {string} [many]
 */
export function counted(n, one, many = `${one}s`) {
  return `${whole.format(n)} ${n === 1 ? one : many}`;
}

/**
 * All tokens of a usage.
 * @param {Pick<UsageFigures, 'input' | 'cache_read' | 'cache_write' | 'output'>} usage
 */
export function tokensOf(usage) {
  return usage.input + usage.cache_read + usage.cache_write + usage.output;
}

/**
 * What the tokens are made of, for a title.
 * @param {Pick<UsageFigures, 'input' | 'cache_read' | 'cache_write' | 'output'>} usage
 */
export function tokensInFull(usage) {
  return [
    `${count(usage.input)} read`,
    `${count(usage.cache_read)} from the cache`,
    `${count(usage.cache_write)} to the cache`,
    `${count(usage.output)} written`,
  ].join(', ') + ' (tokens)';
}

/** @typedef {{ calls?: number, cost_usd: number | null, estimated: boolean }} Cost */

/** True when models were called and nobody knows what that cost: it was not free. @param {Cost} usage */
export function isUnpriced(usage) {
  return usage.cost_usd === null || ((usage.calls ?? 0) > 0 && usage.cost_usd === 0 && !usage.estimated);
}

/**
 * "$1.23", "≈ $1.23" when any of it comes from list prices, "–" when no price is known.
 * @param {Cost} usage
 */
export function money(usage) {
  const { cost_usd: usd, estimated } = usage;
  if (usd === null || isUnpriced(usage)) return '–';
  const text = (usd !== 0 && Math.abs(usd) < 0.01 ? cents : dollars).format(usd);
  return estimated ? `≈ ${text}` : text;
}

/** @param {Cost} usage  The title that goes with [`money`]. */
export function moneyTitle(usage) {
  if (isUnpriced(usage)) return 'no price is known';
  return usage.estimated ? 'estimated from list prices' : 'as the provider reported it';
}

/** @param {number} n  "12 KiB". */
export function bytes(n) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = n;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** @param {number} ms  "340 ms", "2.4 s", "3 min 20 s", "2 h 5 min". */
export function duration(ms) {
  // Rounded before it is cut up: "4 min 60 s" is no length of time.
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_500) return `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** @param {number} part  0 to 1. */
export function share(part) {
  return percent.format(part);
}

/**
 * A folder by its last two parts, enough to tell it from others in a list to choose from.
 * @param {string} path
 */
export function folderName(path) {
  return path.split('/').filter(Boolean).slice(-2).join('/') || path;
}

/**
 * Without the slashes at its end; a single one stays.
 * @param {string} path
 */
export function withoutSlashes(path) {
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

/**
 * The beginning of an id, enough to tell it from others by eye.
 * @param {string} id
 */
export function shortId(id) {
  return id.length > 12 ? id.slice(0, 8) : id;
}
