// Asserting that a list of offences is empty, said one offence a line.

import assert from 'node:assert/strict';

/** @param {string[]} offences @param {string} where they were looked for */
export function nothing(offences, where) {
  if (offences.length > 0) assert.fail(`${where}:\n${[...new Set(offences)].join('\n')}`);
}
