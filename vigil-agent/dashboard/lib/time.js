// Points in time and ranges of it: parsing, relative and exact words, presets.
// Never touches the page; the Time element is parts/when.js.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const clockSeconds = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3,
});
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit',
});
const yearAndClock = new Intl.DateTimeFormat(undefined, {
  year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit',
});
const yearAndDay = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
const full = new Intl.DateTimeFormat(undefined, {
  weekday: 'short', year: 'numeric', month: 'short', day: 'numeric',
  hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short',
});

/**
 * Milliseconds since the epoch of an RFC 3339 time (which may have microseconds).
 * @param {string} at
 */
export function millis(at) {
  return Date.parse(at);
}

/** @param {number | Date} at  As the API takes times. */
export function rfc3339(at) {
  return new Date(at).toISOString();
}

/**
 * "3 min ago"; the day for what is older than a week.
 * @param {string} at
 * @param {number} [now]
 */
export function ago(at, now = Date.now()) {
  const then = millis(at);
  if (Number.isNaN(then)) return at;
  const age = now - then;
  const size = Math.abs(age);
  if (size < 10_000) return 'just now';
  if (size < MINUTE) return inUnits(age / 1000, 'second');
  if (size < HOUR) return inUnits(age / MINUTE, 'minute');
  if (size < DAY) return inUnits(age / HOUR, 'hour');
  if (size < 7 * DAY) return inUnits(age / DAY, 'day');
  return yearAndDay.format(then);
}

/** @param {number} age @param {Intl.RelativeTimeFormatUnit} unit  Without the dots of "min. ago". */
function inUnits(age, unit) {
  return relative.format(-Math.round(age), unit).replaceAll('.', '');
}

/**
 * How long it is until then: "12 days", "3 hours".
 * @param {string} at
 * @param {number} [now]
 */
export function timeUntil(at, now = Date.now()) {
  const left = Math.max(0, millis(at) - now);
  const [n, unit] = left >= 2 * DAY ? [left / DAY, 'day'] : left >= HOUR ? [left / HOUR, 'hour'] : [left / MINUTE, 'minute'];
  const whole = Math.max(1, Math.round(n));
  return Number.isNaN(left) ? at : `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}

const dayAlone = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', year: 'numeric', timeZone: 'UTC' });

/** A day by its name in documents, such as `2026-11-26`. @param {string} day */
export function dayWords(day) {
  const then = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(then) ? day : dayAlone.format(then);
}

/**
 * A short exact time: the clock today, the day too otherwise.
 * @param {string} at
 * @param {number} [now]
 */
export function exact(at, now = Date.now()) {
  const then = new Date(at);
  if (Number.isNaN(then.getTime())) return at;
  const today = then.toDateString() === new Date(now).toDateString();
  return today ? clock.format(then) : momentWords(then.getTime(), now);
}

/**
 * A moment on its day: "Nov 3, 14:00", with the year when it is another one.
 * @param {number} ms
 * @param {number} [now]
 */
export function momentWords(ms, now = Date.now()) {
  return (new Date(ms).getFullYear() === new Date(now).getFullYear() ? dayAndClock : yearAndClock).format(ms);
}

/** @param {string} at  In little room: the day and the clock, of another year the day alone. */
export function brief(at) {
  const then = new Date(at);
  if (Number.isNaN(then.getTime())) return at;
  return (then.getFullYear() === new Date().getFullYear() ? dayAndClock : yearAndDay).format(then);
}

/** @param {string} at  The clock with milliseconds, for event rows. */
export function precise(at) {
  const then = new Date(at);
  return Number.isNaN(then.getTime()) ? at : clockSeconds.format(then);
}

/** @param {string} at  Everything about it, for a title. */
export function whole(at) {
  const then = new Date(at);
  return Number.isNaN(then.getTime()) ? at : full.format(then);
}

/**
 * A stretch of time as the URL names it: a preset (`24h`, `all`) or two ends.
 * @typedef {{ preset: string | null, from?: string, to?: string }} Range
 */

/** The presets of every range picker, by their name in the URL. */
export const PRESETS = [
  { name: '1h', label: 'Last hour', length: HOUR },
  { name: '24h', label: 'Last 24 hours', length: DAY },
  { name: '7d', label: 'Last 7 days', length: 7 * DAY },
  { name: '30d', label: 'Last 30 days', length: 30 * DAY },
  { name: '90d', label: 'Last 90 days', length: 90 * DAY },
  { name: 'all', label: 'All time', length: Infinity },
];

/**
 * Reads `range`, `from` and `to` of a query. Ends that make no time are left out. Call it when
 * the query changes, not at every render: a preset counts back from `now`.
 * @param {URLSearchParams} query
 * @param {string} [fallback]  The preset when the query names none.
 * @param {number} [now]
 * @returns {Range}
 */
export function rangeOf(query, fallback = 'all', now = Date.now()) {
  const from = validTime(query.get('from'));
  const to = validTime(query.get('to'));
  if (from || to) return { preset: null, ...(from && { from }), ...(to && { to }) };
  const named = PRESETS.find((preset) => preset.name === query.get('range'));
  const preset = named ?? PRESETS.find((one) => one.name === fallback);
  if (!preset || preset.length === Infinity) return { preset: 'all' };
  // Whole minutes: the same question twice within a minute is the same request.
  return { preset: preset.name, from: rfc3339(Math.floor((now - preset.length) / MINUTE) * MINUTE) };
}

/** Beyond these years the API takes no time. */
const FIRST = Date.UTC(1970, 0);
const LAST = Date.UTC(9000, 0);

/** @param {string | null | undefined} text  As the API takes it; undefined when it is none. */
export function validTime(text) {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? undefined : rfc3339(Math.min(LAST, Math.max(FIRST, at)));
}

/** @param {Range} range  "Last 24 hours", "Nov 3, 10:00 to Nov 4, 12:00". */
export function rangeWords(range) {
  const preset = PRESETS.find((one) => one.name === range.preset);
  if (preset) return preset.label;
  const from = range.from ? momentWords(millis(range.from)) : null;
  const to = range.to ? momentWords(millis(range.to)) : null;
  if (from && to) return `${from} to ${to}`;
  return from ? `Since ${from}` : `Until ${to}`;
}

/**
 * The value of an `<input type=datetime-local>` for a time, in local time, and back.
 * @param {string | undefined} at
 */
export function toLocalInput(at) {
  if (!at) return '';
  const date = new Date(at);
  const local = new Date(date.getTime() - date.getTimezoneOffset() * MINUTE);
  return local.toISOString().slice(0, 16);
}

/** @param {string} value */
export function fromLocalInput(value) {
  const date = new Date(value);
  return value && !Number.isNaN(date.getTime()) ? date.toISOString() : undefined;
}
