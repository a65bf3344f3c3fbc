// A table as CSV (RFC 4180) for download. Cells that a spreadsheet would take for a formula get
// a leading apostrophe: what an agent wrote must not run in the reader's spreadsheet. Which sign
// parts cells depends on where the reader lives, so all of them are quoted.

/** @param {string | number | null | undefined} value */
function cell(value) {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(value) ? `'${value}` : value;
  return /[",;|\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * @param {string[]} head
 * @param {(string | number | null | undefined)[][]} rows
 */
export function csv(head, rows) {
  return [head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}
