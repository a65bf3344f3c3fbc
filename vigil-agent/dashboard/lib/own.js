// Looks things up in a plain table by a word that came from outside: `constructor` and `__proto__`
// are words like any other there, and mean nothing.

/**
 * @template T
 * @param {Record<string, T>} table
 * @param {string} word
 * @returns {T | undefined}
 */
export function own(table, word) {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}
