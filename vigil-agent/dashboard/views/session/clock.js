// The clock of a row: hours, minutes, seconds; the whole of it for titles. Pure.

const short = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const minutes = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });

/** @param {number} at  Milliseconds since the epoch. */
export function clock(at) {
  return short.format(at);
}

/**
 * With the day where it is another than that of `before`.
 * @param {string} at @param {string | null} before
 */
export function moment(at, before) {
  const then = new Date(at);
  if (Number.isNaN(then.getTime())) return at;
  return before === null || new Date(before).toDateString() === then.toDateString() ? minutes.format(then) : day.format(then);
}
