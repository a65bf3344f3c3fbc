// Stretches of time in words: buckets, ranges, periods. Days are those of the record's time zone,
// clocks are local. Pure.

const DAY = 86_400;

/** @param {Intl.DateTimeFormatOptions} parts @param {string | undefined} zone */
function format(parts, zone) {
  return new Intl.DateTimeFormat(undefined, { ...parts, ...(zone && { timeZone: zone }) });
}

/** The zone that buckets of `step` seconds are shown in; undefined is the browser's. @param {number} step @param {string} zone */
export function zoneOf(step, zone) {
  return step >= DAY && isKnown(zone) ? zone : undefined;
}

/** @param {string} zone  Browsers may lack a name that the agent knows. */
function isKnown(zone) {
  try {
    return Boolean(new Intl.DateTimeFormat(undefined, { timeZone: zone }));
  } catch {
    return false;
  }
}

/** "per day". @param {number} step */
export function stepWords(step) {
  return step >= 7 * DAY ? 'week' : step >= DAY ? 'day' : step > 3600 ? `${step / 3600} hours` : step === 3600 ? 'hour' : `${step / 60} min`;
}

/**
 * A bucket in full: "Wed, Nov 12", "Nov 10 – 16, 2025", "Wed, Nov 12, 14:00 – 15:00".
 * @param {number} from  Seconds.
 * @param {number} to
 * @param {number} step
 * @param {string} zone
 */
export function bucketWords(from, to, step, zone) {
  if (step === DAY) return format({ weekday: 'short', year: 'numeric', month: 'short', day: 'numeric' }, zoneOf(step, zone)).format(from * 1000);
  if (step > DAY) return dateRange(from, to, zoneOf(step, zone));
  return format({ weekday: 'short', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }, undefined).formatRange(from * 1000, to * 1000);
}

/** @param {number} from @param {number} to  Seconds, the end is not part of it. @param {string} [zone] */
function dateRange(from, to, zone) {
  return format({ year: 'numeric', month: 'short', day: 'numeric' }, zone).formatRange(from * 1000, Math.max(from, to - 1) * 1000);
}

/** A range: dates when it is long, with clocks when it is not. @param {number} from @param {number} to @param {string} zone */
export function spanWords(from, to, zone) {
  if (to - from > 2 * DAY) return dateRange(from, to, zoneOf(DAY, zone));
  return format({ month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }, undefined).formatRange(from * 1000, to * 1000);
}

/** "Nov 12, 2025". @param {number} at @param {string} zone */
export function dayWords(at, zone) {
  return format({ year: 'numeric', month: 'short', day: 'numeric' }, zoneOf(DAY, zone)).format(at * 1000);
}

/** "30 days", "6 hours". @param {number} seconds */
export function lengthWords(seconds) {
  const unit = seconds >= 2 * DAY ? DAY : seconds >= 2 * 3600 ? 3600 : 60;
  const n = Math.round(seconds / unit);
  const word = unit === DAY ? 'day' : unit === 3600 ? 'hour' : 'minute';
  return `${n} ${word}${n === 1 ? '' : 's'}`;
}

/** A time with its offset, for a CSV: `2025-11-12T00:00:00+01:00`. @param {number} at @param {string | undefined} zone */
export function isoIn(at, zone) {
  const parts = Object.fromEntries(new Intl.DateTimeFormat('en-CA', {
    ...(zone && { timeZone: zone }), year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
    second: '2-digit', hourCycle: 'h23', timeZoneName: 'longOffset',
  }).formatToParts(at * 1000).map((part) => [part.type, part.value]));
  const offset = (parts.timeZoneName ?? '').replace('GMT', '') || '+00:00';
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}:${parts.second}${offset}`;
}

/** `2025-11-12`, for the name of a file. @param {number} at @param {string} zone */
export function dayIn(at, zone) {
  return isoIn(at, zoneOf(DAY, zone)).slice(0, 10);
}
