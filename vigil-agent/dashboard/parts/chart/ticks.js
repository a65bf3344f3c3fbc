// The words under a chart's time axis: days or clocks, and the year or day again where it
// changes. In the reader's own way of writing dates.

const DAY = 86_400;

/**
 * @param {string | undefined} zone  The browser's own when undefined.
 * @returns {(splits: number[], step: number) => string[]}
 */
export function timeTicks(zone) {
  /** @param {Intl.DateTimeFormatOptions} parts */
  const format = (parts) => new Intl.DateTimeFormat(undefined, { ...parts, ...(zone && { timeZone: zone }) });
  const year = format({ year: 'numeric' });
  const month = format({ month: 'short' });
  const day = format({ month: 'short', day: 'numeric' });
  const clock = format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return (splits, step) => {
    const [word, context] = step >= 28 * DAY ? [month, year] : step >= DAY ? [day, year] : [clock, day];
    let last = '';
    return splits.map((at) => {
      const date = new Date(at * 1000);
      const around = context.format(date);
      const changed = around !== last;
      last = around;
      return changed ? `${word.format(date)}\n${around}` : word.format(date);
    });
  };
}
