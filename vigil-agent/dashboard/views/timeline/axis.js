// Where the marks of a time axis stand and what they say, in the reader's time zone. Pure.

import { momentWords } from '../../lib/time.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const month = new Intl.DateTimeFormat(undefined, { month: 'short', year: 'numeric' });
const dayOfYear = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });

/** Lengths between marks that are round on a clock; months and years beyond. */
const STEPS = [5, 15, 30, 60, 180, 360, 720].map((minutes) => minutes * MINUTE);

/**
 * At most `most` marks between two times, in milliseconds.
 * @param {number} from @param {number} to @param {number} most
 * @returns {{ at: number, words: string }[]}
 */
export function marks(from, to, most) {
  const span = to - from;
  const step = STEPS.find((one) => span / one <= most);
  if (step) return clocks(from, to, step);
  const days = [1, 2, 7, 14].find((n) => span / (n * DAY) <= most);
  if (days) return dates(from, to, days);
  const months = [1, 3, 6, 12, 24, 60].find((n) => span / (n * 30 * DAY) <= most) ?? 120;
  return monthly(from, to, months);
}

/** @param {number} from @param {number} to @param {number} step */
function clocks(from, to, step) {
  const midnight = new Date(from).setHours(0, 0, 0, 0);
  const found = [];
  for (let at = midnight + Math.ceil((from - midnight) / step) * step; at < to; at += step) {
    found.push({ at, words: new Date(at).getHours() === 0 && new Date(at).getMinutes() === 0 ? day.format(at) : clock.format(at) });
  }
  return found;
}

/** @param {number} from @param {number} to @param {number} days */
function dates(from, to, days) {
  const found = [];
  const date = new Date(new Date(from).setHours(0, 0, 0, 0));
  while (date.getTime() < to) {
    if (date.getTime() >= from) found.push({ at: date.getTime(), words: day.format(date) });
    date.setDate(date.getDate() + (date.getTime() >= from ? days : 1));
  }
  return found;
}

/** @param {number} from @param {number} to @param {number} months */
function monthly(from, to, months) {
  const found = [];
  const date = new Date(new Date(from).getFullYear(), 0, 1);
  while (date.getTime() < to) {
    if (date.getTime() >= from) found.push({ at: date.getTime(), words: month.format(date) });
    date.setMonth(date.getMonth() + months);
  }
  return found;
}

/**
 * A bucket in words: "Nov 3, 14:00 to 15:00", "Nov 3", "Nov 3 to Nov 10, 2025". A day that does not
 * begin at midnight is given with its hours.
 * @param {number} from  Milliseconds. @param {number} to
 */
export function stretchWords(from, to) {
  const last = to - 1;
  const sameYear = new Date(from).getFullYear() === new Date().getFullYear();
  if (to - from >= DAY - 2 * HOUR) {
    const words = sameYear ? day : dayOfYear;
    const [first, end] = [words.format(from), words.format(last)];
    if (first === end) return first;
    return to - from <= DAY + 2 * HOUR ? `${momentWords(from)} to ${momentWords(to)}` : `${first} to ${end}`;
  }
  const sameDay = new Date(from).toDateString() === new Date(last).toDateString();
  return `${momentWords(from)} to ${sameDay ? clock.format(to) : momentWords(to)}`;
}
