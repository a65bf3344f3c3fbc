// Figures for people: medians, tails, and one line a figure.

/** @param {number[]} values @param {number} share from 0 to 1 */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** @param {number} value */
export const ms = (value) => `${value.toFixed(1).padStart(8)} ms`;

/** @param {string} name @param {number[]} times in milliseconds */
export function spread(name, times) {
  const [half, most, worst] = [0.5, 0.95, 1].map((share) => quantile(times, share));
  return `${name.padEnd(44)} median ${ms(half ?? 0)}   p95 ${ms(most ?? 0)}   worst ${ms(worst ?? 0)}`;
}
