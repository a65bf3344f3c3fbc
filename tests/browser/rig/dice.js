// Numbers drawn by a fixed generator: the same on every run, so that a failure comes again.

/** @param {number} seed */
export function dice(seed) {
  let state = (seed * 2654435761 + 1) >>> 0;
  const next = () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  for (let i = 0; i < 8; i += 1) next();
  return {
    /** A whole number from 0 to n - 1. @param {number} n */
    below: (n) => next() % n,
    /** @template T @param {T[]} all @returns {T} */
    one: (all) => all[next() % all.length],
    /** A run of characters of an alphabet. @param {string} alphabet @param {number} length */
    run: (alphabet, length) =>
      Array.from({ length }, () => alphabet[next() % alphabet.length]).join(''),
  };
}
