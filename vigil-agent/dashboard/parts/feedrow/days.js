// Days as the feed says them, in the reader's time zone. Pure.

const long = new Intl.DateTimeFormat(undefined, { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' });

/** @param {string | number} a @param {string | number} b */
export function sameDay(a, b) {
  return dayOf(a) === dayOf(b);
}

/** @param {string | number} at  A number that is the same within a day, and grows. */
export function dayOf(at) {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? 0 : date.getFullYear() * 10_000 + (date.getMonth() + 1) * 100 + date.getDate();
}

/** @param {string | number} at  "Today", "Yesterday", "Monday, November 3, 2025". */
export function dayWords(at) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return 'At an unknown time';
  const today = new Date();
  if (sameDay(at, today.getTime())) return `Today, ${long.format(date)}`;
  today.setDate(today.getDate() - 1);
  return sameDay(at, today.getTime()) ? `Yesterday, ${long.format(date)}` : long.format(date);
}

/** @param {string} at  The minute in which it happened, counted from the epoch. */
export function minuteOf(at) {
  return Math.floor(Date.parse(at) / 60_000);
}
